// The page's state and what follows from it.

const state = {
  place: 0, track: null, channel: facts.channel, colour: "lineage", colourOf: null, darkest: 0, brightest: 255,
  view: { zoom: 1, x: WIDTH / 2, y: HEIGHT / 2, scale: 1, left: 0, top: 0 }, timer: null,
};
let movieTree = null;

// a change of frame, of the chosen track (null: none) or of both, and all that follows
function show({ place = state.place, track = state.track }) {
  const [otherPlace, otherTrack] = [place !== state.place, track !== state.track];
  Object.assign(state, { place, track });
  byId("frame").value = place;
  const time = clock(place);
  byId("frame-name").textContent = `frame ${facts.frames[place]}${time && ` · ${time}`}`;
  byId("frame").setAttribute("aria-valuetext", byId("frame-name").textContent);
  if (otherTrack) showCell();
  if (otherPlace || otherTrack) {
    movieTree.draw();
    if (track != null) ownTree.draw();
    if (otherTrack && track != null) movieTree.reveal(track);
    markCrop();
    for (const svg of [...movieCharts, ...(curve ? [curve] : [])]) svg.moveTo?.(facts.frames[place]);
  }
  sayUnder(rowShown(track));
  return drawFrame();
}

function recolour() {
  state.colour = byId("colour").value;
  state.colourOf = colourer(state.colour);
  byId("legend").replaceChildren(...legend(state.colour));
  movieTree.draw();
  if (state.track != null) showCell();
  drawFrame();
}

function fillChoices() {
  const columns = facts.columns.map(({ name }, index) => made("option", { value: index }, named(name)));
  byId("colour").replaceChildren(made("option", { value: "lineage" }, "lineage"), made("option", { value: "generation" }, "generation"), ...columns);
  byId("curve").replaceChildren(...columns.map((option) => option.cloneNode(true)));
  byId("channel").replaceChildren(...facts.channels.map(({ name }, index) => made("option", { value: index, selected: index === facts.channel }, name || `channel ${index}`)));
  byId("region-words").hidden = !facts.region.length;
  byId("channel-label").hidden = facts.channels.length < 2;
  byId("frame").max = N_SHOWN - 1;
}

function pickInTree(track, frame, fromKeys) {
  show({ track, place: placeOf(frame) });
  const row = rowNear(track, state.place);
  if (row >= 0 && state.view.zoom > 1) Object.assign(state.view, { x: cells.x[row] / PARTS_OF_PX, y: cells.y[row] / PARTS_OF_PX });
  if (!fromKeys && matchMedia("(prefers-reduced-motion: reduce)").matches) byId("player").scrollIntoView();
  else if (!fromKeys) byId("player").scrollIntoView({ behavior: "smooth" });
}

function showTrees() {
  const roots = [...tracks.track_id.keys()].filter((track) => !trackPlace.has(tracks.parent_track_id[track]));
  const dividing = roots.filter((track) => children.has(tracks.track_id[track]));
  const only = byId("dividing").checked;
  movieTree.show(only ? dividing : roots);
  byId("trees-words").textContent = `${many(only ? dividing.length : roots.length, "lineage")} of ${roots.length.toLocaleString("en")}`;
  return dividing.length;
}

function stepTo(place) {
  setPlaying(false);
  show({ place: Math.min(Math.max(place, 0), N_SHOWN - 1) });
}

// the next cell of the frame by its track
function nextCell(by) {
  const rows = [...rowsOfFrame(state.place)];
  if (!rows.length) return;
  const at = rows.findIndex((row) => cells.track[row] === state.track);
  show({ track: cells.track[rows[at < 0 ? 0 : (at + by + rows.length) % rows.length]] });
}

const KEYS = {
  ArrowLeft: () => stepTo(state.place - 1),
  ArrowRight: () => stepTo(state.place + 1),
  Home: () => stepTo(0),
  End: () => stepTo(N_SHOWN - 1),
  " ": () => setPlaying(!state.timer),
  "+": () => zoomBy(1.5),
  "-": () => zoomBy(1 / 1.5),
  0: zoomOut,
  n: () => nextCell(1),
  p: () => nextCell(-1),
};

function listen() {
  const on = (id, event, act) => byId(id).addEventListener(event, act);
  on("frame", "input", () => stepTo(Number(byId("frame").value)));
  on("before", "click", KEYS.ArrowLeft);
  on("after", "click", KEYS.ArrowRight);
  on("play", "click", KEYS[" "]);
  on("zoom-in", "click", KEYS["+"]);
  on("zoom-out", "click", KEYS["-"]);
  on("zoom-all", "click", zoomOut);
  on("colour", "change", recolour);
  on("curve", "change", showCurve);
  on("channel", "change", () => {
    state.channel = Number(byId("channel").value);
    drawFrame();
    if (state.track != null) showCrops();
  });
  for (const id of ["darkest", "brightest"]) on(id, "input", () => {
    state[id] = Number(byId(id).value);
    drawFrame();
  });
  for (const id of ["darkest", "brightest"]) on(id, "change", () => state.track != null && showCrops());
  for (const id of ["outlines", "ids", "trails"]) on(id, "change", paint);
  on("dividing", "change", showTrees);
  on("go", "submit", (event) => {
    event.preventDefault();
    const track = trackPlace.get(Number(byId("track").value.trim()));
    byId("state").textContent = track == null ? `There is no track ${byId("track").value} in this movie.` : "";
    if (track != null) goTo(Math.max(placeOf(tracks.first_frame[track]), 0), track);
  });
  on("image", "keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? null : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  window.addEventListener("resize", () => {
    fitView();
    drawFrame();
    movieTree.draw();
    if (state.track != null) ownTree.draw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => movieTree.draw());
}

async function begin() {
  document.title = `${facts.movie}: Sidewinder report`;
  byId("name").textContent = facts.movie;
  listCounts();
  await unpack();
  fillChoices();
  state.colourOf = colourer("lineage");
  movieTree = new Tree(byId("tree"), byId("tree-scroll"), 420, pickInTree);
  ownTree = new Tree(byId("own-tree"), null, 220, (track, frame) => show({ track, place: placeOf(frame) }));
  listWarnings();
  listUncertain();
  listEdited();
  listOrigin();
  drawMovieCharts();
  showCorrections();
  showRepairs();
  byId("dividing").checked = true;
  if (!showTrees()) {
    byId("dividing").checked = false;
    byId("dividing").disabled = true;
    showTrees();
  }
  byId("legend").replaceChildren(...legend("lineage"));
  listen();
  listenToMouse();
  fitView();
  byId("state").textContent = "";
  await show({ place: 0 });
  for (const svg of movieCharts) svg.moveTo?.(facts.frames[0]);
  window.report = { state, tracks, cells, column, rowsOfFrame, outlinesOf, screen, movieTree, placeOf };
  document.documentElement.dataset.ready = "true";
}

begin().catch((error) => {
  byId("state").classList.add("wrong");
  byId("state").textContent = `This page cannot be shown: ${error.message}. It needs a browser of 2023 or later.`;
  throw error;
});
