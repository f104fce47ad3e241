// The page's state and what follows from it. One change at a time: what comes while the network runs waits, and only the
// latest of it is done.

const everySkip = architecture.skips.map(Boolean);
const state = {
  frame: facts.first,
  picture: null,
  // at the size that the network sees
  scaled: null,
  centre: null,
  zoom: 0,
  change: { brightness: 0, noise: 0, blur: 0 },
  skips: [...everySkip],
  pins: [],
  step: 0,
  hovered: null,
  seen: null,
  shown: { now: true, whole: true, truth: true },
};
const STEPS = stepsOfNetwork();
const BOXES = STEPS.filter((name) => /^(contract|expand)/.test(name));
let network = null;
let look = null;
let windowPicture = null;
let whole = null;
let result = null;
let times = {};
let cards = [];
let diagram = null;
const mapsKnown = new Map();

// ---- what is computed

let wanted = null;
let busy = false;

// what: "picture", or "skips" where the picture is the same
async function refresh(what) {
  wanted = what === "picture" || wanted === "picture" ? "picture" : what;
  document.documentElement.dataset.busy = "true";
  if (busy) return;
  busy = true;
  try {
    while (wanted) {
      const next = wanted;
      wanted = null;
      await (network ? compute(next) : lookUp());
      // what has come meanwhile is computed first
      if (!wanted) await redraw();
    }
  } catch (error) {
    complain(`The network could not run: ${error.message}`);
  } finally {
    busy = false;
    wanted = null;
    document.documentElement.dataset.busy = "false";
  }
}

async function compute(what) {
  const started = performance.now();
  if (what === "picture") {
    const before = state.picture ? lookAtPicture(state.scaled, regionSide(), centreOf()) : lookAtFrame(state.frame);
    look = changed(before, state.change);
    say("The network is at work …");
    const { grey, shape, black, scale, region } = look;
    await network.ask("contract", { grey, shape, black, scale, region });
    whole = resultOf(await network.ask("expand", { skips: everySkip }), everySkip);
  }
  result = resultOf(await network.ask("expand", { skips: state.skips }), state.skips);
  mapsKnown.clear();
  say(`${look.name}: computed in ${((performance.now() - started) / 1000).toFixed(1)} s on one core of your computer.`);
}

function resultOf({ probabilities, times: taken }, skips) {
  times = taken;
  const [, , height, width] = look.region;
  const maps = mapsOf(probabilities, height * width);
  const mask = foregroundOf(maps, facts.settings.foreground);
  const beforehand = countBeforehand(skips);
  const count = beforehand ?? countPieces(seedsOf(maps, mask, facts.settings.seed), height, width);
  return { probabilities, maps, mask, count, counted: beforehand === null ? "pieces" : "cells" };
}

// cells as the pipeline separates them; null where they were not counted beforehand
function countBeforehand(skips) {
  const { brightness, noise, blur } = state.change;
  if (look.frame === null || brightness || noise || blur) return null;
  return facts.frames[look.frame].n_cells[combinationOf(skips)] ?? null;
}

const combinationOf = (skips) => facts.combinations.findIndex((one) => one.every((on, level) => on === skips[level]));

// without WebAssembly: masks that were computed beforehand
function lookUp() {
  look = lookAtFrame(state.frame);
  const of = (skips) => {
    const [, , height, width] = look.region;
    const { data, shape } = arrayOf(`frame${state.frame}/masks`);
    const index = combinationOf(skips);
    const mask = unpacked(data.subarray(index * shape[1], (index + 1) * shape[1]), height * width);
    const all = skips.every((on, level) => on === everySkip[level]);
    const maps = all ? arrayOf(`frame${state.frame}/maps`).data : null;
    return { maps, mask, count: facts.frames[state.frame].n_cells[index], counted: "cells" };
  };
  whole = of(everySkip);
  result = of(state.skips);
}

// ---- a picture of one's own

const regionSide = () => Math.max(...facts.frames[facts.first].region.slice(2));

function centreOf() {
  const factor = 2 ** state.zoom;
  return state.centre.map((place) => place * factor);
}

async function take(file) {
  if (!file) return;
  try {
    state.picture = await readPicture(file);
    state.scaled = state.picture;
    state.centre = [state.picture.height / 2, state.picture.width / 2];
    state.zoom = 0;
    byId("zoom").value = 0;
    for (const radio of document.querySelectorAll("#frames input")) radio.checked = false;
    await refresh("picture");
  } catch (error) {
    complain(error.message);
  }
}

// ---- what is drawn

async function redraw() {
  byId("name-of-look").textContent = look.name;
  byId("of-movie").hidden = look.frame === null;
  byId("own-controls").hidden = look.frame !== null;
  byId("zoom-value").textContent = `× ${number(2 ** state.zoom)}`;
  windowPicture = lookPicture(look, [0, 0, ...look.shape.slice(1)]);
  drawLook();
  drawResult(look, result, whole, state.shown);
  drawMeasures(look, result, whole);
  drawCount(result, whole);
  drawLegend(look, state.shown, (key, on) => {
    state.shown[key] = on;
    drawResult(look, result, whole, state.shown);
  });
  drawCells(look);
  markTables(state.skips);
  drawSwitches();
  drawSliders();
  diagram.size(look.region);
  diagram.picture("image", lookPicture(look, look.region));
  const [, , height, width] = look.region;
  diagram.picture("probabilities", result.maps ? chancesPicture(result.maps, height, width) : maskPicture(result.mask, height, width, CELL));
  if (network) diagram.fill({ ...diagram.strips, ...(await network.ask("strips", { names: BOXES, count: 40, side: 48 })) });
  drawDiagram();
  for (const card of cards) await card.update();
}

function drawLook() {
  if (look.frame === null && !state.seen) {
    drawWholePicture(state.scaled, look.inPicture);
  } else {
    drawPicture(look, state.seen);
  }
}

function drawDiagram() {
  diagram.mark({ now: state.hovered ?? STEPS[state.step], pins: state.pins, skips: state.skips });
  byId("step").value = state.step;
  byId("step-name").textContent = titleOf(STEPS[state.step]);
}

const source = {
  async maps(name) {
    if (!network) return null;
    if (!mapsKnown.has(name)) mapsKnown.set(name, network.ask("maps", { name }));
    return mapsKnown.get(name);
  },
  times: () => times,
  region: () => look.region,
  window: () => windowPicture,
};

// pinned parts, and what is hovered over or stepped to where there is a place left
function drawCards() {
  const names = [...state.pins];
  const preview = state.hovered ?? STEPS[state.step];
  if (names.length < 2 && !names.includes(preview)) names.push(preview);
  const on = { unpin: (name) => pin(name), seen };
  const next = names.map((name) => {
    const pinned = state.pins.indexOf(name);
    return cards.find((card) => card.name === name && card.pinned === pinned) ?? new Card(name, pinned, source, on);
  });
  const fresh = next.filter((card) => !cards.includes(card));
  cards = next;
  const roots = cards.map((card) => card.root);
  if (roots.length < 2) roots.push(element("div", { class: "card empty", textContent: state.pins.length ? "Point at another part to see it here, beside the pinned one." : "Click a part to pin it here, and another to compare it." }));
  byId("cards").replaceChildren(...roots);
  byId("hint").textContent = state.pins.length === 2 && state.hovered && !state.pins.includes(state.hovered)
    ? `${titleOf(state.hovered)}: ${doesOf(state.hovered)} Unpin one to look into it.` : "";
  if (windowPicture) for (const card of fresh) card.update();
}

function seen(name, pixel) {
  state.seen = name ? { rows: seenBy(name, pixel[0], pixel[0] + 1), columns: seenBy(name, pixel[1], pixel[1] + 1) } : null;
  drawLook();
}

function pin(name) {
  const at = state.pins.indexOf(name);
  if (at >= 0) state.pins.splice(at, 1);
  else state.pins = [...state.pins.slice(-1), name];
  drawDiagram();
  drawCards();
}

// what was pointed at last stays, so that one can go to its card
function hover(name) {
  if (state.hovered === name) return;
  state.hovered = name;
  drawDiagram();
  drawCards();
}

function go(step) {
  state.step = Math.min(Math.max(step, 0), STEPS.length - 1);
  state.hovered = null;
  drawDiagram();
  drawCards();
}

// ---- skip connections

function flip(level) {
  state.skips[level] = !state.skips[level];
  drawSwitches();
  drawDiagram();
  refresh("skips");
}

function drawSwitches() {
  const boxes = document.querySelectorAll("#switches input");
  for (const box of boxes) box.checked = state.skips[Number(box.value)];
}

function makeSwitches() {
  const host = byId("switches");
  architecture.skips.forEach((exists, level) => {
    if (!exists) return;
    const box = element("input", { type: "checkbox", value: level, checked: true, onchange: () => flip(level) });
    box.setAttribute("role", "switch");
    host.append(element("label", {}, box, `level ${level + 1}${DEPTH > 1 ? `, ${nameOfSkip(level)}` : ""}`));
  });
  if (!everySkip.includes(true)) return host.append("This network has none.");
  const all = (on) => () => {
    state.skips = everySkip.map((exists) => exists && on);
    drawSwitches();
    drawDiagram();
    refresh("skips");
  };
  host.append(element("div", { class: "both" },
    element("button", { type: "button", textContent: "All off", onclick: all(false) }), element("button", { type: "button", textContent: "All on", onclick: all(true) })));
}

// ---- the walk

let playing = null;

function play(on) {
  clearInterval(playing);
  playing = on ? setInterval(() => (state.step + 1 < STEPS.length ? go(state.step + 1) : play(false)), 1400) : null;
  byId("play").textContent = on ? "Pause" : "Play";
  byId("play").setAttribute("aria-pressed", on);
}

function makeWalk() {
  byId("step").max = STEPS.length - 1;
  byId("step").addEventListener("input", (event) => go(Number(event.target.value)));
  byId("before").addEventListener("click", () => go(state.step - 1));
  byId("after").addEventListener("click", () => go(state.step + 1));
  byId("play").addEventListener("click", () => {
    if (!playing && state.step === STEPS.length - 1) go(0);
    play(!playing);
  });
}

// ---- sliders, frames, files

const SLIDERS = {
  brightness: (value) => (value ? `× ${number(2 ** value, 2)}` : "as it is"),
  noise: (value) => (value ? `± ${Math.round(100 * value)} %` : "none"),
  blur: (value) => (value ? `${value} px` : "none"),
};

function drawSliders() {
  for (const [name, words] of Object.entries(SLIDERS)) {
    byId(name).value = state.change[name];
    byId(`${name}-value`).textContent = words(state.change[name]);
  }
}

function makeSliders() {
  for (const name of Object.keys(SLIDERS)) {
    byId(name).addEventListener("input", (event) => {
      state.change[name] = Number(event.target.value);
      drawSliders();
      refresh("picture");
    });
  }
  byId("reset").addEventListener("click", () => {
    state.change = { brightness: 0, noise: 0, blur: 0 };
    refresh("picture");
  });
}

function chooseFrame(index) {
  Object.assign(state, { frame: index, picture: null });
  refresh("picture");
}

function makeFiles() {
  const drop = byId("drop");
  byId("file").addEventListener("change", (event) => take(event.target.files[0]));
  for (const kind of ["dragover", "drop", "dragleave"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover");
      if (kind === "drop" && network) take(event.dataTransfer.files[0]);
    });
  }
  byId("zoom").addEventListener("input", (event) => {
    state.zoom = Number(event.target.value);
    state.scaled = resized(state.picture, 2 ** state.zoom);
    refresh("picture");
  });
  byId("back-to-movie").addEventListener("click", () => {
    chooseFrame(state.frame);
    drawFrames(state.frame, chooseFrame);
  });
  byId("image").addEventListener("click", (event) => {
    if (!state.picture) return;
    const place = pixelAt(event, byId("image"), state.picture.height, state.picture.width);
    if (place) moveTo(place);
  });
  byId("image").addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step || !state.picture) return;
    event.preventDefault();
    const far = regionSide() / 4 / 2 ** state.zoom;
    moveTo(state.centre.map((place, axis) => place + far * step[axis]));
  });
}

function moveTo(place) {
  const sides = [state.picture.height, state.picture.width];
  state.centre = place.map((px, axis) => Math.min(Math.max(px, 0), sides[axis]));
  refresh("picture");
}

// probabilities under the pointer
function makeResult() {
  const canvas = byId("result");
  let place = null;
  const tell = () => {
    const under = byId("under");
    if (!place || !look || !result?.probabilities) return;
    const [top, left, height, width] = look.region;
    const [y, x] = place;
    const texts = facts.classes.map((name, index) => `${name} ${result.probabilities[(index * height + y) * width + x].toFixed(3)}`);
    const grey = look.grey[(top + y) * look.shape[2] + left + x];
    under.textContent = `row ${y}, column ${x}: ${texts.join(", ")}; grey value ${number(grey, 4)}`;
  };
  const move = (to) => {
    place = to;
    tell();
    seen(place ? "probabilities" : null, place && [look.region[0] + place[0], look.region[1] + place[1]]);
  };
  canvas.addEventListener("pointermove", (event) => look && move(pixelAt(event, canvas, look.region[2], look.region[3])));
  canvas.addEventListener("pointerleave", () => look && move(null));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!step || !look) return;
    event.preventDefault();
    const sides = look.region.slice(2);
    const from = place ?? sides.map((px) => Math.floor(px / 2));
    byId("under").setAttribute("aria-live", "polite");
    move(from.map((px, axis) => Math.min(Math.max(px + step[axis], 0), sides[axis] - 1)));
  });
}

// ---- words

function say(text) {
  byId("state").classList.remove("wrong");
  byId("state").textContent = text;
}

function complain(text) {
  byId("state").classList.add("wrong");
  byId("state").textContent = text;
}

function writeFacts() {
  byId("name-of-model").textContent = facts.model;
  byId("name-of-movie").textContent = facts.movie;
  document.title = `Inside the U-Net: ${facts.model} on ${facts.movie}`;
  const { pixel_size_um: own, movie_pixel_size_um: movies } = facts;
  if (facts.rescaled) byId("rescaled").textContent = `The model knows pixels of ${own} µm; the movie's are ${number(movies)} µm and were rescaled to them, as in the pipeline.`;
  const height = facts.frames[facts.first].region[2];
  const pixels = 2 ** DEPTH;
  byId("bottleneck-words").textContent = `after ${DEPTH} poolings one value stands for ${side(pixels)} pixels, and a region of ${height} pixels is ${Math.ceil(height / pixels)} values wide`;
  byId("model-heading").textContent = `The model ${facts.model}`;
  byId("about-model").textContent = facts.about;
  byId("not-for").textContent = facts.not_for ? `Not for: ${facts.not_for}` : "";
  const { depth, base_width: base, receptive_field_px: field } = architecture;
  byId("provenance").textContent = `Depth ${depth}, ${base} maps on the first level, a pixel of the result sees up to ${side(field)} pixels. Movie ${facts.movie}, frames ${facts.frames.map((frame) => frame.number).join(", ")}. Runs by ONNX Runtime Web (MIT).`;
}

function withoutNetwork(error) {
  network = null;
  complain(`The network cannot run in this browser (${error.message}). You see masks of the movie's frames that were computed beforehand, for every combination of skip connections.`);
  for (const input of document.querySelectorAll("#sliders input, #sliders button, #own input")) input.disabled = true;
}

async function begin() {
  document.documentElement.dataset.busy = "true";
  writeFacts();
  drawTables();
  makeSwitches();
  makeWalk();
  makeSliders();
  makeFiles();
  makeResult();
  diagram = new Diagram(byId("diagram"), { hover, pin, flip });
  await unpackArrays();
  drawFrames(state.frame, chooseFrame);
  go(STEPS.indexOf("contract0"));
  try {
    network = await Network.start();
  } catch (error) {
    withoutNetwork(error);
  }
  await refresh("picture");
  document.documentElement.dataset.ready = "true";
}

// for the console, and for tests
window.explorer = { facts, state, look: () => look, result: () => result, whole: () => whole, seenBy, limitsOf, maps: (name) => network.ask("maps", { name }) };
begin();
