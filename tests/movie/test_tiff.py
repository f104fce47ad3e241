"""TIFF stacks of every flavour, pixel by pixel, and what is wrong with those that are broken."""

import re

import numpy as np
import pytest
import tifffile

from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie

OME = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
DTYPES = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"]


class TestPlain:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("metadata", [{}, None], ids=["shaped", "bare"])
    def test_pages_are_frames(self, tmp_path, pixels, same, dtype, metadata):
        data = pixels(5, 13, 17, dtype=dtype)
        tifffile.imwrite(tmp_path / "m.tif", data, metadata=metadata)
        movie = open_movie(tmp_path / "m.tif")
        same(movie, data[:, None])
        assert (movie.pixel_size_um, movie.frame_interval_s) == (None, None)
        assert movie.channel_names == ("ch0",)

    @pytest.mark.parametrize(
        "how",
        [
            {"compression": "lzw"},
            {"compression": "lzw", "predictor": True, "rowsperstrip": 5},
            {"compression": "zlib", "tile": (16, 16)},
            {"byteorder": ">"},
            {"bigtiff": True, "byteorder": ">"},
            {"truncate": True},
            {"rowsperstrip": 4},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("n_frames", [1, 9])
    def test_however_it_is_packed(self, tmp_path, pixels, same, how, n_frames):
        data = pixels(n_frames, 33, 21)
        tifffile.imwrite(tmp_path / "m.TIFF", data, **how)
        same(open_movie(str(tmp_path / "m.TIFF")), data[:, None])

    def test_positions_along_an_axis(self, tmp_path, pixels, same):
        data = pixels(2, 3, 2, 12, 10)
        tifffile.imwrite(tmp_path / "m.tif", data.transpose(1, 0, 2, 3, 4), metadata={"axes": "TRCYX"})
        for position in (0, 1):
            same(open_movie(tmp_path / "m.tif", str(position)), data[position])
        with pytest.raises(UserError, match=r"has 2 positions \(0, 1\); name one"):
            open_movie(tmp_path / "m.tif")

    def test_sizes_are_positions_where_the_sheet_names_one(self, tmp_path, pixels, same):
        data = pixels(8, 8, 9), pixels(8, 8, 6)
        with tifffile.TiffWriter(tmp_path / "m.tif") as tif:
            for image in [*data[0], *data[1]]:
                tif.write(image, photometric="minisblack", metadata=None, contiguous=False)
        for position in (0, 1):
            same(open_movie(tmp_path / "m.tif", str(position)), data[position][:, None])

    def test_one_image_is_a_movie_of_one_frame(self, tmp_path, pixels, same):
        data = pixels(7, 9)
        tifffile.imwrite(tmp_path / "m.tif", data)
        same(open_movie(tmp_path / "m.tif"), data[None, None])

    @pytest.mark.parametrize("planarconfig", ["contig", "separate"])
    @pytest.mark.parametrize("samples", [3, 4])
    def test_colours_are_channels_without_alpha(self, tmp_path, pixels, same, planarconfig, samples):
        data = pixels(2, samples, 12, 16, dtype="uint8")
        stored = data if planarconfig == "separate" else np.moveaxis(data, 1, -1)
        tifffile.imwrite(tmp_path / "m.tif", stored, photometric="rgb", planarconfig=planarconfig)
        movie = open_movie(tmp_path / "m.tif")
        same(movie, data[:, :3])
        assert movie.channel_names == ("red", "green", "blue")

    @pytest.mark.parametrize(("per_unit", "unit"), [(1e4 / 0.35, "CENTIMETER"), (2.54e4 / 0.35, "INCH")])
    def test_a_microscopes_resolution_is_the_pixel_size(self, tmp_path, pixels, caplog, per_unit, unit):
        caplog.set_level("INFO", "sidewinder")
        tifffile.imwrite(tmp_path / "t0.tif", pixels(8, 9), resolution=(per_unit, per_unit), resolutionunit=unit)
        found = [open_movie(path).pixel_size_um for path in (tmp_path / "t0.tif", tmp_path)]
        # a fraction of whole numbers in the file
        assert found == pytest.approx([0.35, 0.35], rel=1e-5)
        assert re.search(r"t0\.tif: a pixel is 0\.35\d* um, by the resolution of", caplog.text)

    def test_a_printers_resolution_is_no_pixel_size(self, tmp_path, pixels):
        tifffile.imwrite(tmp_path / "m.tif", pixels(2, 8, 9), resolution=(300, 300), resolutionunit="INCH")
        assert open_movie(tmp_path / "m.tif").pixel_size_um is None


class TestImageJ:
    def write(self, path, data, axes, resolution=None, **metadata):
        tifffile.imwrite(path, data, imagej=True, metadata={"axes": axes, **metadata}, resolution=resolution)

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
    def test_time_and_channels(self, tmp_path, pixels, same, dtype):
        data = pixels(4, 3, 12, 10, dtype=dtype)
        self.write(tmp_path / "m.tif", data, "TCYX")
        same(open_movie(tmp_path / "m.tif"), data)
        self.write(tmp_path / "c.tif", data[0], "CYX")
        same(open_movie(tmp_path / "c.tif"), data[:1])

    @pytest.mark.parametrize(
        ("unit", "pixels_per_unit", "expected"),
        [
            ("micron", (3076923, 1000000), 0.325),
            ("um", (2, 1), 0.5),
            ("\\u00B5m", (2, 1), 0.5),
            ("nm", (1, 65), 0.065),
            ("mm", (1000, 1), 1.0),
            ("inch", (72, 1), None),
            ("pixel", (1, 1), None),
            ("furlong", (1, 1), None),
            (None, (3, 1), None),
        ],
    )
    def test_pixel_size(self, tmp_path, pixels, unit, pixels_per_unit, expected):
        said = {"unit": unit} if unit else {}
        self.write(tmp_path / "m.tif", pixels(2, 8, 9), "TYX", resolution=(pixels_per_unit, pixels_per_unit), **said)
        assert open_movie(tmp_path / "m.tif").pixel_size_um == expected

    def test_units_of_x_and_y_may_differ(self, tmp_path, pixels):
        self.write(tmp_path / "m.tif", pixels(2, 8, 9), "TYX", resolution=(4.0, 4000.0), unit="micron", yunit="mm")
        assert open_movie(tmp_path / "m.tif").pixel_size_um == 0.25

    def test_a_unit_that_is_not_understood_is_said(self, tmp_path, pixels, caplog):
        self.write(tmp_path / "m.tif", pixels(2, 8, 9), "TYX", resolution=(1, 1), unit="furlong")
        open_movie(tmp_path / "m.tif")
        assert "the unit 'furlong' of the pixel size is not understood" in caplog.text

    def test_pixels_may_be_higher_than_wide(self, tmp_path, pixels):
        self.write(tmp_path / "m.tif", pixels(2, 8, 9), "TYX", resolution=(4.0, 1.0), unit="um")
        movie = open_movie(tmp_path / "m.tif")
        assert (movie.pixel_size_um, movie.pixel_aspect) == (0.5, 4.0)

    @pytest.mark.parametrize(
        ("said", "expected"),
        [
            ({"finterval": 30.5}, 30.5),
            ({"finterval": 2, "tunit": "min"}, 120.0),
            ({"finterval": 0}, None),
            ({}, None),
        ],
    )
    def test_frame_interval(self, tmp_path, pixels, said, expected):
        self.write(tmp_path / "m.tif", pixels(2, 8, 9), "TYX", **said)
        assert open_movie(tmp_path / "m.tif").frame_interval_s == expected

    def test_many_channels_at_one_time_are_warned_about(self, tmp_path, pixels, same, caplog):
        data = pixels(20, 9, 9)
        self.write(tmp_path / "m.tif", data, "CYX")
        same(open_movie(tmp_path / "m.tif"), data[None])
        assert "has one frame of 20 channels; if they are time points" in caplog.text

    def test_labels_name_channels_only_if_they_are_the_same_in_all_frames(self, tmp_path, pixels):
        data = pixels(3, 2, 8, 9)
        self.write(tmp_path / "same.tif", data, "TCYX", Labels=["DAPI", "GFP"] * 3)
        assert open_movie(tmp_path / "same.tif").channel_names == ("DAPI", "GFP")
        self.write(tmp_path / "other.tif", data, "TCYX", Labels=[f"t{i}" for i in range(6)])
        assert open_movie(tmp_path / "other.tif").channel_names == ("ch0", "ch1")

    @pytest.mark.parametrize(
        ("labels", "times_s"),
        [
            (["GFP 0.5 s", "GFP 2.5 s", "GFP 62.5 s"], (0, 2, 62)),
            (["2026-01-31 23:59:00", "2026-02-01 00:00:00", "2026-02-01 00:02:00"], (0, 60, 180)),
            (["img_0min.tif", "img_5min.tif", "img_10min.tif"], (0, 300, 600)),
            (["exposure 100 ms"] * 3, None),
            (["a1", "a2", "a3"], None),
        ],
    )
    def test_labels_that_say_when_are_times(self, tmp_path, pixels, labels, times_s):
        of_both = [label for label in labels for _ in (0, 1)]
        self.write(tmp_path / "m.tif", pixels(3, 2, 8, 9), "TCYX", Labels=of_both, finterval=7)
        assert open_movie(tmp_path / "m.tif").times_s == times_s

    def test_a_stack_whose_first_image_alone_is_described(self, tmp_path, pixels, same):
        # as ImageJ writes more than 4 GB: one directory, then all pixels
        data = pixels(6, 2, 11, 9)
        tifffile.imwrite(tmp_path / "m.tif", data, imagej=True, truncate=True, metadata={"axes": "TCYX"})
        with tifffile.TiffFile(tmp_path / "m.tif") as tif:
            assert len(tif.pages) == 1
        same(open_movie(tmp_path / "m.tif"), data)


class TestOme:
    @pytest.mark.parametrize("axes", ["TCYX", "CTYX"])
    @pytest.mark.parametrize("compression", [None, "zlib"])
    def test_axes_in_either_order(self, tmp_path, pixels, same, axes, compression):
        data = pixels(3, 2, 12, 10)
        stored = data if axes == "TCYX" else data.transpose(1, 0, 2, 3)
        tifffile.imwrite(tmp_path / "m.ome.tif", stored, metadata={"axes": axes}, compression=compression)
        same(open_movie(tmp_path / "m.ome.tif"), data)

    @pytest.mark.parametrize(
        ("said", "pixel_size_um", "frame_interval_s"),
        [
            ({}, None, None),
            ({"PhysicalSizeX": 0.325, "PhysicalSizeY": 0.325, "TimeIncrement": 600.0}, 0.325, 600.0),
            ({"PhysicalSizeX": 0.65, "TimeIncrement": 5, "TimeIncrementUnit": "min"}, 0.65, 300.0),
            (
                {"PhysicalSizeX": 65, "PhysicalSizeXUnit": "nm", "TimeIncrement": 100, "TimeIncrementUnit": "ms"},
                0.065,
                0.1,
            ),
            (
                {"PhysicalSizeX": 0.65, "PhysicalSizeXUnit": "µm", "TimeIncrement": 1, "TimeIncrementUnit": "h"},
                0.65,
                3600.0,
            ),
            ({"PhysicalSizeX": 1, "PhysicalSizeXUnit": "pixel"}, None, None),
            ({"PhysicalSizeX": 0.0, "TimeIncrement": -1.0}, None, None),
        ],
    )
    def test_sizes_in_any_unit(self, tmp_path, pixels, said, pixel_size_um, frame_interval_s):
        tifffile.imwrite(tmp_path / "m.ome.tif", pixels(3, 8, 9), metadata={"axes": "TYX", **said})
        movie = open_movie(tmp_path / "m.ome.tif")
        assert (movie.pixel_size_um, movie.frame_interval_s) == (pixel_size_um, frame_interval_s)

    @pytest.mark.parametrize(
        ("deltas", "unit", "times_s", "interval_s"),
        [
            ([0, 300, 600], "s", (0, 300, 600), 300),
            ([1.5, 2.0, 62.0], "min", (0, 30, 3630), 1815),
            ([-40, 0, 40], "ms", (0, 0.04, 0.08), 0.04),
            ([0, 0, 0], "s", None, 7),
            ([0, 300, 200], "s", None, 7),
            ([0, 1, 2], "furlong", None, 7),
        ],
    )
    def test_times_of_planes(self, tmp_path, pixels, deltas, unit, times_s, interval_s):
        planes = {"DeltaT": [d + c / 9 for d in deltas for c in (0, 1)], "DeltaTUnit": [unit] * 6}
        planes |= {"TheT": [0, 0, 1, 1, 2, 2], "TheC": [0, 1] * 3}
        metadata = {"axes": "TCYX", "TimeIncrement": 7, "Plane": planes}
        tifffile.imwrite(tmp_path / "m.ome.tif", pixels(3, 2, 8, 9), metadata=metadata)
        movie = open_movie(tmp_path / "m.ome.tif")
        assert (movie.times_s, movie.frame_interval_s) == (times_s, interval_s)

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (["DAPI", "GFP  405"], ("DAPI", "GFP 405")),
            (["GFP", "GFP"], ("GFP ch0", "GFP ch1")),
            (["", "GFP"], ("ch0", "GFP")),
        ],
    )
    def test_channel_names_are_distinct(self, tmp_path, pixels, names, expected):
        metadata = {"axes": "TCYX", "Channel": {"Name": names}}
        tifffile.imwrite(tmp_path / "m.ome.tif", pixels(3, 2, 8, 9), metadata=metadata)
        assert open_movie(tmp_path / "m.ome.tif").channel_names == expected

    def test_positions_by_name_or_number(self, tmp_path, pixels, same):
        path = tmp_path / "m.ome.tif"
        data = pixels(3, 2, 1, 8, 9)
        with tifffile.TiffWriter(path) as tif:
            for i, name in enumerate(["B2", "B3", "1"]):
                tif.write(data[i], metadata={"axes": "TCYX", "Name": name, "PhysicalSizeX": i + 1.0})
        for position, index in [("B2", 0), ("0", 0), ("B3", 1), ("2", 2), ("1", 2)]:
            movie = open_movie(path, position)
            same(movie, data[index])
            assert movie.pixel_size_um == index + 1
        with pytest.raises(UserError, match=r"has 3 positions \(0: B2, 1: B3, 2: 1\); name one in the sheet"):
            open_movie(path)
        for wrong in ("B4", "3", "-1"):
            with pytest.raises(UserError, match=rf"position '{wrong}' is not one of its 3 \(0: B2, 1: B3, 2: 1\)"):
                open_movie(path, wrong)

    def test_positions_of_the_same_name_are_chosen_by_number(self, tmp_path, pixels, same):
        data = pixels(2, 2, 8, 9)
        with tifffile.TiffWriter(tmp_path / "m.ome.tif") as tif:
            for frames in data:
                tif.write(frames, metadata={"axes": "TYX", "Name": "pos"})
        same(open_movie(tmp_path / "m.ome.tif", "1"), data[1][:, None])
        with pytest.raises(UserError, match="position 'pos' is not one"):
            open_movie(tmp_path / "m.ome.tif", "pos")

    def write_in_two_files(self, folder, data):
        """One frame a file, both described in both."""
        n_frames, n_channels, height, width = data.shape
        planes = "".join(
            f'<TiffData FirstT="{t}" FirstC="{c}" IFD="{c}" PlaneCount="1">'
            f'<UUID FileName="f{t}.ome.tif">urn:uuid:{t}</UUID></TiffData>'
            for t in range(n_frames)
            for c in range(n_channels)
        )
        for t in range(n_frames):
            xml = (
                f'<OME xmlns="{OME}" UUID="urn:uuid:{t}"><Image ID="Image:0"><Pixels ID="Pixels:0" Type="uint16" '
                f'DimensionOrder="XYCZT" SizeX="{width}" SizeY="{height}" SizeC="{n_channels}" SizeZ="1" '
                f'SizeT="{n_frames}" PhysicalSizeX="0.5">{planes}</Pixels></Image></OME>'
            )
            how = {"description": xml, "metadata": None, "photometric": "minisblack"}
            tifffile.imwrite(folder / f"f{t}.ome.tif", data[t], **how)

    @pytest.mark.filterwarnings("error")
    def test_a_movie_in_several_files(self, tmp_path, pixels, same):
        data = pixels(2, 3, 8, 9)
        self.write_in_two_files(tmp_path, data)
        for name in ("f0.ome.tif", "f1.ome.tif"):
            movie = open_movie(tmp_path / name)
            same(movie, data)
            assert movie.pixel_size_um == 0.5

    @pytest.mark.case("raw data", "a file of several OME-TIFFs is missing")
    def test_a_missing_file_of_several(self, tmp_path, pixels):
        self.write_in_two_files(tmp_path, pixels(2, 3, 8, 9))
        (tmp_path / "f1.ome.tif").unlink()
        with pytest.raises(UserError, match=r"f0\.ome\.tif: frame 1 is missing or cut off \(image 3 of 6\)"):
            open_movie(tmp_path / "f0.ome.tif")

    @pytest.mark.case("raw data", "OME metadata in another file")
    def test_metadata_in_another_file(self, tmp_path, pixels):
        xml = f'<OME xmlns="{OME}"><BinaryOnly MetadataFile="a.companion.ome" UUID="u"/></OME>'
        tifffile.imwrite(tmp_path / "m.ome.tif", pixels(8, 9), description=xml, metadata=None)
        with pytest.raises(UserError, match="its metadata are in 'a.companion.ome'"):
            open_movie(tmp_path / "m.ome.tif")

    def test_an_image_without_pixels(self, tmp_path, pixels):
        xml = f'<OME xmlns="{OME}"><Image ID="Image:0"/></OME>'
        tifffile.imwrite(tmp_path / "m.ome.tif", pixels(8, 9), description=xml, metadata=None)
        with pytest.raises(UserError, match=r"m\.ome\.tif: its OME metadata are broken \(an image without pixels\)"):
            open_movie(tmp_path / "m.ome.tif")

    @pytest.mark.case("raw data", "a movie of z-slices")
    def test_slices_are_refused(self, tmp_path, pixels):
        tifffile.imwrite(tmp_path / "m.ome.tif", pixels(2, 3, 8, 9), metadata={"axes": "TZYX"})
        with pytest.raises(UserError, match=r"m\.ome\.tif: has 3 z-slices"):
            open_movie(tmp_path / "m.ome.tif")


class TestLazy:
    @pytest.mark.parametrize(
        "how", [{}, {"compression": "lzw"}, {"imagej": True, "metadata": {"axes": "TYX"}}], ids=str
    )
    def test_one_frame_reads_one_frame(self, tmp_path, pixels, monkeypatch, how):
        data = pixels(20, 100, 100)
        tifffile.imwrite(tmp_path / "m.tif", data, **how)
        movie = open_movie(tmp_path / "m.tif")
        read = []
        for name in ("read_array", "read_segments"):
            plain = getattr(tifffile.FileHandle, name)

            def spy(self, *args, plain=plain, name=name, **kwargs):
                result = plain(self, *args, **kwargs)
                if name == "read_array":
                    read.append(result.nbytes)
                    return result
                result = list(result)
                read.extend(len(segment) for segment, _ in result)
                return result

            monkeypatch.setattr(tifffile.FileHandle, name, spy)
        np.testing.assert_array_equal(movie.data[13, 0].compute(), data[13])
        assert 0 < sum(read) < 1.5 * 100 * 100 * 2

    def test_frames_may_be_read_by_many_threads(self, tmp_path, pixels):
        data = pixels(40, 60, 60)
        tifffile.imwrite(tmp_path / "m.tif", data, compression="zlib")
        movie = open_movie(tmp_path / "m.tif")
        np.testing.assert_array_equal(movie.data.compute(scheduler="threads", num_workers=8)[:, 0], data)


class TestBroken:
    def refuse(self, path, message):
        with pytest.raises(UserError, match=re.escape(path.name)) as caught:
            open_movie(path).data.compute()
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.case("raw data", "a TIFF is cut off at its head")
    def test_not_a_tiff(self, tmp_path):
        for name, content, message in [
            ("text.tif", b"hello there", "is not a TIFF"),
            ("empty.tif", b"", "is empty"),
            ("short.tif", b"II*\0\x08\0", "cannot be read as TIFF"),
            ("loop.tif", b"II*\0\x08\0\0\0\0\0\x08\0\0\0", "is cut off at its head"),
        ]:
            (tmp_path / name).write_bytes(content)
            self.refuse(tmp_path / name, message)

    @pytest.mark.parametrize("kept", [0.02, 0.1, 0.4, 0.5, 0.7, 0.9, 0.97, 0.995])
    @pytest.mark.parametrize(
        "how",
        [
            {},
            {"metadata": None},
            {"compression": "lzw"},
            {"compression": "lzw", "metadata": None},
            {"imagej": True},
            {"imagej": True, "truncate": True},
            {"truncate": True},
            {"ome": True},
            {"ome": True, "compression": "lzw"},
        ],
        ids=str,
    )
    def test_cut_off_anywhere_is_never_a_shorter_movie(self, tmp_path, pixels, how, kept):
        tifffile.imwrite(tmp_path / "whole.tif", pixels(12, 30, 30), **how)
        content = (tmp_path / "whole.tif").read_bytes()
        (tmp_path / "cut.tif").write_bytes(content[: int(len(content) * kept)])
        # before anything is converted, and not when the lost frame is reached
        with pytest.raises(UserError, match=r"cut\.tif: "):
            open_movie(tmp_path / "cut.tif")

    @pytest.mark.case("raw data", "a TIFF stack is cut off")
    def test_the_frame_that_is_cut_off_is_named(self, tmp_path, pixels):
        tifffile.imwrite(
            tmp_path / "m.tif", pixels(5, 2, 30, 30), imagej=True, metadata={"axes": "TCYX"}, truncate=True
        )
        tifffile.imwrite(tmp_path / "s.tif", pixels(5, 30, 30), truncate=True)
        content = (tmp_path / "s.tif").read_bytes()
        (tmp_path / "s.tif").write_bytes(content[: -30 * 30 * 2 - 1])
        self.refuse(tmp_path / "s.tif", "frame 3 is missing or cut off (image 3 of 5)")

    @pytest.mark.case("raw data", "the compressed pixels of a frame are damaged")
    def test_a_frame_that_cannot_be_decoded_is_named_when_it_is_read(self, tmp_path, pixels):
        tifffile.imwrite(tmp_path / "m.ome.tif", pixels(4, 2, 30, 30), metadata={"axes": "TCYX"}, compression="zlib")
        with tifffile.TiffFile(tmp_path / "m.ome.tif") as tif:
            offset = tif.pages[5].dataoffsets[0]
        with open(tmp_path / "m.ome.tif", "r+b") as file:
            file.seek(offset)
            file.write(b"\xff" * 40)
        movie = open_movie(tmp_path / "m.ome.tif")
        movie.data[1].compute()
        with pytest.raises(UserError, match=r"m\.ome\.tif: frame 2 cannot be decoded \(.*copy or export"):
            movie.data[2].compute()

    @pytest.mark.case("raw data", "images of a TIFF differ in size")
    def test_images_that_differ(self, tmp_path, pixels):
        with tifffile.TiffWriter(tmp_path / "m.tif") as tif:
            for shape in [(9, 9), (9, 9), (5, 9)]:
                tif.write(pixels(*shape), metadata=None)
        self.refuse(tmp_path / "m.tif", "images differ in shape or type (2 of (9, 9) uint16, 1 of (5, 9) uint16)")

    def test_one_different_image_among_many(self, tmp_path, pixels):
        with tifffile.TiffWriter(tmp_path / "m.tif") as tif:
            for i in range(30):
                tif.write(pixels(9, 9, dtype="uint8" if i == 17 else "uint16"), metadata=None, contiguous=False)
        self.refuse(tmp_path / "m.tif", "image 17 differs from image 0 in shape or type")

    @pytest.mark.case("raw data", "a TIFF does not say which axis is time")
    def test_two_axes_without_meaning(self, tmp_path, pixels):
        tifffile.imwrite(tmp_path / "m.tif", pixels(3, 2, 9, 9))
        self.refuse(tmp_path / "m.tif", "does not say which of its axes (3 x 2 x 9 x 9) is time")

    def test_an_axis_that_is_no_movies(self, tmp_path, pixels):
        tifffile.imwrite(tmp_path / "m.tif", pixels(5, 9, 9), metadata={"axes": "AYX"})
        self.refuse(tmp_path / "m.tif", "has an axis A of length 5")

    @pytest.mark.case("raw data", "pixels are complex numbers")
    def test_complex_pixels(self, tmp_path):
        tifffile.imwrite(tmp_path / "m.tif", np.ones((2, 8, 9), "complex64"))
        self.refuse(tmp_path / "m.tif", "pixels are complex64; expected integers, floats or booleans")

    @pytest.mark.case("raw data", "a position that the file does not have")
    def test_a_position_of_a_movie_that_has_one(self, tmp_path, pixels, same):
        data = pixels(2, 8, 9)
        tifffile.imwrite(tmp_path / "m.tif", data)
        same(open_movie(tmp_path / "m.tif", "0"), data[:, None])
        with pytest.raises(UserError, match=r"position '1' is not one of its 1 \(0\)"):
            open_movie(tmp_path / "m.tif", "1")


class TestImagesBeyondTheDescription:
    @pytest.mark.parametrize(
        ("said", "found"),
        [
            pytest.param(
                "ImageJ=1.53t\nimages=3\nframes=3\n",
                "holds 5 images, but its description speaks of 3;",
                marks=pytest.mark.case("raw data", "images were appended to a TIFF"),
            ),
            ('{"shape": [3, 9, 9]}', "holds 5 images, and others than its description speaks of"),
        ],
        ids=["ImageJ", "shaped"],
    )
    def test_more_than_are_described(self, tmp_path, pixels, said, found):
        how = {"description": said, "metadata": None, "photometric": "minisblack"}
        tifffile.imwrite(tmp_path / "m.tif", pixels(5, 9, 9), **how)
        with pytest.raises(UserError, match=found):
            open_movie(tmp_path / "m.tif")

    def test_each_image_is_described(self, tmp_path, pixels):
        with tifffile.TiffWriter(tmp_path / "m.tif") as tif:
            for image in pixels(5, 9, 9):
                tif.write(image, description='{"shape": [3, 9, 9]}', metadata=None, contiguous=False)
        with pytest.raises(UserError, match="holds 5 images, but its description speaks of 3 \\+ 3"):
            open_movie(tmp_path / "m.tif")

    @pytest.mark.case("raw data", "images of another size were appended to a TIFF")
    def test_images_of_another_size(self, tmp_path, pixels):
        tifffile.imwrite(tmp_path / "m.tif", pixels(3, 9, 10), photometric="minisblack")
        tifffile.imwrite(tmp_path / "m.tif", pixels(2, 5, 6), photometric="minisblack", append=True)
        with pytest.raises(UserError, match=r"images differ in shape or type \(3 of \(9, 10\).*, 2 of \(5, 6\)"):
            open_movie(tmp_path / "m.tif")

    def test_a_thumbnail_is_no_position(self, tmp_path, pixels, same):
        data = pixels(2, 1, 40, 40)
        with tifffile.TiffWriter(tmp_path / "m.tif") as tif:
            tif.write(data[:, 0], photometric="minisblack")
            tif.write(pixels(9, 9), subfiletype=1)
        same(open_movie(tmp_path / "m.tif"), data)


class TestWhiteIsLeast:
    @pytest.mark.parametrize("how", [{}, {"compression": "zlib"}, {"byteorder": ">"}], ids=str)
    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
    def test_grey_values_are_inverted(self, tmp_path, pixels, same, caplog, dtype, how):
        data = pixels(3, 1, 9, 10, dtype=dtype)
        least, largest = np.iinfo(dtype).min, np.iinfo(dtype).max
        inverted = (largest - (data.astype("int64") - least)).astype(dtype)
        caplog.set_level("INFO", "sidewinder")
        tifffile.imwrite(tmp_path / "m.tif", inverted[:, 0], photometric="miniswhite", **how)
        same(open_movie(tmp_path / "m.tif"), data)
        assert "its least value is white; grey values are inverted" in caplog.text

    @pytest.mark.case("raw data", "floating-point pixels whose least value is white")
    def test_floats_have_no_white(self, tmp_path, pixels):
        tifffile.imwrite(tmp_path / "m.tif", pixels(3, 9, 10, dtype="float32"), photometric="miniswhite")
        with pytest.raises(UserError, match="least value is white .* floating-point pixels do not define"):
            open_movie(tmp_path / "m.tif")


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_types_of_64_bits_are_those_of_numpy(tmp_path, pixels, same, dtype):
    data = pixels(3, 1, 9, 10, dtype=dtype)
    tifffile.imwrite(tmp_path / "m.tif", data[:, 0], photometric="minisblack")
    movie = open_movie(tmp_path / "m.tif")
    same(movie, data)
    # C has two types of 64 bits, of which Zarr knows one
    assert movie.data.dtype.char == np.dtype(dtype).char


@pytest.mark.case("raw data", "strips of a frame are missing")
def test_strips_that_are_missing(tmp_path, pixels):
    tifffile.imwrite(tmp_path / "m.tif", pixels(1, 40, 10), compression="zlib", rowsperstrip=10, metadata=None)
    with tifffile.TiffFile(tmp_path / "m.tif", mode="r+b") as tif:
        tif.pages[0].tags["ImageLength"].overwrite(80)
    with pytest.raises(UserError, match="frame 0 is missing or cut off"):
        open_movie(tmp_path / "m.tif")
