"""What file names say of time, channel and position."""

import random
import uuid
from datetime import datetime, timedelta

import pytest

from sidewinder.errors import UserError
from sidewinder.movie import name_fields
from sidewinder.movie.file_grid import arrange_files
from sidewinder.movie.naming import in_natural_order


def grid(names, position=None):
    """The grid of names in any order, with the names for files."""
    shuffled = in_natural_order(random.Random(0).sample(names, len(names)))
    return arrange_files("f", shuffled, shuffled, position)


def columns(names):
    return [[name] for name in names]


@pytest.mark.parametrize(
    "pattern",
    [
        "t{}.tif",
        "img_{:04d}.ome.tif",
        "T{:02d}_C1.TIF",
        "TimePoint_{}/9987_B02.TIF",
        "run2_{}_raw.png",
        "c{}.tif",
        "p{}",
    ],
)
def test_one_number_counts_frames(pattern, caplog):
    names = [pattern.format(i) for i in range(1, 13)]
    found = grid(names)
    assert (found.files, found.channel_names, found.taken_s, found.source_frames) == (columns(names), (), (), ())
    assert caplog.text == ""


def test_numbers_longer_than_a_float_is_exact():
    names = [f"{2**63 + i}.tif" for i in range(3)]
    assert grid(names).files == columns(names)


def test_a_guid_is_no_number():
    names = [f"9987_B02_t{t}_w1{{{uuid.UUID(int=7**t * 10**28)}}}.tif" for t in range(1, 13)]
    assert grid(names).files == columns(names)
    names = [f"9987_B02_t{t}_w1{str(uuid.UUID(int=7**t * 10**28)).upper()}.tif" for t in range(1, 13)]
    assert grid(names).files == columns(names)


class TestTimes:
    @pytest.mark.parametrize(
        ("names", "taken_s"),
        [
            (["c_t0.0h.tif", "c_t0.25h.tif", "c_t0.5h.tif", "c_t1.0h.tif"], [0, 900, 1800, 3600]),
            (["x_0min", "x_5min", "x_10min"], [0, 300, 600]),
            (["x_950ms", "x_1000ms"], [0, 0.05]),
            (["V1_A1_1_00d23h45m", "V1_A1_1_01d00h00m", "V1_A1_1_01d00h15m"], [0, 900, 1800]),
            (["s_2026-01-31_23h50m", "s_2026-02-01_00h00m", "s_2026-02-01_00h10m"], [0, 600, 1200]),
            (["s_20260131235000.tif", "s_20260131235959.tif"], [0, 599]),
            (["2026-03-30.tif", "2026-03-31.tif", "2026-04-01.tif"], [0, 86400, 172800]),
            (["09h50.tif", "10h10.tif", "10h50.tif", "11h10.tif"], [0, 1200, 3600, 4800]),
            (["a_23h40m", "a_23h50m", "a_00h00m", "a_00h10m"], [0, 600, 1200, 1800]),
            (["a_22h00m", "a_22h30m", "a_23h30m"], [0, 1800, 5400]),
        ],
    )
    def test_names_that_say_when(self, names, taken_s, caplog):
        found = grid(names)
        assert found.files == columns(names)
        assert [time - found.taken_s[0] for time in found.taken_s] == pytest.approx(taken_s)
        assert caplog.text == ""

    def test_a_day_of_an_incucyte(self):
        start = datetime(2026, 1, 1)
        times = [start + timedelta(minutes=15 * t) for t in range(200)]
        names = [f"VID1_A1_1_{(t - start).days:02d}d{t:%Hh%M}m.tif" for t in times]
        found = grid(names)
        assert found.files == columns(names)
        assert set(map(float.__sub__, found.taken_s[1:], found.taken_s)) == {900.0}

    def test_files_of_one_day_are_told_by_their_numbers(self):
        names = ["x_2026-01-31_1", "x_2026-01-31_2", "x_2026-01-31_10", "x_2026-02-01_1"]
        assert grid(names).files == columns(names)

    def test_a_gap_is_kept(self, caplog):
        found = grid(["run7_t8_900s.tif", "run7_t9_930s.tif", "run7_t11_990s.tif"])
        assert (found.taken_s, found.source_frames) == ((900, 930, 990), (0, 1, 3))
        assert "f: the numbers 10 are missing between 8 and 11" in caplog.text


class TestChannels:
    @pytest.mark.parametrize("kind", ["_c", "_ch", "_w", "_C", "-channel"])
    def test_before_or_behind_the_frames(self, kind):
        for pattern in ("img{k}{c}_t{t}.tif", "img_T{t:04d}{k}{c}.tif"):
            names = [[pattern.format(t=t, c=c, k=kind) for c in (1, 2)] for t in range(11)]
            found = grid([name for frame in names for name in frame])
            assert found.files == names
            assert found.channel_names == (f"{kind.strip('_-')}1", f"{kind.strip('_-')}2")

    def test_wavelengths_of_metamorph_by_name(self):
        names = [[f"exp_w{w}{name}_t{t}.TIF" for w, name in ((1, "GFP"), (2, "DAPI"))] for t in range(1, 12)]
        found = grid([name for frame in names for name in frame])
        assert (found.files, found.channel_names) == (names, ("GFP", "DAPI"))
        names = [[f"exp_w{w}DAPI_t{t}.TIF" for w in (1, 2)] for t in range(2)]
        assert grid([name for frame in names for name in frame]).channel_names == ("w1DAPI", "w2DAPI")

    def test_an_image_that_is_missing(self):
        names = [f"t{t}_c{c}.tif" for t in range(4) for c in (0, 1)]
        with pytest.raises(UserError, match=r"f: there is no file of channel c1 beside t2_c0\.tif \(frame 2\)"):
            grid([name for name in names if name != "t2_c1.tif"])

    def test_an_acquisition_that_was_stopped(self, caplog):
        names = [f"t{t}_c{c}.tif" for t in range(4) for c in (0, 1)]
        assert len(grid(names[:-1]).files) == 3
        assert "f: the last frame is left out, since there is no file of channel c1 beside t3_c0.tif" in caplog.text


class TestPositions:
    def test_by_name_or_number(self):
        names = {s: [f"exp_s{s}_t{t:02d}.tif" for t in range(8)] for s in (1, 2, 10)}
        every = [name for frames in names.values() for name in frames]
        for position, s in {"s2": 2, "1": 2, "2": 10, "s10": 10}.items():
            assert grid(every, position).files == columns(names[s])
        with pytest.raises(
            UserError, match=r"f: has 3 positions \(0: s1, 1: s2, 2: s10\); name one in the sheet's column"
        ):
            grid(every)

    @pytest.mark.parametrize("kind", ["_s", "xy", "pos", "Position-", "-site"])
    def test_alone_they_are_no_time(self, kind):
        names = [f"fixed{'_' if kind[0].isalpha() else ''}{kind}{s}.tif" for s in range(1, 6)]
        assert grid(names, "2").files == [[names[2]]]
        with pytest.raises(UserError, match="f: has 5 positions"):
            grid(names)

    def test_sites_and_wavelengths_of_wells_in_folders(self):
        def name(t, well, s, w):
            return f"TimePoint_{t}/9987_{well}_s{s}_w{w}.TIF"

        every = [name(t, well, s, w) for t in (1, 2, 3) for well in ("B02", "C10") for s in (1, 2) for w in (1, 2)]
        found = grid(every, "C10_s2")
        assert found.files == [[name(t, "C10", 2, w) for w in (1, 2)] for t in (1, 2, 3)]
        assert found.channel_names == ("w1", "w2")
        with pytest.raises(UserError, match=r"has 4 positions \(0: B02_s1, 1: B02_s2, 2: C10_s1, 3: C10_s2\)"):
            grid(every)

    def test_a_plate_of_an_opera(self):
        def name(well, f, ch, sk):
            return f"{well}f{f:02d}p01-ch{ch}sk{sk}fk1fl1.tiff"

        every = [name(w, f, ch, sk) for w in ("r01c01", "r01c02") for f in (1, 2) for ch in (1, 2) for sk in (1, 2, 3)]
        found = grid(every, "c02_f01")
        assert found.files == [[name("r01c02", 1, ch, sk) for ch in (1, 2)] for sk in (1, 2, 3)]
        assert found.channel_names == ("ch1", "ch2")

    def test_channels_of_one_position_only(self):
        names = ["s1_t1_c1.tif", "s1_t2_c1.tif", "s2_t1_c1.tif", "s2_t1_c2.tif", "s2_t2_c1.tif", "s2_t2_c2.tif"]
        assert grid(names, "s1").files == [["s1_t1_c1.tif"], ["s1_t2_c1.tif"]]
        assert len(grid(names, "s2").channel_names) == 2


class TestSlices:
    def test_beside_frames(self):
        found = grid([f"t{t}_z{z}_c{c}.tif" for t in range(4) for z in (9, 10) for c in range(2)])
        assert found.n_slices == 2
        assert found.files == [[f"t{t}_z{z}_c{c}.tif" for z in (9, 10) for c in range(2)] for t in range(4)]

    def test_alone_they_are_no_time(self):
        found = grid([f"z{z}.tif" for z in range(3)])
        assert (found.files, found.n_slices) == ([["z0.tif", "z1.tif", "z2.tif"]], 3)


class TestRefusals:
    def test_numbers_that_say_nothing_beside_the_frames(self):
        with pytest.raises(UserError, match=r"f: the file names count 'run' from 1 to 2 beside the frames"):
            grid([f"run{r}_t{t}.tif" for t in range(4) for r in (1, 2)])

    def test_names_of_several_patterns(self):
        with pytest.raises(UserError, match=r"f: the file names follow 2 patterns \(DAPI_t#, GFP_t#\); .*give a glob"):
            grid(["DAPI_t0.tif", "GFP_t0.tif"])

    def test_two_files_of_one_number(self):
        with pytest.raises(UserError, match=r"f: t0\.tif and t00\.tif have the same number"):
            grid(["t0.tif", "t00.tif"])

    def test_no_single_number_is_said(self, caplog):
        grid(["1_1.tif", "1_2.tif", "2_1.tif", "2_2.tif"])
        assert (
            "f: no single number in the file names counts the frames; they are taken in this order: 1_1.tif"
            in caplog.text
        )


def test_what_is_a_decimal_and_what_are_two_numbers():
    names = [f"x_{value}.tif" for value in ("0.25", "0.5", "0.75", "1.0", "1.25")]
    assert grid(names).files == columns(names)
    names = [f"x_1.{number}.tif" for number in range(2, 13)]
    assert grid(names).files == columns(names)
    names = ["x_0.tif", "x_0.5.tif", "x_1.tif"]
    assert grid(names).files == columns(names)


def test_the_numbers_of_many_names_are_read_once(monkeypatch):
    read = 0

    def counted(text):
        nonlocal read
        read += 1
        return int(text)

    monkeypatch.setattr(name_fields, "int", counted, raising=False)
    names = [f"t{index:03}.tif" for index in range(500)]
    assert arrange_files("exp1", names, names, None).files == [[name] for name in names]
    # as decimals, as whole numbers, in order; once for each pair of files took a minute for 400 folders
    assert read == 3 * 500
