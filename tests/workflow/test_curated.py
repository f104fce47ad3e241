"""A list of edits makes again what follows tracking, of its movie alone."""

import shutil
from pathlib import Path

from running import Stubbed, stub_scripts

FROM_TRACK_ON = {"track/b", "plausibility/b", "publish/b", "overlay/b", "report/b"}


def test_edits_make_again_what_follows_tracking(clean_checkout, tmp_path):
    checkout = stub_scripts(Path(shutil.copytree(clean_checkout, tmp_path / "checkout", symlinks=True)))
    run = Stubbed(checkout, tmp_path, arguments=("--config", "movies=movies.tsv", "exports=[]"))
    run.movies("a", "b")
    assert run.run().returncode == 0
    edits = tmp_path / "curated" / "b" / "edits.tsv"
    edits.parent.mkdir(parents=True)
    # what is added and taken away again
    for text in ("edit\tframe\ty_px\tx_px\n", None):
        first = len(run.ran())
        edits.unlink(missing_ok=True) if text is None else edits.write_text(text)
        result = run.run()
        assert result.returncode == 0, result.stdout
        assert "movie b: settings of track have changed (edits): it is computed again from track on" in result.stdout
        assert {job["name"] for job in run.ran()[first:]} - {"experiment", "report_all"} == FROM_TRACK_ON
