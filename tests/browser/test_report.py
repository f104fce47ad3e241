"""The report of a movie in a real browser: from a warning to its cell, through frames, trees and curves."""

import pytest
from playwright.sync_api import Page, expect

from barriers import check_no_barriers
from reported import CORRECTED, EVIL, SIDE_PX, reported


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return reported(tmp_path_factory.mktemp("reported"))


def idle(page: Page) -> None:
    """Wait until the frame that was asked for is drawn."""
    page.locator('html[data-ready="true"][data-busy="false"]').wait_for(state="attached", timeout=60_000)


def opened(page: Page, made) -> Page:
    page.goto(made.page.as_uri())
    idle(page)
    return page


def frame(page: Page) -> int:
    return page.evaluate("report.screen.shownPlace")


def chosen(page: Page) -> int | None:
    """The track that is chosen."""
    return page.evaluate("report.state.track == null ? null : report.tracks.track_id[report.state.track]")


def click_on(page: Page, y_px: float, x_px: float) -> None:
    """Click into the middle of a pixel of the movie."""
    at = page.evaluate(
        "([x, y]) => { const { scale, left, top } = report.state.view; const ratio = report.screen.ratio;"
        " return { x: (x * scale + left) / ratio, y: (y * scale + top) / ratio }; }",
        [x_px + 0.5, y_px + 0.5],
    )
    page.locator("#image").click(position=at)
    idle(page)


def colour_at(page: Page, y_px: float, x_px: float) -> list[int]:
    """The colour on the screen in the middle of a pixel of the movie."""
    return page.evaluate(
        "([x, y]) => { const { scale, left, top } = report.state.view; const pen = new OffscreenCanvas(1, 1)"
        ".getContext('2d'); pen.drawImage(report.screen.canvas, -Math.round(x * scale + left),"
        " -Math.round(y * scale + top)); return Array.from(pen.getImageData(0, 0, 1, 1).data); }",
        [x_px + 0.5, y_px + 0.5],
    )


def masks(page: Page, place: int) -> list[list[int]]:
    """The tracks at the pixels of a frame, by what a click finds and by what lies within the outlines."""
    return page.evaluate(
        """(place) => {
          const { labels, paths } = report.outlinesOf(place);
          const trackOf = (row) => report.tracks.track_id[report.cells.track[row]];
          const pen = new OffscreenCanvas(1, 1).getContext("2d");
          const [width, rows] = [Math.sqrt(labels.length), [...paths.keys()]];
          const inside = (_, index) => {
            const [x, y] = [(index % width) + 0.5, Math.floor(index / width) + 0.5];
            const row = rows.find((one) => pen.isPointInPath(paths.get(one), x, y));
            return row == null ? 0 : trackOf(row);
          };
          return [Array.from(labels, (label) => (label ? trackOf(label - 1) : 0)), Array.from(labels, inside)];
        }""",
        place,
    )


def test_from_warnings_to_cells_trees_and_curves(made, page_of):
    page = opened(page_of(viewport={"width": 1280, "height": 900}), made)
    # the worst first; one that is of a cell chooses it
    looks = page.locator("#warnings .look")
    kinds = ["sudden change of count", "black frame", "giant object"]
    assert [look.locator("b").inner_text().lower() for look in looks.all()] == kinds
    looks.nth(2).click()
    idle(page)
    assert (frame(page), chosen(page)) == (7, 4)
    assert page.evaluate("report.state.view.zoom") > 1
    # the cell lies in the middle of what is seen, as far as the frame goes
    centre = made.tracks.query("track_id == 4 and frame == 7")[["x_px", "y_px"]].to_numpy()[0]
    seen = page.evaluate("[report.state.view.x, report.state.view.y]")
    assert abs(centre + 0.5 - seen).max() < SIDE_PX / 3
    # the least certain first
    page.locator("#uncertain .look").nth(1).click()
    idle(page)
    assert (frame(page), chosen(page)) == (4, 1)
    expect(page.locator("#cell-heading")).to_have_text("Track 1")
    expect(page.locator("#cell-facts")).to_contain_text("0.42")
    # to a daughter, and back to the mother by the keys of the tree
    page.get_by_role("button", name="daughter 2").click()
    idle(page)
    assert (frame(page), chosen(page)) == (5, 2)
    page.locator("#tree").press("ArrowUp")
    assert chosen(page) == 1
    page.locator("#tree").press("ArrowDown")
    page.locator("#tree").press("ArrowDown")
    idle(page)
    assert (frame(page), chosen(page)) == (9, 5)
    assert page.locator("#crops li").count() == 5


def test_frames_colours_and_curves(made, page_of):
    page = opened(page_of(viewport={"width": 1280, "height": 900}), made)
    page.locator("#frame").fill("6")
    idle(page)
    assert frame(page) == 6
    expect(page.locator("#frame-name")).to_have_text("frame 6 · 6:00 min")
    page.locator("#image").press("ArrowRight")
    page.locator("#image").press("ArrowRight")
    idle(page)
    assert frame(page) == 8
    assert masks(page, 9) == [made.labels[9].ravel().tolist()] * 2
    y, x = made.tracks.query("track_id == 3 and frame == 8")[["y_px", "x_px"]].to_numpy()[0]
    click_on(page, y, x)
    assert chosen(page) == 3
    # a column of the table: what the curve draws are its numbers
    page.locator("#curve").select_option(label="eccentricity")
    assert page.locator("#curve-chart svg").get_attribute("aria-label") == "eccentricity of track 3 over frames"
    index = [one["name"] for one in made.facts["columns"]].index("eccentricity")
    values = page.evaluate(f"Array.from(report.column({index}))")
    assert values == pytest.approx(made.tracks["eccentricity"].tolist(), abs=1e-3)
    page.locator("#curve-chart svg").click(position={"x": 60, "y": 60})
    idle(page)
    assert frame(page) == 5
    page.locator("#colour").select_option("generation")
    assert "generation 2" in page.locator("#legend").inner_text()
    page.locator("#colour").select_option(label="area (µm²)")
    idle(page)
    expect(page.locator("#legend")).to_contain_text("area (µm²)")
    # the middle of a cell is brighter in the second channel; contrast makes it black
    page.locator("#trails").uncheck()
    page.locator("#channel").select_option("1")
    idle(page)
    bright = colour_at(page, 68, 66)
    page.locator("#darkest").fill("250")
    idle(page)
    assert bright[0] > 150 > 60 > colour_at(page, 40, 84)[0]
    # another frame by clicking into a chart, and from the tree to the movie
    page.locator("#movie-charts svg").first.click()
    idle(page)
    assert 5 <= frame(page) <= 8
    at = page.evaluate(
        "(() => { const tree = report.movieTree; const place = 4; tree.draw();"
        " return { x: tree.x(place), y: tree.y(12), track: report.tracks.track_id[place] }; })()"
    )
    page.locator("#tree").click(position={"x": at["x"], "y": at["y"]})
    idle(page)
    assert chosen(page) == at["track"]
    assert frame(page) in (11, 12)
    page.locator("#track").fill("99")
    page.get_by_role("button", name="Go").click()
    expect(page.locator("#state")).to_have_text("There is no track 99 in this movie.")


def test_play_and_keys(made, page_of):
    page = opened(page_of(), made)
    page.locator("#image").press("Space")
    page.wait_for_function("report.screen.shownPlace >= 3", timeout=60_000)
    expect(page.locator("#play")).to_have_text("Pause")
    page.locator("#image").press("End")
    idle(page)
    assert frame(page) == 13
    expect(page.locator("#play")).to_have_text("Play")
    page.locator("#image").press("n")
    first = chosen(page)
    page.locator("#image").press("n")
    assert (first, chosen(page)) == (3, 4)
    page.locator("#image").press("+")
    assert page.evaluate("report.state.view.zoom") == 1.5
    page.locator("#image").press("0")
    assert page.evaluate("report.state.view.zoom") == 1


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_no_barriers(width, scheme, made, page_of):
    page = opened(page_of(viewport={"width": width, "height": 800}, color_scheme=scheme), made)
    page.locator("#uncertain .look").first.click()
    page.locator("#made details summary").click()
    idle(page)
    check_no_barriers(page, width, scheme)


def test_under_its_own_policy_with_hostile_names(made, page_of):
    """The page forbids itself to fetch anything, and whatever users call things is text."""
    page = opened(page_of(bypass_csp=False, offline=True), made)
    assert page.title() == "m: Sidewinder report"
    assert page.locator("img:not(#repaired img)").count() == 0
    assert page.locator("#channel option").all_inner_texts() == ["GFP", EVIL]
    expect(page.locator("#warnings .look").nth(2)).to_contain_text(EVIL)
    expect(page.locator("#made-body")).to_contain_text(EVIL)


def test_corrections_of_light_and_stage(made, page_of, tmp_path):
    page = opened(page_of(), made)
    expect(page.locator("#corrected")).to_be_hidden()
    corrected = reported(tmp_path, **CORRECTED)
    page = opened(page_of(viewport={"width": 360, "height": 800}, color_scheme="dark"), corrected)
    check_no_barriers(page, 360, "dark")
    page = opened(page_of(bypass_csp=False, offline=True), corrected)
    pictures = page.locator("#corrected img")
    assert pictures.evaluate_all("all => all.map((one) => one.naturalWidth)") == [SIDE_PX] * 7
    assert pictures.nth(0).get_attribute("alt") == "frame 1 before the correction of light"
    assert pictures.nth(5).get_attribute("alt") == "frame 13 after the correction of light"
    assert pictures.nth(6).get_attribute("alt") == "flat field, from 0.5 (black) to 1.5 (white) of the mean light"
    spots = page.locator("#corrected circle")
    assert spots.nth(2).locator("title").inner_html() == "frame 2: 1 px down, -2 px right"
    # down and to the left, twice as far to the left
    ends = [[float(spots.nth(at).get_attribute(name)) for name in ("cy", "cx")] for at in (0, 13)]
    assert (ends[1][0] - ends[0][0]) * -2 == pytest.approx(ends[1][1] - ends[0][1])
    assert page.locator("#corrected .unmeasured").count() == 1


def test_corrected_and_repaired_cells_are_a_click_away(made, page_of, tmp_path):
    page = opened(page_of(viewport={"width": 1280, "height": 900}), made)
    expect(page.locator("#edited-part")).to_be_hidden()
    page = opened(page_of(viewport={"width": 1280, "height": 900}), reported(tmp_path, edited=True))
    assert page.locator("#edited .look").all_inner_texts() == [
        "track 4, frame 2", "track 3, frames 6 to 7", "track 3, frame 9",
    ]  # fmt: skip
    page.locator("#edited .look").nth(1).click()
    idle(page)
    assert (frame(page), chosen(page)) == (6, 3)
    # an edit that does not hold leads to the cell at its place
    page.locator("#warnings .look", has_text="edits do not hold").click()
    idle(page)
    assert (frame(page), chosen(page)) == (8, 3)
    # in the middle of what is seen, as far as the frame goes
    assert page.evaluate("[report.state.view.x, report.state.view.y]") == [42.5, SIDE_PX / 1.5 / 2]
    expect(page.locator("#repaired-words")).to_contain_text("1 repaired cell. Orange")
    pictures = page.locator("#repaired img")
    assert pictures.evaluate_all("all => all.map((one) => one.naturalWidth > 90)") == [True, True]
    words = "track 4, frame 3: was one with a neighbour"
    assert [one.get_attribute("alt") for one in pictures.all()] == [f"{words}, before", f"{words}, after"]
    page.get_by_role("button", name=words).click()
    idle(page)
    assert (frame(page), chosen(page)) == (3, 4)


@pytest.mark.parametrize(
    "kind", [{"empty": True}, {"n_frames": 1, "channels": ("a",), "model": "", "made": [], "columns": []}], ids=str
)
def test_movies_without_cells_and_with_one_frame(kind, page_of, tmp_path):
    page = opened(page_of(), reported(tmp_path, **kind))
    page.locator("#image").press("ArrowRight")
    page.locator("#image").press("n")
    idle(page)
    assert frame(page) == (1 if "empty" in kind else 0)
    assert (chosen(page) is None) == ("empty" in kind)
