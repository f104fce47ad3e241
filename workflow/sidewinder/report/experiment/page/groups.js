// By condition: what is drawn and listed of the groups that a column of the sheet makes.

const FEW_GROUPS = 24;
const DRAWN_AT_FIRST = 4;
const ROW_PX = 26;

const column = () => facts.columns[state.column];
const membersOf = (name) => movies.filter((movie) => isMeasured(movie) && (!column().name || (movie.sheet[column().name] ?? "") === name));

const nameOf = (group) => (column().name ? groupName(group.name) : "all movies");

// the mean of a group less that of the group that it is compared with
function differenceTo(measure, group) {
  if (group === state.reference) return null;
  const found = column().differences[measure].find(([first, second]) => Math.min(group, state.reference) === first && Math.max(group, state.reference) === second);
  if (!found) return null;
  const [, second, value, low, high] = found;
  const kept = second === group ? [value, low, high] : [value, high, low].map((one) => (one == null ? null : -one));
  return kept.map((one) => scaled(measure, one));
}

const meanOf = (measure, group) => {
  const [n, ...rest] = group.means[measure];
  return [n, ...rest.map((one) => scaled(measure, one))];
};
const interval = (low, high, say = short) => (low == null ? "" : ` [${say(low)}, ${say(high)}]`);

// dots of movies, and the mean with its interval; beside it the difference to the reference with its own
function strip(measure, shown) {
  const isCompared = column().differences[measure].length > 0;
  const size = { width: 460, left: 122, middle: isCompared ? 292 : 446, from: 312, right: 448, top: 24 };
  const height = size.top + shown.length * ROW_PX + 34;
  const svg = drawn("svg", { viewBox: `0 0 ${size.width} ${height}`, role: "img", "aria-label": stripWords(measure, shown), class: "chart strip" });
  const rows = shown.map(({ group, index }, place) => ({
    group, index, y: size.top + (place + 0.5) * ROW_PX, mean: meanOf(measure, group).slice(1),
    dots: membersOf(group.name).map((movie) => [movie, scaled(measure, movie.values[measure])]).filter(([, value]) => value != null),
  }));
  const values = rows.flatMap(({ dots, mean }) => [...dots.map(([, value]) => value), ...mean]).filter((value) => value != null);
  if (!values.length) {
    svg.append(drawn("text", { x: size.width / 2, y: height / 2, "text-anchor": "middle" }, "not measured in these movies"));
    return svg;
  }
  const atX = axis(svg, values, size.left, size.middle, height, 3);
  for (const row of rows) drawRow(svg, row, atX, size.left);
  if (isCompared) drawDifferences(svg, measure, rows, size, height);
  return svg;
}

function drawRow(svg, { group, index, y, mean, dots }, atX, left) {
  const name = drawn("text", { x: left - 10, y: y + 4, "text-anchor": "end", class: "label" }, clipped(nameOf(group), 17));
  name.append(drawn("title", {}, nameOf(group)));
  svg.append(name);
  for (const [movie, value] of dots) {
    const dot = drawn("circle", { cx: atX(value).toFixed(1), cy: (y + spread(movie.movie) * 5).toFixed(1), r: dots.length > 40 ? 2.2 : 3.2, class: `dot ${colourOf(index)}${dots.length > 40 ? " many" : ""}` });
    dot.append(drawn("title", {}, `${movie.movie}: ${short(value)}`));
    svg.append(dot);
  }
  bracket(svg, atX, y, mean, "mean");
}

function drawDifferences(svg, measure, rows, size, height) {
  const found = rows.map(({ index }) => differenceTo(measure, index));
  const values = [0, ...found.flat().filter((value) => value != null)];
  const atX = axis(svg, values, size.from, size.right, height, 2);
  svg.append(drawn("line", { x1: atX(0), x2: atX(0), y1: size.top - 4, y2: height - 30, class: "zero" }));
  svg.append(drawn("text", { x: (size.from + size.right) / 2, y: 13, "text-anchor": "middle" }, "difference of means"));
  rows.forEach(({ index, y }, place) => {
    if (found[place]) bracket(svg, atX, y, found[place], "mean");
    else if (index === state.reference) svg.append(drawn("text", { x: Math.min(Math.max(atX(0), size.from + 28), size.right - 22), y: y + 4, "text-anchor": "middle", class: "over" }, "reference"));
  });
}

// an axis below, with its grid; where a value is
function axis(svg, values, from, to, height, most) {
  let [low, high] = bounds(values);
  const margin = (high - low) * 0.06 || Math.abs(high) * 0.2 || 1;
  [low, high] = [low - margin, high + margin];
  const atX = (value) => from + ((value - low) / (high - low)) * (to - from);
  for (const value of ticks(low, high, most)) {
    svg.append(drawn("line", { x1: atX(value), x2: atX(value), y1: 20, y2: height - 30, class: "grid" }));
    svg.append(drawn("text", { x: atX(value), y: height - 14, "text-anchor": "middle" }, number(value)));
  }
  return atX;
}

function bracket(svg, atX, y, [value, low, high], kind) {
  if (value == null) return;
  if (low != null) svg.append(drawn("line", { x1: atX(low), x2: atX(high), y1: y, y2: y, class: `${kind} whole` }));
  svg.append(drawn("line", { x1: atX(value), x2: atX(value), y1: y - 9, y2: y + 9, class: kind }));
}

// the same place beside the line each time, from -1 to 1
function spread(name) {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 1009;
  return (sum / 1008) * 2 - 1;
}

function stripWords(measure, shown) {
  const said = shown.map(({ group }) => `${nameOf(group)} ${short(meanOf(measure, group)[1])}`);
  return `${titleOf(measure)}, means over movies: ${clipped(said.join(", "), 300)}`;
}

function showMeasures() {
  const all = column().groups.map((group, index) => ({ group, index }));
  const shown = all.length > FEW_GROUPS ? all.filter(({ index }) => state.ticked.has(index)) : all;
  byId("measures").replaceChildren(...facts.measures.map((measure) => made("figure", { "data-measure": measure },
    made("figcaption", {}, titleOf(measure), made("span", { class: "small" }, ` ${MEASURES[measure][2]}`)),
    shown.length ? strip(measure, shown) : made("p", { class: "small" }, "No group is ticked."))));
}

function showCurves() {
  const shown = column().groups.map((group, index) => ({ group, index, members: membersOf(group.name) })).filter(({ index }) => state.ticked.has(index));
  byId("curves").replaceChildren(
    made("figure", {}, made("figcaption", {}, "Cells that have not divided", made("span", { class: "small" }, " by age, Kaplan and Meier; thick: all cells of a group, thin: each movie")), survivalChart(shown)),
    made("figure", {}, made("figcaption", {}, "Mean squared displacement (µm²)", made("span", { class: "small" }, " by lag; thick: mean over movies with its interval, thin: each movie")), msdChart(shown)),
  );
}

function showGroups() {
  byId("groups").replaceChildren(...column().groups.map((group, index) => {
    const box = made("input", { type: "checkbox", checked: state.ticked.has(index), change: () => {
      state.ticked[box.checked ? "add" : "delete"](index);
      showCurves();
      if (column().groups.length > FEW_GROUPS) showMeasures();
    } });
    return made("li", {}, made("label", {}, box, made("span", { class: `swatch ${colourOf(index)}` }), made("b", {}, nameOf(group)),
      made("span", { class: "small" }, ` ${many(group.n_measured, "movie")}${group.n_measured < group.n_movies ? ` of ${group.n_movies}` : ""}, ${group.survival.divided.toLocaleString("en")} of ${many(group.survival.cells, "born cell")} divided`)));
  }));
}

function showNumbers() {
  const { groups } = column();
  const heads = ["Group", "Movies", ...facts.measures.map(titleOf)].map((text) => made("th", { scope: "col" }, text));
  const rows = groups.map((group, index) => made("tr", {}, made("th", { scope: "row" }, nameOf(group)), made("td", {}, String(group.n_measured)),
    ...facts.measures.map((measure) => {
      const [n, value, low, high] = meanOf(measure, group);
      const difference = differenceTo(measure, index);
      const fewer = n < group.n_measured ? [made("span", { class: "small" }, `of ${many(n, "movie")}`)] : [];
      const beside = difference && difference[0] != null ? [made("span", { class: "small" }, `${signed(difference[0])}${interval(difference[1], difference[2], signed)}`)] : [];
      return made("td", { "data-measure": measure }, made("span", {}, `${short(value)}${interval(low, high)}`), ...fewer, ...beside);
    })));
  const isCompared = column().differences[facts.measures[0]].length > 0;
  byId("numbers-words").textContent = `Means over movies with their intervals${isCompared ? `; below, in grey, the difference to ${clipped(groupName(groups[state.reference].name), 40)}` : ""}.`;
  byId("numbers").replaceChildren(made("table", {}, made("thead", {}, made("tr", {}, ...heads)), made("tbody", {}, ...rows)));
}

function conditionWords() {
  const { groups, differences, name } = column();
  const alone = groups.filter((group) => group.n_measured === 1);
  const none = groups.filter((group) => !group.n_measured);
  const listed = (list) => clipped(list.map((group) => nameOf(group)).join(", "), 120);
  const percent = Math.round(facts.confidence * 100);
  const unknown = movies.filter((movie) => isMeasured(movie) && movie.survival.age_s.length && movie.values.division_time_s == null).length;
  return [
    `A dot is a movie, and a movie counts once, however many cells it has: means are over movies, intervals are Student's t at ${percent} %${name ? ", of differences Welch's t" : ""}.`,
    ...(name && groups.length > 2 ? ["Each interval is for one comparison: of twenty, one misses by chance."] : []),
    ...(alone.length ? [`${alone.length === 1 ? "One group has" : `${alone.length} groups have`} one movie (${listed(alone)}): nothing is known of how movies of it differ, so there is no interval, and no conclusion from it.`] : []),
    ...(none.length ? [`No movie in the tables: ${listed(none)}.`] : []),
    ...(name && groups.length > 1 && !differences[facts.measures[0]].length ? [`More than ${facts.most_compared} groups: differences are not compared. Choose a column with fewer.`] : []),
    ...(groups.length > FEW_GROUPS ? ["Only ticked groups are drawn; the numbers are of all."] : []),
    ...(unknown ? [`In ${many(unknown, "movie")} fewer than half of the cells were seen to divide, so that the median division time is not known; the means of the others are too short.`] : []),
  ].join(" ");
}

function showCondition() {
  const { groups } = column();
  state.ticked = new Set(groups.map((_, index) => index).slice(0, DRAWN_AT_FIRST));
  const isCompared = column().differences[facts.measures[0]].length > 0;
  byId("reference-label").hidden = !isCompared;
  byId("reference").replaceChildren(...groups.map((group, index) => made("option", { value: index }, clipped(groupName(group.name), 40))));
  // one movie is no reference where there are others
  state.reference = Math.max(groups.findIndex((group) => group.n_measured > 1), 0);
  byId("reference").value = state.reference;
  byId("condition-words").textContent = conditionWords();
  showGroups();
  showMeasures();
  showCurves();
  showNumbers();
  listOutliers();
  makeRows();
}

function fillCondition() {
  byId("column").append(...facts.columns.map(({ name, groups }, index) => made("option", { value: index }, index ? `${clipped(name, 40)} (${many(groups.length, "group")})` : "all movies together")));
  // the first column that makes groups of several movies
  const chosen = facts.columns.findIndex(({ name, groups }) => name && groups.length > 1 && groups.length < movies.length);
  state.column = chosen > 0 ? chosen : Math.min(facts.columns.length - 1, facts.columns.findIndex(({ name, groups }) => name && groups.length > 1));
  state.column = Math.max(state.column, 0);
  byId("column").value = state.column;
  byId("column").addEventListener("change", () => {
    state.column = Number(byId("column").value);
    showCondition();
  });
  byId("reference").addEventListener("change", () => {
    state.reference = Number(byId("reference").value);
    showMeasures();
    showNumbers();
  });
}
