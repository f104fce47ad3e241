"""The report of the experiment in a real browser: filter, sort, to a movie's own report, by another condition."""

import pytest
from playwright.sync_api import Page, expect

from barriers import check_no_barriers
from overviews import EVIL, MOVIES, overview


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overview")
    (folder / "a2").mkdir()
    (folder / "a2" / "report.html").write_text("<!doctype html><title>the report of a2</title>")
    return overview(folder)


def opened(page: Page, made) -> Page:
    page.goto(made.page.as_uri())
    page.locator('html[data-ready="true"]').wait_for(state="attached", timeout=60_000)
    return page


def names(page: Page) -> list[str]:
    """The movies that are shown, in order."""
    return page.locator("#rows .name > :first-child").all_inner_texts()


def test_filter_sort_and_go_to_a_movie(made, page_of):
    page = opened(page_of(bypass_csp=False, offline=True, viewport={"width": 1280, "height": 900}), made)
    assert page.title() == "Experiment: Sidewinder report"
    assert names(page) == list(MOVIES)
    assert page.locator("#rows img").count() == 7
    expect(page.locator("#rows tr.failed .reason")).to_have_text("bad.tif: is cut off")
    page.locator("#sort").select_option("worst")
    assert names(page)[:3] == ["bad", "late", "a2"]
    page.get_by_role("button", name="Cells per frame", exact=True).click()
    cells = page.locator('#rows [data-label="Cells per frame"]').all_inner_texts()[:7]
    assert [float(one) for one in cells] == sorted(map(float, cells), reverse=True)
    page.get_by_role("button", name="Reversed").click()
    assert page.locator('#rows [data-label="Cells per frame"]').all_inner_texts()[2:] == cells[::-1]
    page.get_by_role("button", name="Movie", exact=True).click()
    assert names(page) == sorted(MOVIES)
    page.locator("#of-state").select_option("failed")
    assert names(page) == ["bad"]
    expect(page.locator("#shown")).to_have_text("1 of 9 movies")
    page.locator("#of-state").select_option("")
    # names of users are text, also as the value of a choice
    choice = page.locator('[data-column="condition"]')
    choice.select_option(f"={EVIL}")
    assert names(page) == ["c1"]
    expect(page.locator("#rows .tag b")).to_have_text(EVIL)
    choice.select_option("*")
    page.locator("#search").fill("no cells")
    assert names(page) == ["a2"]
    warned = page.locator("#rows .warned")
    assert [one.inner_text() for one in warned.all()] == ["no cells frames 0 to 5", "giant object frame 3"]
    warned.first.locator("a").click()
    expect(page).to_have_title("the report of a2")


def test_by_condition(made, page_of):
    page = opened(page_of(viewport={"width": 1280, "height": 900}), made)
    assert page.locator("#column option").count() == 2
    words = page.locator("#condition-words")
    expect(words).to_contain_text("a movie counts once, however many cells it has")
    expect(words).to_contain_text("One group has one movie")
    speeds = page.locator('[data-measure="mean_speed_um_per_s"]')
    assert speeds.locator("circle").count() == 7
    # one that is compared, and the reference; one movie has a mean, but no interval
    assert page.locator("#reference").evaluate("one => one.selectedOptions[0].textContent") == "control"
    drug = page.locator("#numbers tbody tr").filter(has_text="drug")
    control = page.locator("#numbers tbody tr").filter(has_text="control")
    by_name = {group["name"]: group["means"]["mean_speed_um_per_s"] for group in made.groups("condition")["groups"]}
    difference = 60 * (by_name["drug"][1] - by_name["control"][1])
    said = drug.locator('[data-measure="mean_speed_um_per_s"] .small').inner_text()
    assert float(said.split(" [")[0].replace("+", "")) == pytest.approx(difference, rel=6e-3)
    page.locator("#reference").select_option(label="drug")
    said = control.locator('[data-measure="mean_speed_um_per_s"] .small').inner_text()
    assert float(said.split(" [")[0].replace("−", "-")) == pytest.approx(-difference, rel=6e-3)
    low, high = (float(one.replace("−", "-").replace("+", "")) for one in said.split(" [")[1].rstrip("]").split(", "))
    assert low < -difference < high
    n_lines = page.locator("#curves .line").count()
    page.get_by_role("checkbox", name="control").uncheck()
    assert page.locator("#curves .line").count() == n_lines - 2 * 5
    page.locator("#column").select_option("0")
    assert page.locator("#numbers tbody tr").count() == 1
    expect(page.locator("#numbers tbody th")).to_have_text("all movies")
    expect(page.locator("#reference-label")).to_be_hidden()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_no_barriers(width, scheme, made, page_of):
    page = opened(page_of(viewport={"width": width, "height": 800}, color_scheme=scheme), made)
    page.locator("#rows details summary").first.click()
    check_no_barriers(page, width, scheme)
