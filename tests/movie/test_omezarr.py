"""OME-Zarr of others, in both versions and all layouts, as the OME models accept them."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import ome_zarr_models.v04 as v04
import ome_zarr_models.v05 as v05
import pytest
import zarr

from sidewinder.errors import UserError
from sidewinder.movie.opening import movie_shape, open_movie
from sidewinder.store import write_image

TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}


def put_attributes(group, ome, version):
    if version == "0.5":
        group.attrs["ome"] = {**ome, "version": version}
    else:
        group.attrs.update(ome)


def write(path, data, axes="tcyx", version="0.5", scale=None, units=None, whole_scale=None, channels=None):
    """Write one image with two levels, of which the second is rubbish."""
    group = zarr.create_group(path, zarr_format=3 if version == "0.5" else 2)
    names = {"dimension_names": list(axes)} if version == "0.5" else {}
    chunks = tuple(max(1, min(n, 1 if a == "t" else 8)) for a, n in zip(axes, data.shape, strict=True))
    group.create_array("full", data=data, chunks=chunks, **names)
    group.create_array("half", data=np.zeros_like(data)[..., ::2, ::2], chunks=chunks, **names)
    scale = scale or [1.0] * len(axes)
    half = [s * (2 if a in "yx" else 1) for a, s in zip(axes, scale, strict=True)]
    described = [{"name": a, "type": TYPES[a]} | ({"unit": units[a]} if a in (units or {}) else {}) for a in axes]
    datasets = [
        {"path": name, "coordinateTransformations": [{"type": "scale", "scale": s}]}
        for name, s in (("full", scale), ("half", half))
    ]
    multiscale = {"axes": described, "datasets": datasets}
    if version == "0.4":
        multiscale["version"] = version
    if whole_scale:
        multiscale["coordinateTransformations"] = [{"type": "scale", "scale": whole_scale}]
    ome = {"multiscales": [multiscale]}
    if channels:
        window = {"min": 0, "max": 1, "start": 0, "end": 1}
        ome["omero"] = {"channels": [{"label": name, "color": "FFFFFF", "window": window} for name in channels]}
    put_attributes(group, ome, version)
    return group


def refuse(path, message, position=None):
    with pytest.raises(UserError, match=re.escape(message)) as caught:
        open_movie(path, position).data.compute()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize("axes", ["tcyx", "tyx", "cyx", "yx", "tczyx", "tzyx", "zyx"])
def test_any_axes(tmp_path, pixels, same, version, axes):
    lengths = {"t": 4, "c": 3, "z": 1, "y": 19, "x": 21}
    data = pixels(*(lengths[axis] for axis in axes))
    group = write(tmp_path / "m.ome.zarr", data, axes, version)
    (v05 if version == "0.5" else v04).Image.from_zarr(group)
    same(open_movie(tmp_path / "m.ome.zarr"), data.reshape([lengths[a] if a in axes else 1 for a in "tcyx"]))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", ">u2", "float32", "float64"])
def test_any_pixels(tmp_path, pixels, same, dtype):
    data = pixels(2, 2, 9, 10, dtype=np.dtype(dtype).newbyteorder("=").name).astype(dtype)
    write(tmp_path / "m", data, version="0.4")
    same(open_movie(tmp_path / "m"), data)


@pytest.mark.parametrize(
    ("units", "scale", "whole_scale", "expected"),
    [
        ({"t": "second", "y": "micrometer", "x": "micrometer"}, [30, 1, 0.5, 0.5], None, (0.5, 30.0)),
        ({"t": "minute", "y": "nanometer", "x": "nanometer"}, [2, 1, 65, 65], None, (0.065, 120.0)),
        ({"t": "second", "y": "micrometer", "x": "micrometer"}, [1, 1, 0.5, 0.5], [600, 1, 1, 1], (0.5, 600.0)),
        ({}, [30, 1, 0.5, 0.5], None, (None, None)),
        ({"y": "micrometer", "x": "micrometer"}, [1, 1, 1, 1], None, (1.0, None)),
        ({"y": "micrometer", "x": "micrometer"}, [1, 1, 1, 2], None, (2**0.5, None)),
    ],
)
def test_sizes(tmp_path, pixels, units, scale, whole_scale, expected):
    write(tmp_path / "m", pixels(2, 1, 8, 9), units=units, scale=scale, whole_scale=whole_scale)
    movie = open_movie(tmp_path / "m")
    assert (movie.pixel_size_um, movie.frame_interval_s) == expected


def test_channel_names(tmp_path, pixels):
    write(tmp_path / "m", pixels(2, 2, 8, 9), channels=["DAPI", "GFP"])
    assert open_movie(tmp_path / "m").channel_names == ("DAPI", "GFP")
    write(tmp_path / "n", pixels(2, 2, 8, 9), channels=["DAPI"])
    assert open_movie(tmp_path / "n").channel_names == ("ch0", "ch1")


def test_our_own_come_back(tmp_path, pixels, same):
    data = pixels(5, 2, 20, 30)
    write_image(
        tmp_path / "m",
        data,
        n_frames=5,
        shape_cyx=data.shape[1:],
        dtype=data.dtype,
        pixel_size_um=0.3,
        frame_interval_s=None,
        channel_names=["a", "b"],
        attributes={},
    )
    movie = open_movie(tmp_path / "m")
    same(movie, data)
    assert (movie.pixel_size_um, movie.frame_interval_s, movie.channel_names) == (0.3, None, ("a", "b"))


@pytest.mark.parametrize("version", ["0.4", "0.5"])
class TestPositions:
    def plate(self, path, data, version):
        """Wells B/2 and B/3 with two fields each."""
        zarr_format = 3 if version == "0.5" else 2
        plate = zarr.create_group(path, zarr_format=zarr_format)
        names = ["2", "3"]
        wells = [{"path": f"B/{name}", "rowIndex": 0, "columnIndex": i} for i, name in enumerate(names)]
        ome = {"columns": [{"name": name} for name in names], "rows": [{"name": "B"}], "wells": wells}
        put_attributes(plate, {"plate": {**ome, "version": version}}, version)
        for i, name in enumerate(names):
            well = plate.create_group(f"B/{name}")
            put_attributes(well, {"well": {"images": [{"path": "0"}, {"path": "1"}], "version": version}}, version)
            for j in range(2):
                write(path / "B" / name / str(j), data[2 * i + j], version=version)
        return plate

    def test_fields_of_a_plate(self, tmp_path, pixels, same, version):
        data = pixels(4, 2, 1, 8, 9)
        plate = self.plate(tmp_path / "p.zarr", data, version)
        (v05 if version == "0.5" else v04).HCS.from_zarr(plate)
        for i, name in enumerate(["B/2/0", "B/2/1", "B/3/0", "B/3/1"]):
            same(open_movie(tmp_path / "p.zarr", name), data[i])
            same(open_movie(tmp_path / "p.zarr", str(i)), data[i])
        refuse(tmp_path / "p.zarr", "has 4 positions (0: B/2/0, 1: B/2/1, 2: B/3/0, 3: B/3/1); name one")
        refuse(tmp_path / "p.zarr", "position 'C/1/0' is not one of its 4", "C/1/0")

    def test_fields_of_a_well(self, tmp_path, pixels, same, version):
        data = pixels(4, 2, 1, 8, 9)
        self.plate(tmp_path / "p.zarr", data, version)
        same(open_movie(tmp_path / "p.zarr" / "B" / "3", "1"), data[3])

    @pytest.mark.parametrize("listed", [True, False])
    def test_images_of_bioformats2raw(self, tmp_path, pixels, same, version, listed):
        data = pixels(11, 1, 1, 8, 9)
        group = zarr.create_group(tmp_path / "b.zarr", zarr_format=3 if version == "0.5" else 2)
        put_attributes(group, {"bioformats2raw.layout": 3}, version)
        for i in range(11):
            write(tmp_path / "b.zarr" / str(i), data[i], version=version)
        if listed:
            put_attributes(group.create_group("OME"), {"series": [str(i) for i in range(11)]}, version)
        same(open_movie(tmp_path / "b.zarr", "10"), data[10])
        same(open_movie(tmp_path / "b.zarr", "2"), data[2])
        refuse(tmp_path / "b.zarr", "has 11 positions (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)")
        refuse(tmp_path / "b.zarr", "position '11' is not one of its 11", "11")


class TestTimes:
    def test_of_the_xml_that_bioformats2raw_leaves(self, tmp_path, pixels):
        group = zarr.create_group(tmp_path / "b.zarr", zarr_format=2)
        put_attributes(group, {"bioformats2raw.layout": 3}, "0.4")
        xml = ""
        for i in range(2):
            write(tmp_path / "b.zarr" / str(i), pixels(3, 1, 8, 9), version="0.4")
            planes = "".join(f'<Plane TheT="{t}" DeltaT="{7 + (60 + i) * t}"/>' for t in range(3))
            xml += f'<Image ID="Image:{i}"><Pixels SizeT="3" SizeX="9" SizeY="8">{planes}</Pixels></Image>'
        group.create_group("OME")
        (tmp_path / "b.zarr/OME/METADATA.ome.xml").write_text(
            f'<OME xmlns="http://www.openmicroscopy.org/">{xml}</OME>'
        )
        assert open_movie(tmp_path / "b.zarr", "1").times_s == (0, 61, 122)

    def test_of_an_image_of_our_own(self, tmp_path, pixels):
        frames, kept = pixels(3, 1, 8, 9), {"times_s": [0, 60, 3660]}
        about = {"n_frames": 3, "shape_cyx": (1, 8, 9), "dtype": "uint16", "channel_names": ["a"], "attributes": kept}
        write_image(tmp_path / "m.ome.zarr", frames, **about, pixel_size_um=None, frame_interval_s=1830.0)
        assert open_movie(tmp_path / "m.ome.zarr").times_s == (0, 60, 3660)


def test_one_frame_reads_its_chunks_only(tmp_path, pixels):
    data = pixels(6, 1, 8, 8)
    write(tmp_path / "m", data)
    movie = open_movie(tmp_path / "m")
    shutil.rmtree(tmp_path / "m" / "full" / "c" / "3")
    np.testing.assert_array_equal(movie.data[4].compute(), data[4])


class TestRefusals:
    def test_slices(self, tmp_path, pixels):
        write(tmp_path / "m", pixels(2, 3, 8, 9), "tzyx")
        refuse(tmp_path / "m", "m: has 3 z-slices; cells are tracked in 2-D")

    @pytest.mark.case("raw data", "the header of an OME-Zarr is cut off")
    def test_no_ome_zarr(self, tmp_path, pixels):
        (tmp_path / "empty.zarr").mkdir()
        refuse(tmp_path / "empty.zarr", "empty.zarr: is not a complete OME-Zarr 0.4 or 0.5")
        zarr.create_group(tmp_path / "bare")
        refuse(tmp_path / "bare", "bare: a Zarr store without OME metadata")
        zarr.create_array(tmp_path / "array", data=pixels(2, 8, 9))
        refuse(tmp_path / "array", "array: is not a complete OME-Zarr 0.4 or 0.5")
        (tmp_path / "torn").mkdir()
        (tmp_path / "torn" / "zarr.json").write_text('{"zarr_format": 3,')
        refuse(tmp_path / "torn", "torn: is not a complete OME-Zarr 0.4 or 0.5")

    def test_a_level_that_is_missing(self, tmp_path, pixels):
        write(tmp_path / "m", pixels(2, 1, 8, 9))
        shutil.rmtree(tmp_path / "m" / "full")
        refuse(tmp_path / "m", "m: is not a complete OME-Zarr 0.4 or 0.5")

    def test_axes_of_before_0_4(self, tmp_path, pixels):
        group = write(tmp_path / "m", pixels(2, 1, 8, 9), version="0.4")
        multiscale = group.attrs["multiscales"][0]
        group.attrs["multiscales"] = [{**multiscale, "axes": ["t", "c", "y", "x"]}]
        refuse(tmp_path / "m", "m: is not a complete OME-Zarr 0.4 or 0.5")

    @pytest.mark.case("raw data", "a chunk of an OME-Zarr is damaged")
    def test_a_chunk_that_is_broken(self, tmp_path, pixels):
        write(tmp_path / "m", pixels(3, 1, 8, 8))
        (tmp_path / "m" / "full" / "c" / "1" / "0" / "0" / "0").write_bytes(b"rubbish")
        open_movie(tmp_path / "m").data[0].compute()
        refuse(tmp_path / "m", "m: frame 1 cannot be read")

    def test_a_position_of_a_single_image(self, tmp_path, pixels):
        write(tmp_path / "m", pixels(3, 1, 8, 8))
        assert open_movie(tmp_path / "m", "0").data.shape == (3, 1, 8, 8)
        refuse(tmp_path / "m", "position '1' is not one of its 1", "1")

    @pytest.mark.case("raw data", "an OME-Zarr without frames")
    def test_no_frames(self, tmp_path, pixels):
        write(tmp_path / "m", pixels(0, 1, 8, 8))
        refuse(tmp_path / "m", "m: has no pixels (0 frames of (1, 8, 8))")


class TestMissingChunks:
    def chunk(self, group, *at):
        array = group["full"]
        return Path(group.store.root) / "full" / array.metadata.encode_chunk_key(at)

    @pytest.mark.case("raw data", "a chunk of an OME-Zarr is lost")
    # where all chunks lie in one folder, a frame that is lost as a whole looks like one that was never written
    @pytest.mark.parametrize(
        ("version", "all_of_it"),
        [("0.5", True), ("0.5", False), ("0.4", False)],
        ids=["whole frame-0.5", "one chunk-0.5", "one chunk-0.4"],
    )
    def test_a_frame_that_lost_chunks_is_named(self, tmp_path, pixels, version, all_of_it):
        data = np.maximum(pixels(4, 2, 8, 16), 1)
        group = write(tmp_path / "m", data, version=version)
        for column in (0, 1) if all_of_it else (1,):
            # of the second channel
            self.chunk(group, 2, 0, 0, column).unlink()
        movie = open_movie(tmp_path / "m")
        np.testing.assert_array_equal(movie.data[1].compute(), data[1])
        n_missing = 2 if all_of_it else 1
        with pytest.raises(
            UserError, match=rf"m: frame 2 is not all there: {n_missing} of 2 chunks of channel 0 are mis"
        ):
            movie.data[2].compute()

    def test_a_chunk_left_out_beside_empty_pixels_is_empty(self, tmp_path, same, pixels):
        data = np.maximum(pixels(3, 1, 8, 16), 1)
        # the background of a mask: a whole chunk, and a pixel more
        data[1, 0, :, 7:] = 0
        group = write(tmp_path / "m", data)
        assert not self.chunk(group, 1, 0, 0, 1).exists()
        same(open_movie(tmp_path / "m"), data)

    def test_a_shard_that_is_lost(self, tmp_path, pixels):
        group = write(tmp_path / "m", data := np.maximum(pixels(2, 1, 16, 16), 1))
        del group["full"]
        group.create_array("full", data=data, chunks=(1, 1, 8, 8), shards=(1, 1, 16, 16))
        self.chunk(group, 0, 0, 0, 0).unlink()
        refuse(tmp_path / "m", "frame 0 is not all there: 1 of 1 chunks of channel 0 are missing")

    @pytest.mark.parametrize("version", ["0.4", "0.5"])
    @pytest.mark.parametrize("left_out", [[2], [1, 2, 5], [4, 5]], ids=["one", "several", "stopped"])
    def test_frames_that_were_never_written_are_left_out(self, tmp_path, pixels, same, caplog, version, left_out):
        data = np.maximum(pixels(6, 2, 8, 16), 1)
        group = write(tmp_path / "m", np.zeros_like(data), version=version, scale=[60, 1, 1, 1], units={"t": "second"})
        there = np.delete(np.arange(6), left_out)
        for t in there:
            group["full"][t] = data[t]
        movie = open_movie(tmp_path / "m")
        same(movie, data[there])
        assert movie_shape(tmp_path / "m")[0] == (len(there), 2, 8, 16)
        if left_out == [4, 5]:
            assert movie.source_frames is None
            assert "m: the acquisition was stopped: of 6 frames that were planned, the first 4 are there" in caplog.text
        else:
            assert movie.source_frames == tuple(there)
            assert re.search(r"m: frames? (2 was|1, 2 were) never written, and left out|first 5 are there", caplog.text)

    def test_a_last_frame_that_is_not_there_is_found_at_once(self, tmp_path, pixels):
        group = write(tmp_path / "m", np.maximum(pixels(3, 1, 8, 8), 1))
        self.chunk(group, 2, 0, 0, 0).unlink()
        with pytest.raises(UserError, match="frame 2 is not all there"):
            movie_shape(tmp_path / "m")


@pytest.mark.parametrize(
    ("shape", "found"),
    [
        pytest.param(
            [10**9, 1, 8, 8],
            "has 1e+09 images; expected at most 1000000",
            marks=pytest.mark.case("raw data", "an OME-Zarr of a thousand million frames"),
        ),
        ([10**30, 1, 8, 8], "has 1e+30 images"),
        ([2, 1, 10**6, 10**6], "an image has 1e+12 pixels"),
        pytest.param(
            [2, 1, 32_000, 32_000],
            "an image is stored in 1.6e+07 chunks",
            marks=pytest.mark.case("raw data", "an OME-Zarr image of millions of chunks"),
        ),
        ([-3, 1, 8, 8], "m: "),
        ([0, 1, 8, 8], "has no pixels (0 frames"),
        ("abc", "is not a complete OME-Zarr"),
    ],
)
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_shapes_that_can_be_none(tmp_path, pixels, version, shape, found):
    write(tmp_path / "m", pixels(2, 1, 8, 8), version=version)
    header = tmp_path / "m" / "full" / ("zarr.json" if version == "0.5" else ".zarray")
    header.write_text(json.dumps(json.loads(header.read_text()) | {"shape": shape}))
    refuse(tmp_path / "m", found)


def test_labels_of_channels_may_be_numbers(tmp_path, pixels):
    write(tmp_path / "m", pixels(2, 3, 8, 8), channels=["one", "two", "three"])
    header = tmp_path / "m" / "zarr.json"
    header.write_text(header.read_text().replace('"one"', "5").replace('"two"', "0").replace('"three"', "null"))
    assert open_movie(tmp_path / "m").channel_names == ("5", "0", "ch2")


class TestZipped:
    def zip(self, path, folder, root):
        shutil.make_archive(
            str(path.with_suffix("")), "zip", folder.parent if root else folder, folder.name if root else "."
        )
        path.with_suffix(".zip").rename(path)
        return path

    @pytest.mark.parametrize(("name", "root"), [("m.ome.zarr.ozx", False), ("m.zip", True)])
    @pytest.mark.parametrize("version", ["0.4", "0.5"])
    def test_read_in_place(self, tmp_path, pixels, same, version, name, root):
        data = pixels(3, 2, 12, 10)
        scale, units = [60.0, 1.0, 0.5, 0.5], {"t": "second", "y": "micrometer", "x": "micrometer"}
        write(tmp_path / "m.zarr", data, version=version, scale=scale, units=units, channels=["a", "b"])
        movie = open_movie(self.zip(tmp_path / name, tmp_path / "m.zarr", root))
        same(movie, data)
        assert (movie.channel_names, movie.pixel_size_um, movie.frame_interval_s) == (("a", "b"), 0.5, 60)

    def test_a_chunk_that_is_lost(self, tmp_path, pixels):
        write(tmp_path / "m.zarr", pixels(3, 1, 8, 8) | 1)
        (tmp_path / "m.zarr/full/c/1/0/0/0").unlink()
        movie = open_movie(self.zip(tmp_path / "m.ozx", tmp_path / "m.zarr", root=False))
        movie.read(0)
        with pytest.raises(UserError, match=r"m\.ozx: frame 1 is not all there: 1 of 1 chunks"):
            movie.read(1)

    def test_a_zip_of_something_else(self, tmp_path):
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs/a.txt").write_text("a")
        refuse(self.zip(tmp_path / "m.zip", tmp_path / "docs", root=True), "m.zip: holds no OME-Zarr; unpack it")

    def test_a_real_plate(self, shared_data):
        movie = open_movie(shared_data / "formats/ome-zarr/hcs.zarr.zip", "B/1/1")
        assert (movie.shape, movie.channel_names) == ((1, 3, 64, 64), ("Name", "Channel 1", "Channel 2"))
        assert movie.read(0)[2].sum(dtype=np.int64) == 117674
