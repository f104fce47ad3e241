// The movies, a row each: what is filtered and in which order.

const SHEET = [...new Set(movies.flatMap((movie) => Object.keys(movie.sheet)))];
const SCORED = [...new Set(movies.flatMap((movie) => Object.keys(movie.scores)))].filter((name) => ["SEG", "DET", "TRA"].includes(name));
const STATES = ["failed", "missing", "done"];
// a list of more values is too long to choose from; the search finds them
const MOST_VALUES = 100;

// what of a movie is far from its group, by its place
const far = new Map();

// from the worst kind of warning on, then by how many there are; 0 without any
const severity = ({ warnings, n_warnings: n }) => (n ? facts.kinds.length - facts.kinds.indexOf(warnings[0].kind) + Math.min(n, 999) / 1000 : 0);
const byNumber = (look) => (movie) => look(movie) ?? -Infinity;
// what rows are sorted by, largest first but for texts
const SORTS = {
  sheet: ["order of the sheet", (_, place) => -place],
  worst: ["state, then warnings", (movie) => -STATES.indexOf(movie.state) * 1000 + severity(movie)],
  warnings: ["warnings", severity],
  movie: ["name", (movie) => movie.movie],
  cells: ["cells per frame", byNumber((movie) => movie.counts.median_cells_per_frame)],
  tracks: ["tracks", byNumber((movie) => movie.counts.tracks)],
  divisions: ["divisions", byNumber((movie) => movie.counts.divisions)],
  outliers: ["distance from its group", (_, place) => Math.abs(far.get(place)?.[0][1] ?? 0)],
  ...Object.fromEntries(SCORED.map((name) => [name, [name, byNumber((movie) => movie.scores[name])]])),
  ...Object.fromEntries(SHEET.map((name) => [`sheet.${name}`, [name, (movie) => movie.sheet[name] ?? ""]])),
};

function sparkline(movie) {
  const { cells } = movie;
  if (!cells?.length) return "–";
  const [width, height] = [116, 30];
  const most = Math.max(...cells, 1);
  const at = (value, index) => `${((index / Math.max(cells.length - 1, 1)) * (width - 4) + 2).toFixed(1)} ${(height - 3 - (value / most) * (height - 6)).toFixed(1)}`;
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, class: "spark", role: "img", "aria-label": `Cells over time: ${short(cells[0])} at first, ${short(cells[cells.length - 1])} at last, ${short(most)} at most` });
  svg.append(drawn("path", { d: `M${cells.map(at).join("L")}${cells.length < 2 ? "h3" : ""}`, class: "line" }));
  return svg;
}

function warningsOf(movie) {
  if (!movie.n_warnings) return [isMeasured(movie) ? made("span", { class: "fine" }, "none") : "–"];
  const kinds = new Map();
  for (const { kind, first, last, message } of movie.warnings) {
    const where = first === last ? `frame ${first}` : `frames ${first} to ${last}`;
    const held = kinds.get(kind) ?? { where: [], messages: [] };
    held.where.push(where);
    held.messages.push(message);
    kinds.set(kind, held);
  }
  const more = movie.n_warnings - movie.warnings.length;
  return [
    ...[...kinds].map(([kind, { where, messages }]) => {
      const to = link(fileOf(movie, "report.html"), kind.replaceAll("_", " "));
      to.title = messages.join("\n");
      return made("span", { class: "warned" }, to, made("span", { class: "small" }, ` ${clipped(where.join(", "), 40)}`));
    }),
    ...(more > 0 ? [made("span", { class: "small" }, `and ${more} more`)] : []),
  ];
}

const cell = (label, attributes, ...content) => made("td", { "data-label": label, ...attributes }, ...content);
// a number, or that it is not known
const numberCell = (label, text) => cell(label, { class: text === "–" ? "n unknown" : "n" }, text);

function rowOf(movie, place) {
  const known = isMeasured(movie);
  const picture = movie.picture ? made("img", { src: `data:image/webp;base64,${movie.picture}`, alt: "", loading: "lazy" }) : made("span", { class: "none" });
  const name = known ? link(fileOf(movie, "report.html"), movie.movie) : made("span", {}, movie.movie);
  const sheet = Object.entries(movie.sheet).filter(([, text]) => text).map(([column, text]) => made("span", { class: "tag" }, `${column}: `, made("b", {}, text)));
  const outlying = (far.get(place) ?? []).map(([measure, z]) => made("span", { class: "tag odd" }, `${titleOf(measure).replace(/ \(.*/, "")} far ${z > 0 ? "above" : "below"} its group`));
  const files = movie.files.map((file) => made("li", {}, link(fileOf(movie, file), file)));
  return made("tr", { id: `movie-${place}`, class: movie.state },
    cell("", { class: "picture" }, picture),
    made("th", { scope: "row", class: "name" }, name, made("span", { class: "tags" }, ...sheet, ...outlying),
      ...(files.length ? [made("details", {}, made("summary", { class: "small" }, "files"), made("ul", { class: "files small" }, ...files))] : [])),
    cell("State", {}, made("span", { class: `badge ${movie.state}` }, movie.state), made("span", { class: "reason small" }, movie.reason)),
    cell("Warnings", { class: known ? "warnings" : "unknown" }, made("div", {}, ...warningsOf(movie))),
    cell("Cells over time", { class: known ? "" : "unknown" }, sparkline(movie)),
    numberCell("Cells per frame", short(movie.counts.median_cells_per_frame)),
    numberCell("Tracks", short(movie.counts.tracks)),
    numberCell("Divisions", short(movie.counts.divisions)),
    ...SCORED.map((score) => numberCell(score, movie.scores[score] == null ? "–" : movie.scores[score].toFixed(3))),
  );
}

const HEADS = [["Picture", null], ["Movie", "movie"], ["State", "worst"], ["Warnings", "warnings"], ["Cells over time", null], ["Cells per frame", "cells"], ["Tracks", "tracks"], ["Divisions", "divisions"], ...SCORED.map((name) => [name, name])];
let rowElements = [];

// rows anew, as groups and with them outliers are others
function makeRows() {
  far.clear();
  for (const [place, measure, z] of facts.columns[state.column].outliers) far.set(place, [...(far.get(place) ?? []), [measure, z]]);
  rowElements = movies.map(rowOf);
  showRows();
}

function compared(first, second) {
  if (typeof first === "string") return first.localeCompare(second, "en", { numeric: true });
  return second - first;
}

function isShown(movie) {
  const search = byId("search").value.trim().toLowerCase();
  const texts = [movie.movie, movie.state, movie.reason, ...Object.values(movie.sheet), ...movie.warnings.map(({ kind }) => kind.replaceAll("_", " "))];
  const wanted = [...document.querySelectorAll("[data-column]")].every((choice) => choice.value === "*" || (movie.sheet[choice.dataset.column] ?? "") === choice.value.slice(1));
  const [ofState, ofWarning] = [byId("of-state").value, byId("of-warning").value];
  const warned = !ofWarning || (ofWarning === "any" ? movie.n_warnings > 0 : movie.warnings.some(({ kind }) => kind === ofWarning));
  return wanted && warned && (!ofState || movie.state === ofState) && (!search || texts.some((text) => text.toLowerCase().includes(search)));
}

function showRows() {
  const look = SORTS[byId("sort").value][1];
  const places = movies.map((_, place) => place).filter((place) => isShown(movies[place]));
  const keys = new Map(places.map((place) => [place, look(movies[place], place)]));
  places.sort((one, other) => compared(keys.get(one), keys.get(other)) || one - other);
  if (state.reversed) places.reverse();
  byId("rows").replaceChildren(...places.map((place) => rowElements[place]));
  byId("shown").textContent = places.length === movies.length ? `All ${many(movies.length, "movie")}` : `${places.length.toLocaleString("en")} of ${many(movies.length, "movie")}`;
  for (const head of document.querySelectorAll("#heads th")) {
    const isSorted = head.dataset.sort === byId("sort").value;
    if (isSorted) head.setAttribute("aria-sort", state.reversed === (head.dataset.sort === "movie") ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}

function sortBy(sort) {
  state.reversed = byId("sort").value === sort && !state.reversed;
  byId("sort").value = sort;
  byId("order").setAttribute("aria-pressed", state.reversed);
  showRows();
}

const option = (value, text) => made("option", { value }, text);

function fillFilters() {
  const count = (look) => movies.filter(look).length;
  byId("of-state").append(option("", "any"), ...STATES.filter((one) => count((movie) => movie.state === one)).map((one) => option(one, `${one} (${count((movie) => movie.state === one)})`)));
  const kinds = [...new Set(movies.flatMap((movie) => movie.warnings.map(({ kind }) => kind)))];
  byId("of-warning").append(option("", "with or without"), option("any", `any (${count((movie) => movie.n_warnings)})`), ...kinds.map((kind) => option(kind, kind.replaceAll("_", " "))));
  for (const column of SHEET) {
    const values = [...new Set(movies.map((movie) => movie.sheet[column] ?? ""))].sort(compared);
    if (values.length > MOST_VALUES) continue;
    const choice = made("select", { "data-column": column }, option("*", "any"), ...values.map((value) => option(`=${value}`, clipped(groupName(value), 40))));
    byId("of-sheet").append(made("label", {}, made("span", {}, clipped(column, 30)), " ", choice));
  }
  byId("sort").append(...Object.entries(SORTS).map(([name, [text]]) => option(name, clipped(text, 40))));
  byId("heads").append(...HEADS.map(([text, sort]) => made("th", { scope: "col", ...(sort ? { "data-sort": sort } : {}) },
    sort ? made("button", { type: "button", class: "head", click: () => sortBy(sort) }, text) : text)));
}

function listenToFilters() {
  byId("filters").addEventListener("input", showRows);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("order").addEventListener("click", () => sortBy(byId("sort").value));
  byId("sort").addEventListener("input", () => {
    state.reversed = false;
    byId("order").setAttribute("aria-pressed", "false");
  });
}
