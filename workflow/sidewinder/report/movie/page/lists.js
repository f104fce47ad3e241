// What is listed: warnings, uncertain places, corrected cells, charts of the movie, where it comes from.

const FEW = 8;
const movieCharts = [];

// the first few, and the others at a click
function list(items, ofAll, which = "The") {
  const whole = made("ol", { class: "looks-list" }, ...items.map((item) => made("li", {}, item)));
  [...whole.children].slice(FEW).forEach((item) => (item.hidden = true));
  const more = made("button", { type: "button", class: "more", click: () => {
    [...whole.children].forEach((item) => (item.hidden = false));
    more.remove();
  } }, `Show all ${items.length}`);
  return [whole, ...(items.length > FEW ? [more] : []), ...(ofAll > items.length ? [made("p", { class: "small" }, `${which} ${items.length} of ${ofAll.toLocaleString("en")}.`)] : [])];
}

function goTo(place, track, at) {
  show({ place, track });
  // where it is, large enough to be seen
  const row = track == null ? -1 : rowNear(track, place);
  const centre = at ?? (row >= 0 && { x: cells.x[row] / PARTS_OF_PX, y: cells.y[row] / PARTS_OF_PX });
  if (centre) Object.assign(state.view, centre, { zoom: Math.max(state.view.zoom, Math.min(3, Math.max(1.5, Math.max(WIDTH, HEIGHT) / 150))) });
  else state.view.zoom = 1;
  byId("player").scrollIntoView({ block: "start" });
  byId("image").focus({ preventScroll: true });
  paint();
}

// of a giant object, the largest cell of the frame; other warnings are of the frame
function trackOfWarning(warning, place) {
  if (warning.kind !== "giant_object") return null;
  let [best, most] = [null, 0];
  for (const row of rowsOfFrame(place)) {
    let area = 0;
    for (let run = cells.first_run[row]; run < cells.first_run[row] + cells.runs[row]; run++) area += cells.run_length[run];
    if (area > most) [best, most] = [cells.track[row], area];
  }
  return best;
}

// of an edit that does not hold, the place that its message names, in pixels of the picture
function spotOfWarning(warning) {
  const named = warning.kind === "edits_do_not_hold" && /\by ([\d.]+), x ([\d.]+)/.exec(warning.message);
  if (!named) return null;
  const [y, x] = [1, 2].map((axis) => ((Number(named[axis]) + 0.5) * facts.picture_shape[axis - 1]) / facts.shape[axis - 1]);
  return { x: Math.min(x, WIDTH - 1), y: Math.min(y, HEIGHT - 1) };
}

function trackAt({ x, y }, place) {
  const label = outlinesOf(place).labels[Math.floor(y) * WIDTH + Math.floor(x)];
  return label ? cells.track[label - 1] : null;
}

function listWarnings() {
  const items = facts.warnings.map((warning) => made("button", { type: "button", class: "look", click: () => {
    const place = placeOf(warning.first);
    const spot = spotOfWarning(warning);
    goTo(place, spot ? trackAt(spot, place) : trackOfWarning(warning, place), spot);
  } }, made("b", {}, warning.kind.replaceAll("_", " ")), made("span", { class: "where" }, warning.first === warning.last ? `frame ${warning.first}` : `frames ${warning.first} to ${warning.last}`), made("span", { class: "message" }, warning.message)));
  byId("warnings").replaceChildren(...(items.length ? list(items, items.length) : [made("p", { class: "fine" }, "Nothing was found that is not plausible.")]));
}

function listUncertain() {
  const items = facts.uncertain.map(({ kind, track, frame, score }) => made("button", { type: "button", class: "look short", click: () => goTo(placeOf(frame), trackPlace.get(track)) },
    made("span", { class: "score" }, score.toFixed(2)),
    made("span", {}, kind === "division" ? `division of track ${track} after frame ${frame}` : `track ${track}, link to frame ${frame}`)));
  byId("uncertain").replaceChildren(...(items.length ? list(items, facts.n_uncertain, "The least certain")
    : [made("p", { class: "fine" }, `All links and divisions have a score of ${LOW_SCORE} or more.`)]));
}

function listEdited() {
  const items = facts.edited.map(({ track, first, last }) => made("button", { type: "button", class: "look short", click: () => goTo(placeOf(first), trackPlace.get(track)) },
    `track ${track}, ${first === last ? `frame ${first}` : `frames ${first} to ${last}`}`));
  byId("edited-part").hidden = !items.length;
  byId("edited").replaceChildren(...list(items, facts.n_edited, "The first"));
}

function listCounts() {
  const { counts } = facts;
  const said = { frames: facts.n_frames, "cells in frames": counts.cells, tracks: counts.tracks, divisions: counts.divisions, lineages: counts.lineages };
  const repaired = Object.entries(counts.repaired).map(([kind, n]) => `${n} ${kind}`).join(", ");
  if (repaired) said["cells repaired"] = repaired;
  if (counts.corrected) said["cells corrected by you"] = String(counts.corrected);
  const { pixel_height_um: height, pixel_size_um: width } = facts;
  if (width) said["pixel size"] = height === width ? `${number(width)} µm` : `${number(height)} × ${number(width)} µm (height × width)`;
  if (facts.times_s && N_SHOWN > 1) said.duration = clock(N_SHOWN - 1);
  byId("counts").replaceChildren(...Object.entries(said).map(([name, value]) => made("div", {}, made("dt", {}, name), made("dd", {}, typeof value === "number" ? value.toLocaleString("en") : value))));
}

function drawMovieCharts() {
  const xs = Array.from({ length: facts.n_frames }, (_, frame) => frame);
  const onPick = (frame) => show({ place: placeOf(frame) });
  const { series } = facts;
  const abouts = [
    { title: "Cells", xs, lines: [series.cells], fromZero: true, onPick },
    ...facts.measures.map((name) => ({
      title: `${named(name)}: median and quartiles`, xs, lines: [series[`${name}_50`]], band: [series[`${name}_25`], series[`${name}_75`]], fromZero: true, onPick,
    })),
    { title: "Divisions", xs, lines: [series.divisions], bars: true, barWidth: 1, fromZero: true, onPick },
    { title: "Tracks by their length", xs: facts.lengths.edges.slice(0, -1), lines: [facts.lengths.tracks], bars: true,
      barWidth: facts.lengths.edges[1] - facts.lengths.edges[0], fromZero: true, xName: "frames" },
  ];
  for (const about of abouts) {
    const svg = chart(about);
    movieCharts.push(svg);
    byId("movie-charts").append(made("figure", {}, made("figcaption", {}, about.title.charAt(0).toUpperCase() + about.title.slice(1)), svg));
  }
}

const block = (title, text) => made("div", {}, made("h4", {}, title), made("pre", { tabindex: "0", "aria-label": title, role: "region" }, text));

function listOrigin() {
  const { origin, model, reduced } = facts;
  const card = model
    ? made("details", {}, made("summary", {}, `Model ${model.name}: its card`), made("pre", { tabindex: "0", role: "region", "aria-label": "Model card" }, model.card || "The model has no card."))
    : made("p", {}, "The label images are the user's own: no model was run.");
  byId("made-body").replaceChildren(
    made("div", {}, made("h3", {}, "What this page leaves out"), made("ul", { class: "small" }, ...reduced.map((text) => made("li", {}, text)), made("li", {}, "tracks.csv, tracks.parquet, lineage.csv and movie.ome.zarr, beside this page, have everything."))),
    made("div", {}, made("h3", {}, "The model"), card),
    made("div", {}, made("h3", {}, "To make it again"), made("p", { class: "small" }, `With Sidewinder ${origin.version}: these rows, these settings (all others are as shipped), these commands.`),
      block("movies.tsv", origin.sheet), block("config.yaml", origin.config), block("Commands", origin.commands)),
    made("div", {}, made("h3", {}, "Stages"), ...listStages(origin.made)),
  );
}

function listStages(stages) {
  if (!stages.length) return [made("p", { class: "small" }, "No records were kept of this run.")];
  const versions = stages[stages.length - 1].versions;
  const rows = stages.map((one) => made("tr", {}, made("th", { scope: "row" }, one.stage), made("td", {}, one.made.slice(0, 16).replace("T", " ")), made("td", {}, Object.entries(one.sources).map(([kind, { n, files }]) => `${kind}: ${many(n, "file")}, ${files.map(([name, digest]) => `${name ? `${name} ` : ""}SHA-256 ${String(digest).slice(0, 12)}…`).join(", ")}${n > files.length ? " …" : ""}`).join("; "))));
  return [
    made("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Stages" }, made("table", {}, made("thead", {}, made("tr", {}, ...["stage", "made (UTC)", "read from outside"].map((name) => made("th", { scope: "col" }, name)))), made("tbody", {}, ...rows))),
    made("p", { class: "small" }, `Versions: ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")}.`),
  ];
}
