"""Movies of one file a frame: order, contents, and what cannot be one movie."""

import os
import re
import shutil

import numpy as np
import pytest
import tifffile
from PIL import Image

from sidewinder.errors import UserError
from sidewinder.movie.opening import open_movie


def write(folder, frames, name="t{:03d}.tif", **how):
    folder.mkdir(exist_ok=True)
    for index, frame in enumerate(frames):
        tifffile.imwrite(folder / name.format(index), frame, **how)


def refuse(path, message, frame=slice(None)):
    with pytest.raises(UserError, match=re.escape(message)) as caught:
        open_movie(path).data[frame].compute()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["t{:03d}.tif", "{}.TIFF", "run2_{}_raw.tif"])
@pytest.mark.parametrize("how", [{}, {"compression": "lzw"}, {"metadata": None, "byteorder": ">"}], ids=str)
def test_a_folder_in_natural_order(tmp_path, pixels, same, name, how):
    frames = pixels(12, 14, 15)
    write(tmp_path / "f", frames, name, **how)
    (tmp_path / "f" / "notes.txt").write_text("not a frame")
    (tmp_path / "f" / "._t000.tif").write_bytes(b"what macOS leaves")
    movie = open_movie(tmp_path / "f")
    same(movie, frames[:, None])
    assert movie.channel_names == ("ch0",)


@pytest.mark.parametrize("pattern", ["*.tif", "t?.tif", "[s-u]*.tif"])
def test_a_glob(tmp_path, pixels, same, pattern):
    frames = pixels(9, 14, 15)
    write(tmp_path, frames, "t{}.tif")
    write(tmp_path, frames, "other{}.png.txt")
    same(open_movie(str(tmp_path / pattern)), frames[:, None])


def test_a_glob_over_folders(tmp_path, pixels, same):
    frames = pixels(11, 14, 15)
    for index, frame in enumerate(frames):
        write(tmp_path / f"time{index}", [frame], "image.tif")
    same(open_movie(str(tmp_path / "time*" / "image.tif")), frames[:, None])


def test_a_name_with_brackets_is_a_name_first(tmp_path, pixels, same):
    data = pixels(5, 8, 9)
    tifffile.imwrite(tmp_path / "m[1].tif", data)
    same(open_movie(tmp_path / "m[1].tif"), data[:, None])


@pytest.mark.parametrize(
    "how", [{}, {"metadata": None}, {"imagej": True}, {"compression": "zlib"}, {"metadata": {"axes": "CYX"}}], ids=str
)
def test_channels_in_each_file(tmp_path, pixels, same, how):
    frames = pixels(3, 5, 14, 15)
    write(tmp_path / "f", frames, **how)
    same(open_movie(tmp_path / "f"), frames)


def test_channels_last_in_each_file(tmp_path, pixels, same):
    frames = pixels(3, 30, 35, 5, dtype="float32")
    write(tmp_path / "f", frames)
    same(open_movie(tmp_path / "f"), frames.transpose(0, 3, 1, 2))


def test_colours_in_each_file(tmp_path, pixels, same):
    frames = pixels(3, 30, 35, 3, dtype="uint8")
    write(tmp_path / "f", frames, photometric="rgb")
    movie = open_movie(tmp_path / "f")
    same(movie, frames.transpose(0, 3, 1, 2))
    assert movie.channel_names == ("red", "green", "blue")


def test_sizes_are_those_of_the_first_file(tmp_path, pixels):
    metadata = {"unit": "um", "finterval": 60.0}
    write(tmp_path / "f", pixels(3, 14, 15), imagej=True, resolution=(2.0, 2.0), metadata=metadata)
    movie = open_movie(tmp_path / "f")
    assert (movie.pixel_size_um, movie.frame_interval_s) == (0.5, 60.0)


def test_one_frame_reads_one_file(tmp_path, pixels):
    frames = pixels(4, 14, 15)
    write(tmp_path / "f", frames)
    movie = open_movie(tmp_path / "f")
    for index in (0, 1, 3):
        (tmp_path / "f" / f"t{index:03d}.tif").unlink()
    np.testing.assert_array_equal(movie.data[2, 0].compute(), frames[2])


class TestRefusals:
    @pytest.mark.case("raw data", "a glob that matches no file")
    def test_nothing_there(self, tmp_path):
        (tmp_path / "empty").mkdir()
        (tmp_path / "bmp").mkdir()
        for name in ("a.bmp", "b.bmp", "readme"):
            (tmp_path / "bmp" / name).write_text("")
        refuse(tmp_path / "nowhere", "nowhere: no such file or folder; expected a TIFF stack")
        refuse(tmp_path / "empty", "empty: no images in this folder (it holds nothing)")
        refuse(
            tmp_path / "bmp", "bmp: no images in this folder (it holds .bmp, readme); expected one .tif, .png or .jpg"
        )
        refuse(str(tmp_path / "x*.tif"), "x*.tif: matches no file")

    def test_a_position_of_a_folder(self, tmp_path, pixels):
        write(tmp_path / "f", pixels(2, 14, 15))
        with pytest.raises(UserError, match="position 'B3' is not one of its 1"):
            open_movie(tmp_path / "f", "B3")

    @pytest.mark.parametrize(
        ("frame", "found"),
        [
            pytest.param(
                np.zeros((14, 16), "uint16"),
                "(1, 14, 16) uint16",
                marks=pytest.mark.case("raw data", "frames that differ in size"),
            ),
            (np.zeros((14, 15), "uint8"), "(1, 14, 15) uint8"),
            (np.zeros((2, 14, 15), "uint16"), "(2, 14, 15) uint16"),
        ],
    )
    def test_a_movie_that_changes_half_way(self, tmp_path, pixels, frame, found):
        write(tmp_path / "f", [*pixels(3, 14, 15), frame])
        message = f"t003.tif: frame 3 is {found} where frame 0 ({tmp_path / 'f' / 't000.tif'}) is (1, 14, 15) uint16"
        refuse(tmp_path / "f", message)
        open_movie(tmp_path / "f").data[:3].compute()

    @pytest.mark.case("raw data", "a frame of a folder is cut off")
    def test_broken_files_are_named(self, tmp_path, pixels):
        write(tmp_path / "f", pixels(4, 14, 15))
        (tmp_path / "f" / "t001.tif").write_bytes(b"")
        (tmp_path / "f" / "t002.tif").write_bytes((tmp_path / "f" / "t003.tif").read_bytes()[:-5])
        refuse(tmp_path / "f", "t001.tif (frame 1): cannot be read as TIFF", 1)
        refuse(tmp_path / "f", "t002.tif (frame 2): frame 2 is missing or cut off", 2)

    @pytest.mark.case("raw data", "a frame is deleted while the movie is read")
    def test_a_file_that_goes_away(self, tmp_path, pixels):
        write(tmp_path / "f", pixels(2, 14, 15))
        movie = open_movie(tmp_path / "f")
        (tmp_path / "f" / "t001.tif").unlink()
        with pytest.raises(UserError, match=r"t001\.tif \(frame 1\): cannot be read"):
            movie.data.compute()

    def test_slices_in_each_file(self, tmp_path, pixels):
        write(tmp_path / "slices", pixels(2, 3, 14, 15), imagej=True, metadata={"axes": "ZYX"})
        refuse(tmp_path / "slices", "slices: has 3 z-slices")

    def test_a_frame_among_stacks(self, tmp_path, pixels):
        write(tmp_path, pixels(2, 14, 15))
        tifffile.imwrite(tmp_path / "t002.tif", pixels(9, 14, 15))
        refuse(tmp_path, "t002.tif (frame 2): holds 9 images; expected one frame of at most 8 channels", 2)

    @pytest.mark.case("raw data", "files of two kinds in one folder")
    def test_files_of_two_names_are_not_mixed(self, tmp_path, pixels):
        write(tmp_path / "names", pixels(2, 14, 15), "DAPI_t{}.tif")
        write(tmp_path / "names", pixels(2, 14, 15), "GFP_t{}.tif")
        refuse(tmp_path / "names", "names: the file names follow 2 patterns (DAPI_t#, GFP_t#)")

    @pytest.mark.case("raw data", "two frames of the same number")
    def test_two_files_of_the_same_number(self, tmp_path, pixels):
        write(tmp_path / "f", pixels(2, 14, 15), "t{}.tif")
        write(tmp_path / "f", pixels(2, 14, 15), "t{:02d}.tif")
        refuse(tmp_path / "f", "f: t0.tif and t00.tif have the same number")


def test_a_movie_of_the_cell_tracking_challenge(tmp_path, shared_data, same):
    source = shared_data / "Fluo-N2DH-SIM+" / "01"
    names = [f"t{i:03d}.tif" for i in range(3)]
    for name in names:
        shutil.copy(source / name, tmp_path / name)
        with tifffile.TiffFile(source / name) as tif:
            assert tif.pages.first.compression == tifffile.COMPRESSION.LZW
    expected = np.stack([tifffile.imread(source / name) for name in names])[:, None]
    assert expected.std() > 0
    same(open_movie(tmp_path), expected)
    assert open_movie(source).data.shape == (65, 1, 690, 628)


@pytest.mark.case("raw data", "a broken frame whose name is not UTF-8")
def test_a_broken_frame_whose_name_is_not_utf8(tmp_path, pixels):
    write(tmp_path, pixels(3, 14, 15))
    for index in range(3):
        os.rename(tmp_path / f"t{index:03d}.tif", os.fsencode(tmp_path) + f"/zelle_\xe4_{index}.tif".encode("latin-1"))
    broken = next(path for path in tmp_path.iterdir() if path.name.endswith("1.tif"))
    broken.write_bytes(b"II*\0")
    refuse(tmp_path, "_1.tif (frame 1): cannot be read as TIFF", 1)


@pytest.mark.case("raw data", "a file that may not be read")
def test_a_frame_that_may_not_be_read(tmp_path, pixels, monkeypatch):
    write(tmp_path, pixels(2, 14, 15))

    def refuse_to_open(path, *_):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("builtins.open", refuse_to_open)
    with pytest.raises(
        UserError, match=r"t000\.tif \(frame 0\): may not be read: permission denied; ask for the right"
    ):
        open_movie(tmp_path)


@pytest.mark.case("raw data", "a link among the frames that leads nowhere")
def test_a_link_that_leads_nowhere_is_no_shorter_movie(tmp_path, pixels):
    write(tmp_path, pixels(3, 14, 15))
    (tmp_path / "t003.tif").symlink_to("not_mounted/t003.tif")
    refuse(tmp_path, "t003.tif (frame 3): cannot be read: No such file or directory")


class TestFilesOfChannels:
    def test_one_file_an_image(self, tmp_path, pixels, same):
        data = pixels(3, 2, 14, 15)
        for t, c in np.ndindex(3, 2):
            tifffile.imwrite(tmp_path / f"img_T{t}_C{c + 1}.tif", data[t, c])
        movie = open_movie(tmp_path)
        same(movie, data)
        assert movie.channel_names == ("C1", "C2")

    def test_channels_of_two_sizes(self, tmp_path, pixels):
        for t in range(2):
            tifffile.imwrite(tmp_path / f"t{t}_c0.tif", pixels(14, 15))
            tifffile.imwrite(tmp_path / f"t{t}_c1.tif", pixels(14, 16))
        refuse(tmp_path, "t0_c1.tif (frame 0): is (14, 16) uint16 where the first channel of this frame is (14, 15)")

    def test_folders_of_time_points_and_positions(self, tmp_path, pixels, same):
        data = pixels(2, 11, 2, 14, 15)
        for s, t, w in np.ndindex(2, 11, 2):
            write(tmp_path / f"TimePoint_{t + 1}", [data[s, t, w]], f"9987_B02_s{s + 1}_w{w + 1}.TIF")
        write(tmp_path / "TimePoint_1", [pixels(3, 3)], "9987_B02_s1_w1_thumb.TIF")
        same(open_movie(tmp_path, "s2"), data[1])

    def test_missing_numbers_are_missing_times(self, tmp_path, pixels):
        for t in (0, 1, 4):
            tifffile.imwrite(tmp_path / f"t{t}.tif", pixels(14, 15))
        assert open_movie(tmp_path).source_frames == (0, 1, 4)

    def test_names_that_say_when(self, tmp_path, pixels):
        for t in range(3):
            tifffile.imwrite(tmp_path / f"VID_A1_1_00d{22 + t:02d}h15m.tif", pixels(14, 15))
        movie = open_movie(tmp_path)
        assert (movie.times_s, movie.frame_interval_s) == ((0, 3600, 7200), 3600)


class TestPictures:
    @pytest.mark.parametrize("dtype", ["uint8", "uint16"])
    def test_png_as_it_is(self, tmp_path, pixels, same, dtype):
        frames = pixels(11, 14, 15, dtype=dtype)
        for t, frame in enumerate(frames):
            Image.fromarray(frame).save(tmp_path / f"f{t}.PNG")
        same(open_movie(tmp_path), frames[:, None])

    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    def test_colours_without_transparency(self, tmp_path, pixels, same, mode):
        frames = pixels(2, 14, 15, len(mode), dtype="uint8")
        for t, frame in enumerate(frames):
            Image.fromarray(frame, mode).save(tmp_path / f"f{t}.png")
        movie = open_movie(tmp_path)
        same(movie, frames[..., :3].transpose(0, 3, 1, 2))
        assert movie.channel_names == ("red", "green", "blue")

    def test_jpeg_with_a_warning(self, tmp_path, pixels, caplog):
        slope = np.add.outer(np.arange(40), np.arange(48)).astype("uint8")
        for t in range(2):
            Image.fromarray(slope + 40 * t).save(tmp_path / f"f{t}.jpg", quality=95)
        (tmp_path / "notes.txt").write_text("well B2")
        movie = open_movie(tmp_path)
        assert movie.shape == (2, 1, 40, 48)
        assert np.abs(movie.read(1)[0].astype(int) - slope - 40).max() < 4
        assert "JPEG files: their compression has changed the grey values" in caplog.text

    def test_tiffs_come_before_previews(self, tmp_path, pixels, same):
        frames = pixels(3, 14, 15)
        write(tmp_path, frames)
        Image.fromarray(frames[0]).save(tmp_path / "t000.png")
        same(open_movie(tmp_path), frames[:, None])

    def test_a_damaged_picture(self, tmp_path, pixels):
        for t in range(2):
            Image.fromarray(pixels(14, 15)).save(tmp_path / f"f{t}.png")
        (tmp_path / "f1.png").write_bytes((tmp_path / "f1.png").read_bytes()[:60])
        refuse(tmp_path, "f1.png (frame 1): cannot be decoded", 1)


class TestPieces:
    @pytest.mark.parametrize("sizes", [(5, 3), (9, 9), (4, 4, 2)])
    @pytest.mark.parametrize("how", [{"metadata": None, "bigtiff": True}, {"imagej": True}], ids=["plain", "imagej"])
    def test_stacks_are_read_one_after_the_other(self, tmp_path, pixels, same, caplog, sizes, how):
        frames = pixels(sum(sizes), 14, 15)
        how |= {"metadata": {"axes": "TYX"}} if "imagej" in how else {"photometric": "minisblack"}
        for part, (start, size) in enumerate(zip(np.cumsum([0, *sizes]), sizes, strict=False)):
            tifffile.imwrite(tmp_path / f"film_{part + 1}.tif", frames[start : start + size], **how)
        same(open_movie(tmp_path), frames[:, None])
        listed = ", ".join(map(str, sizes))
        assert f"{len(sizes)} stacks (of {listed} frames) are read one after the other" in caplog.text

    def test_stacks_of_two_sizes(self, tmp_path, pixels):
        tifffile.imwrite(tmp_path / "p1.tif", pixels(9, 14, 15))
        tifffile.imwrite(tmp_path / "p2.tif", pixels(9, 14, 16))
        refuse(tmp_path, "p2.tif: has frames of (1, 14, 16) uint16 and 1 z-slices where")

    def test_a_stack_a_position(self, tmp_path, pixels, same, caplog):
        data = pixels(2, 9, 14, 15)
        for s in (0, 1):
            tifffile.imwrite(tmp_path / f"film_s{s}.tif", data[s])
        same(open_movie(tmp_path, "s1"), data[1][:, None])
        assert caplog.text == ""

    def test_times_that_begin_anew_are_not_used(self, tmp_path, pixels):
        for part in (1, 2):
            planes = {"DeltaT": [0.0, 7.0, 14.0], "DeltaTUnit": ["s"] * 3}
            metadata = {"axes": "TYX", "TimeIncrement": 7.0, "Plane": planes}
            tifffile.imwrite(tmp_path / f"p{part}.ome.tif", pixels(3, 14, 15), metadata=metadata)
        movie = open_movie(tmp_path)
        assert (movie.shape[0], movie.times_s, movie.frame_interval_s) == (6, None, 7)


def test_a_real_plate_of_an_imagexpress(shared_data, tmp_path):
    shutil.unpack_archive(shared_data / "formats/imagexpress/9987_Plate_3435.zip", tmp_path)
    (plate,) = (path.parent for path in tmp_path.rglob("TimePoint_1"))
    movie = open_movie(plate, "B03_s2")
    assert (movie.shape, movie.channel_names) == ((2, 2, 256, 256), ("w1", "w2"))
    assert movie.pixel_size_um == 1.3672
    assert movie.read(1)[1].sum(dtype=np.int64) == 58640641
