"""`snakemake sheet`."""

import numpy as np
import tifffile


def test_a_sheet_is_written_before_there_is_one(snakemake, clean_checkout, tmp_path):
    tifffile.imwrite(tmp_path / "m.tif", np.zeros((3, 8, 9), np.uint16), photometric="minisblack")
    asked = ["sheet", "--snakefile", clean_checkout / "Snakefile", "--config", "source=m.tif", "sheet=mine.tsv"]
    result = snakemake(*asked, cwd=tmp_path)
    assert result.returncode == 0
    assert "mine.tsv: 1 movies; look it over, then, in the checkout: snakemake " in result.stdout
    assert "m\tm.tif" in (tmp_path / "mine.tsv").read_text().splitlines()
    assert not (tmp_path / "results").exists()
    # a set of the Cell Tracking Challenge comes in the same way
    challenge = snakemake("ctc", *asked[1:3], cwd=tmp_path)
    assert challenge.returncode == 1
    assert "say which set: snakemake ctc --config dataset=PhC-C2DH-U373" in challenge.stdout
    again = snakemake(*asked, cwd=tmp_path)
    assert again.returncode == 1
    assert "mine.tsv is there already and is not overwritten" in again.stdout
