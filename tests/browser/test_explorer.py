"""The explorer's page in a real browser: what it computes, and what one can do with mouse, keyboard and files."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image as Picture
from playwright.sync_api import Page, expect

from barriers import check_no_barriers
from explorers import EVIL, Explorer, image_of, trained, written
from polling import wait_for
from sidewinder.infer.engine import Engine, as_uint8
from sidewinder.model import load_model, save_model
from sidewinder.normalization import ByBackground, ByQuantiles
from sidewinder.unet import Architecture, UNet

# of the pixels of a mask; what the runtime adds up in another order may tip a pixel over
MOST_DIFFERENT = 0.001
# a part of the diagram, the role of anything else, or its id
NAME_OF_FOCUS = "(({dataset, role, id}) => dataset.part ?? role ?? id)(document.activeElement)"
MODELS = Path(__file__).resolve().parents[2] / "workflow" / "models"


@pytest.fixture(scope="module")
def nuclei(tmp_path_factory) -> Explorer:
    """The shipped model on simulated nuclei, with truth; the region is a part of the frame."""
    return written(tmp_path_factory.mktemp("nuclei"), MODELS / "nuclei", pixel_size_um=0.35)


@pytest.fixture(scope="module")
def rescaled(tmp_path_factory) -> Explorer:
    """The same movie, its pixels half as large as the model's."""
    return written(tmp_path_factory.mktemp("rescaled"), MODELS / "nuclei", pixel_size_um=0.25)


@pytest.fixture(scope="module")
def phase(tmp_path_factory) -> Explorer:
    return written(tmp_path_factory.mktemp("phase"), MODELS / "phase", pixel_size_um=None)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Explorer:
    """A network of depth 2 with two channels and one skip connection, trained a little; by quantiles."""
    folder = tmp_path_factory.mktemp("small")
    architecture = Architecture(in_channels=2, depth=2, base_width=8, skips=(True, False))
    return written(folder, trained(folder, architecture, ByQuantiles()), n_channels=2, pixel_size_um=None)


@pytest.fixture(scope="module")
def narrow(tmp_path_factory) -> Explorer:
    """A network built as the shipped ones are, with an eighth of their channels, and so quicker; by the background."""
    folder = tmp_path_factory.mktemp("narrow")
    model = trained(folder, Architecture(depth=4, base_width=2), ByBackground())
    return written(folder, model, pixel_size_um=None)


def idle(page: Page) -> None:
    """Wait until what was asked for is computed and drawn."""
    page.locator('html[data-ready="true"][data-busy="false"]').wait_for(state="attached", timeout=120_000)


def opened(page: Page, explorer: Explorer) -> Page:
    page.goto(explorer.page.as_uri())
    idle(page)
    return page


def array(page: Page, expression: str) -> np.ndarray:
    """An array of the page's."""
    return np.array(page.evaluate(f"Array.from({expression})"))


def mask(page: Page, which: str = "result") -> np.ndarray:
    return array(page, f"explorer.{which}().mask").astype(bool)


def parts(page: Page, state: str) -> list[str]:
    """The parts of the diagram that have a class."""
    return [part.get_attribute("data-part") for part in page.locator(f".part.{state}").all()]


def cards(page: Page) -> list[str]:
    return [card.get_attribute("data-card") for card in page.locator("[data-card]").all()]


@pytest.mark.parametrize(
    "name", ["rescaled", *(pytest.param(name, marks=pytest.mark.long) for name in ("nuclei", "phase", "small"))]
)
def test_masks_are_the_pipelines(name, request, page_of):
    explorer = request.getfixturevalue(name)
    page = opened(page_of(), explorer)
    for index, frame in enumerate(explorer.facts["frames"]):
        page.locator("#frames input").nth(index).check()
        idle(page)
        maps = array(page, "explorer.result().maps").reshape(2, *frame["region"][2:])
        found, expected = (one.astype(int) for one in explorer.beside_pipeline(maps, frame))
        assert 0.05 < (expected.sum(0) >= 128).mean() < 0.95
        assert ((found.sum(0) >= 128) != (expected.sum(0) >= 128)).mean() <= MOST_DIFFERENT
        # to the region's edge: weights of half precision move a probability by less
        assert np.abs(found - expected).max() <= 5


# in an order in which one switch changes at a time
@pytest.mark.parametrize(
    "combinations",
    [
        pytest.param((0, 1, 3, 7, 15), id="fewer and fewer"),
        pytest.param([place ^ place >> 1 for place in range(16)], marks=pytest.mark.long, id="all"),
    ],
)
def test_combinations_of_skip_connections(combinations, narrow, page_of):
    """Beside the masks that were computed beforehand, which are the engine's (tests/report)."""
    page = opened(page_of(), narrow)
    frame, whole = narrow.first, mask(page)
    beforehand = narrow.array(f"frame{narrow.facts['first']}/masks")
    overlaps = []
    for number in combinations:
        combination = [not number >> level & 1 for level in range(4)]
        for level, on in enumerate(combination):
            page.locator(f'#switches input[value="{level}"]').set_checked(on)
        idle(page)
        place = narrow.facts["combinations"].index(combination)
        expected = np.unpackbits(beforehand[place])[: whole.size].astype(bool)
        ours = mask(page)
        assert (ours != expected).mean() <= MOST_DIFFERENT
        shown = page.locator("#measures tr").first.locator("td").first.inner_text()
        overlap = (ours & whole).sum() / max((ours | whole).sum(), 1)
        assert float(shown.split()[0]) == pytest.approx(overlap, abs=0.0051)
        overlaps.append(overlap)
        expect(page.locator("#count b")).to_have_text(re.compile(rf"^{frame['n_cells'][place]} cells?$"))
    assert min(overlaps) < 0.5
    page.get_by_role("button", name="All on").click()
    idle(page)
    assert mask(page).tolist() == whole.tolist()
    assert page.locator("#measures .fell").count() == 0


def test_boundary_score_and_truth(nuclei, page_of):
    """Against SciPy's distances, as in benchmarks/skips.py."""
    from scipy.ndimage import binary_erosion, distance_transform_edt

    page = opened(page_of(), nuclei)
    page.locator('#switches input[value="0"]').uncheck()
    idle(page)
    shape = nuclei.first["region"][2:]
    truth = array(page, "explorer.look().truth").reshape(shape) > 0
    ours = mask(page).reshape(shape)

    def line(one):
        return one & ~binary_erosion(one, border_value=1)

    lines = [line(truth), line(ours)]
    met = [(distance_transform_edt(~other) <= 1)[own].mean() for own, other in zip(lines, reversed(lines), strict=True)]
    f1 = 2 * met[0] * met[1] / sum(met)
    overlap = (truth & ours).sum() / (truth | ours).sum()
    row = [cell.split()[0] for cell in page.locator("#measures tr").nth(1).locator("td").all_inner_texts()]
    assert [float(value) for value in row] == pytest.approx([overlap, f1], abs=0.0051)


def test_hover_previews_and_click_pins_two(narrow, page_of):
    page = opened(page_of(), narrow)
    assert cards(page) == ["contract0"]
    page.locator('[data-part="contract2"]').hover()
    assert cards(page) == ["contract2"]
    assert page.locator("[data-card] h3").inner_text() == "Contracting block 3"
    region = narrow.first["region"]
    expect(page.locator("[data-card] dd").first).to_have_text(f"8 × {region[2] // 4} × {region[3] // 4}")
    weights = narrow.facts["blocks"][2]["n_weights"]
    expect(page.locator("[data-card] dd").nth(1)).to_have_text(f"{weights:,}")
    page.locator('[data-part="contract2"]').click()
    page.locator('[data-part="expand2"]').click()
    assert cards(page) == parts(page, "pinned") == ["contract2", "expand2"]
    # a third one is said in words, and takes the place of the older when it is pinned
    page.locator('[data-part="contract4"]').hover()
    assert cards(page) == ["contract2", "expand2"]
    expect(page.locator("#hint")).to_contain_text("Bottleneck")
    page.locator('[data-part="contract4"]').click()
    assert cards(page) == ["expand2", "contract4"]
    page.get_by_role("button", name="Unpin").first.click()
    assert parts(page, "pinned") == ["contract4"]
    page.get_by_role("button", name="Unpin").first.click()
    assert parts(page, "pinned") == []


def test_values_under_the_pointer(nuclei, page_of):
    page = opened(page_of(), nuclei)
    for name in ("contract1", "pool2", "contract4", "up3", "expand1", "expand1_first", "logits"):
        part = name.removesuffix("_first")
        page.locator(f'[data-part="{part}"]').hover()
        card = page.locator(f'[data-card="{part}"]')
        if name != part:
            card.get_by_role("button", name="First convolution only").click()
            expect(card.get_by_role("button", name="Both convolutions")).to_be_visible()
        expected = nuclei.tensor(name)
        n_maps = len(expected)
        canvas = card.locator("canvas").nth(1)
        expect(canvas).to_have_attribute("aria-label", re.compile(rf"^\d+ of {n_maps} maps"))
        width, columns = canvas.bounding_box()["width"], 3 if n_maps == 3 else 4
        # a quarter into the second map
        canvas.hover(position={"x": width * 1.25 / columns, "y": width * 0.25 / columns})
        said = re.fullmatch(r"(.*), row (\d+), column (\d+): (\S+)", card.locator(".value").inner_text())
        assert said[1] == ("cell" if name == "logits" else f"map 2 of {n_maps}")
        value = float(expected[1, int(said[2]), int(said[3])])
        assert float(said[4]) == pytest.approx(value, rel=0.02, abs=0.02 * float(np.abs(expected).max()))


def test_by_keyboard_alone(narrow, page_of):
    page = opened(page_of(), narrow)
    page.locator("#frames input").first.focus()
    reached = []
    while "play" not in reached and len(reached) < 80:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(NAME_OF_FOCUS))
    steps = [name for name in reached if re.fullmatch(r"[a-z]+\d|image|normalized|logits|probabilities", name)]
    assert steps == [
        "image", "normalized", "contract0", "pool1", "contract1", "pool2", "contract2", "pool3", "contract3", "pool4",
        "contract4", "up3", "expand3", "up2", "expand2", "up1", "expand1", "up0", "expand0", "logits", "probabilities",
    ]  # fmt: skip
    assert reached.count("switch") == 4
    page.locator('[data-part="up1"]').focus()
    page.keyboard.press("Enter")
    assert parts(page, "pinned") == ["up1"]
    page.keyboard.press(" ")
    assert parts(page, "pinned") == []
    switch = page.locator(".switch").first
    switch.focus()
    page.keyboard.press(" ")
    idle(page)
    assert switch.get_attribute("aria-checked") == "false"
    assert not page.locator('#switches input[value="0"]').is_checked()
    page.locator("#result").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#under")).to_contain_text(re.compile(r"row 128, column 129: background 0\.\d+"))
    page.locator("#step").focus()
    page.keyboard.press("Home")
    expect(page.locator("#step-name")).to_have_text("The picture")
    page.keyboard.press("End")
    expect(page.locator("#step-name")).to_have_text("Softmax")
    idle(page)
    card = page.locator('[data-card="probabilities"]')

    def reads() -> bool:
        # a card that is drawn anew meanwhile has lost the focus and what was pressed
        card.locator("canvas").nth(1).focus()
        page.keyboard.press("ArrowDown")
        return re.search(r"background, row 1(29|[3-9]\d), column 128", card.locator(".value").inner_text()) is not None

    wait_for(reads, "a value of the map under the keyboard's point")


def test_walk_by_slider_steps_and_play(narrow, page_of):
    page = opened(page_of(), narrow)
    sizes = []
    for step in range(int(page.locator("#step").get_attribute("max")) + 1):
        page.locator("#step").fill(str(step))
        expect(page.locator("[data-card] dd").first).to_be_visible()
        sizes.append(int(page.locator("[data-card] dd").first.inner_text().split(" × ")[1]))
    # down, and back up
    assert sizes == [256] * 3 + [128] * 2 + [64] * 2 + [32] * 2 + [16] * 2 + [32] * 2 + [64] * 2 + [128] * 2 + [256] * 4
    page.locator("#after").click()
    assert parts(page, "now") == ["probabilities"]
    page.locator("#before").click()
    assert parts(page, "now") == ["logits"]
    page.locator("#step").fill("0")
    page.locator("#play").click()
    expect(page.locator("#step-name")).to_have_text("Contracting block 1", timeout=10_000)
    page.locator("#play").click()
    assert page.locator("#play").get_attribute("aria-pressed") == "false"


def test_receptive_fields_are_the_architectures(narrow, small, page_of):
    for explorer in (narrow, small):
        page = opened(page_of(), explorer)
        architecture = load_model(explorer.model).network.architecture
        depth = architecture.depth
        for level in range(depth + 1):
            for expanding in (False, True):
                if expanding and level == depth:
                    continue
                name = f"{'expand' if expanding else 'contract'}{level}"
                for pixel in range(2 * 2 ** (depth - level)):
                    found = page.evaluate(f"explorer.seenBy('{name}', {pixel}, {pixel + 1})")
                    assert tuple(found) == architecture.input_window(pixel, pixel + 1, level, expanding)


@pytest.mark.long
def test_a_network_of_depth_six(tmp_path, page_of):
    torch.manual_seed(0)
    network = UNet(Architecture(depth=6, base_width=1, skips=(True, False, True, False, False, True)))
    save_model(tmp_path / "deep", network.eval(), ByQuantiles(), ("background", "cell", "border"), {})
    page = opened(
        page_of(viewport={"width": 360, "height": 800}), written(tmp_path, tmp_path / "deep", pixel_size_um=None)
    )
    boxes = [page.locator(f'[data-part="{name}"] .frame').first.bounding_box() for name in ("contract5", "expand5")]
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    assert page.locator(".switch").count() == page.locator("#switches input").count() == 3
    page.locator('#switches input[value="5"]').uncheck()
    idle(page)
    page.locator('[data-part="contract6"]').click()
    expect(page.locator('[data-card="contract6"] dd').first).to_have_text("64 × 4 × 4")


@pytest.mark.parametrize("name", ["narrow", "small"], ids=["by the background", "by quantiles"])
def test_own_picture_with_16_bits(name, request, page_of, tmp_path):
    explorer = request.getfixturevalue(name)
    page, model = opened(page_of(), explorer), load_model(explorer.model)
    planes = [image_of(300, 340, seed) for seed in range(5, 5 + model.network.architecture.in_channels)]
    tifffile.imwrite(tmp_path / "own.tif", np.stack(planes), photometric="minisblack", compression="lzw")
    page.locator("#file").set_input_files(tmp_path / "own.tif")
    idle(page)
    expect(page.locator("#state")).to_contain_text("own.tif: computed in")
    low, high = (list(limits) for limits in zip(*map(model.normalization.limits_of, planes), strict=True))
    assert page.evaluate("explorer.look().black") == pytest.approx(low, rel=1e-12)
    assert page.evaluate("explorer.look().scale") == pytest.approx(1 / np.subtract(high, low), rel=1e-12)
    white = [np.sort(plane, axis=None)[-1 - plane.size // 500] for plane in planes]
    assert page.evaluate("explorer.look().white") == white
    top, left, height, width = page.evaluate("explorer.look().inPicture")
    prepared = model.normalization.apply(np.stack(planes), low, high)
    maps = Engine(model, 4096, finish=as_uint8).probabilities(prepared)[:, top : top + height, left : left + width]
    expected = maps.astype(int).sum(0) >= 128
    assert 0.05 < expected.mean() < 0.95
    assert (mask(page) != expected.ravel()).mean() <= MOST_DIFFERENT
    expect(page.locator("#count")).to_contain_text("connected piece")
    # at half its size there are other cells to be seen
    page.locator("#zoom").fill("-1")
    idle(page)
    assert page.evaluate("explorer.state.scaled.height") == 150
    page.get_by_role("button", name="Back to the movie").click()
    idle(page)
    expect(page.locator("#name-of-look")).to_have_text(re.compile(r"frame \d"))


def test_limits_of_pictures_of_all_kinds(narrow, page_of):
    """Few grey values, no noise, nothing at all, cells on most of the picture."""
    page = opened(page_of(), narrow)
    rng = np.random.default_rng(2)
    cells = np.concatenate([rng.normal(100, 4, 4000), rng.uniform(110, 900, 6000)])
    pictures = [np.rint(cells), np.rint(cells / 20), cells, np.repeat([3.0, 9.0], 100), np.full(50, 7.0)]
    for values in (picture.astype(np.float32) for picture in pictures):
        low, high = ByBackground().limits_of(values)
        found = page.evaluate("values => explorer.limitsOf({ planes: [new Float32Array(values)] })", values.tolist())
        assert found["black"] == [pytest.approx(low, rel=1e-12)]
        assert found["scale"] == [pytest.approx(1 / (high - low) if high > low else 0, rel=1e-12)]


def dropped(page: Page, name: str, content: bytes) -> None:
    """Let a file fall onto the page."""
    transfer = page.evaluate_handle(
        "([name, bytes]) => { const made = new DataTransfer();"
        " made.items.add(new File([new Uint8Array(bytes)], name)); return made; }",
        [name, list(content)],
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})


def test_drop_of_pictures(narrow, page_of):
    page = opened(page_of(), narrow)
    grey = image_of(280, 260, seed=6)
    small = (grey / grey.max() * 255).astype(np.uint8)
    pictures = {
        "grey.png": (Picture.fromarray(small), "PNG"),
        "16 bits.png": (Picture.fromarray(grey), "PNG"),
        "<b>jpeg</b>": (Picture.fromarray(small), "JPEG"),
        "palette.png": (Picture.fromarray(small).convert("P"), "PNG"),
        "colour.png": (Picture.fromarray(np.dstack([small] * 3)), "PNG"),
    }
    for name, (picture, kind) in pictures.items():
        file = io.BytesIO()
        picture.save(file, format=kind)
        dropped(page, name, file.getvalue())
        expect(page.locator("#name-of-look")).to_have_text(name, timeout=30_000)
        idle(page)
        brightest = page.evaluate("explorer.look().grey.reduce((one, other) => Math.max(one, other))")
        top = int((grey if "16" in name else small).max())
        assert brightest == pytest.approx(top, abs=8 if kind == "JPEG" else 0)
        assert 0.05 < mask(page).mean() < 0.95


def test_drop_of_what_is_no_picture(narrow, page_of):
    page = opened(page_of(), narrow)
    before = mask(page)
    whole = io.BytesIO()
    tifffile.imwrite(whole, image_of(64, 64, seed=0), compression="lzw")
    files = {
        "notes.txt": b"no picture",
        "cut.tif": whole.getvalue()[:-200],
        "head.tif": b"II*\x00\x08\x00\x00\x00",
        "cut.png": b"\x89PNG\r\n\x1a\n\x00",
        "empty.jpg": b"",
    }
    for name, content in files.items():
        dropped(page, name, content)
        expect(page.locator("#state.wrong")).to_contain_text(f"{name} cannot be read")
    assert mask(page).tolist() == before.tolist()


def test_picture_with_too_few_channels(small, page_of, tmp_path):
    page = opened(page_of(), small)
    tifffile.imwrite(tmp_path / "one.tif", image_of(64, 64, seed=1))
    page.locator("#file").set_input_files(tmp_path / "one.tif")
    expect(page.locator("#state.wrong")).to_have_text("one.tif has 1 channel, and this model takes 2.")
    tifffile.imwrite(
        tmp_path / "two.tif", np.stack([image_of(64, 80, seed=seed) for seed in (1, 2)]), photometric="minisblack"
    )
    page.locator("#file").set_input_files(tmp_path / "two.tif")
    idle(page)
    expect(page.locator("#name-of-look")).to_have_text("two.tif")
    assert page.evaluate("explorer.look().shape[0]") == 2


def test_sliders_make_it_harder(nuclei, page_of):
    page = opened(page_of(), nuclei)
    before, grey = mask(page), array(page, "explorer.look().grey")
    page.locator("#brightness").fill("-1")
    idle(page)
    (black,) = nuclei.first["black"]
    np.testing.assert_allclose(array(page, "explorer.look().grey"), (grey + black) / 2, rtol=1e-6)
    expect(page.locator("#brightness-value")).to_have_text("× 0.50")
    expect(page.locator("#count")).to_contain_text("connected piece")
    page.locator("#noise").fill("0.5")
    page.locator("#blur").fill("5")
    idle(page)
    assert (mask(page) != before).mean() > 0.01
    page.get_by_role("button", name="As it was").click()
    idle(page)
    assert mask(page).tolist() == before.tolist()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_no_barriers(width, scheme, narrow, page_of):
    page = opened(page_of(viewport={"width": width, "height": 800}, color_scheme=scheme, has_touch=True), narrow)
    page.locator('[data-part="contract2"]').tap()
    assert parts(page, "pinned") == cards(page)[:1] == ["contract2"]
    page.locator('#switches input[value="1"]').uncheck()
    idle(page)
    check_no_barriers(page, width, scheme)


def test_without_webassembly(narrow, page_of):
    page = page_of()
    page.add_init_script("delete window.WebAssembly")
    opened(page, narrow)
    expect(page.locator("#state.wrong")).to_contain_text(
        "computed beforehand, for every combination of skip connections"
    )
    frame = narrow.first
    for combination in ([True] * 4, [False] * 4, [True, False, True, True]):
        for level, on in enumerate(combination):
            page.locator(f'#switches input[value="{level}"]').set_checked(on)
        idle(page)
        expected = narrow.network_maps(frame, combination).astype(int).sum(0) >= 128
        assert mask(page).tolist() == expected.ravel().tolist()
    assert page.locator("#brightness").is_disabled()
    page.locator('[data-part="contract2"]').click()
    expect(page.locator("[data-card] .value").first).to_contain_text("not to be had without the network")


def test_under_its_own_policy_and_without_a_network(narrow, page_of):
    """The page forbids itself to fetch anything, and needs nothing."""
    page = opened(page_of(bypass_csp=False, offline=True), narrow)
    expect(page.locator("#state")).to_contain_text("computed in")
    page.locator('#switches input[value="1"]').uncheck()
    idle(page)
    expect(page.locator("#measures .fell").first).to_be_visible()


def test_hostile_names_are_text(small, page_of):
    """A movie's name has letters only, but channels, models and their cards may be called anything."""
    assert small.facts["channel_names"] == [f"{EVIL}0", f"{EVIL}1"]
    page = opened(page_of(), small)
    page.locator("#step").fill("0")
    page.locator('[data-card="image"] canvas').nth(1).hover(position={"x": 20, "y": 20})
    expect(page.locator('[data-card="image"] .value')).to_contain_text(f"{EVIL}0, row")
    expect(page.locator("#about-model")).to_have_text(EVIL)
    assert page.title() == "Inside the U-Net: model on movie_1"
    assert page.locator("img").count() == 0
