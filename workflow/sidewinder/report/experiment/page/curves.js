// Curves of groups and, thin, of their movies: cells that have not divided by age, squared displacements by lag.

const N_COLOURS = 8;
const colourOf = (group) => `g${group % N_COLOURS}`;

// about: title, lines [{ points [[x, y]], band [[x, low, high]], group, thin }], xName, yName, log, low, high
function curves(about) {
  const { width, height, left, right, top, bottom } = { ...CHART, width: 460, height: 270, bottom: 40, left: 58 };
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": about.title, class: "chart" });
  const isDrawn = ([x, y]) => !about.log || (x > 0 && y > 0);
  const points = about.lines.flatMap((line) => line.points).filter(isDrawn);
  if (!points.length) {
    svg.append(drawn("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, about.none));
    return svg;
  }
  const on = about.log ? Math.log10 : (value) => value;
  const range = (axis, fixed) => fixed ?? bounds(points.map((point) => on(point[axis])));
  const [[firstX, lastX], [low, high]] = [range(0, about.xRange), range(1, about.yRange)];
  const atX = (x) => left + ((on(x) - firstX) / (lastX - firstX || 1)) * (width - left - right);
  const atY = (y) => height - bottom - ((on(y) - low) / (high - low || 1)) * (height - top - bottom);
  for (const value of marks(low, high, about.log)) {
    svg.append(drawn("line", { x1: left, x2: width - right, y1: atY(value), y2: atY(value), class: "grid" }));
    svg.append(drawn("text", { x: left - 6, y: atY(value) + 4, "text-anchor": "end" }, number(value)));
  }
  for (const value of marks(firstX, lastX, about.log)) svg.append(drawn("text", { x: atX(value), y: height - bottom + 16, "text-anchor": "middle" }, number(value)));
  svg.append(drawn("text", { x: (left + width - right) / 2, y: height - 5, "text-anchor": "middle" }, about.xName));
  const at = (x, y) => `${atX(x).toFixed(1)} ${atY(y).toFixed(1)}`;
  for (const { band, group } of about.lines) {
    const known = (band ?? []).filter(([, from, to]) => from != null && to != null && (!about.log || from > 0));
    if (known.length > 1) svg.append(drawn("path", { class: `band ${colourOf(group)}`, d: `M${[...known.map(([x, from]) => at(x, from)), ...known.slice().reverse().map(([x, , to]) => at(x, to))].join("L")}Z` }));
  }
  for (const { points: own, group, thin } of [...about.lines].sort((one, other) => Boolean(other.thin) - Boolean(one.thin))) {
    const shown = own.filter(isDrawn).map(([x, y]) => at(x, y));
    if (shown.length) svg.append(drawn("path", { d: `M${shown.join("L")}`, class: `line ${colourOf(group)}${thin ? (about.lines.length > 60 ? " thin many" : " thin") : ""}` }));
  }
  return svg;
}

// round numbers; in logarithms 1, 2 and 5 of each decade where there are few decades
function marks(low, high, log) {
  if (!log) return ticks(low, high, 5);
  const digits = high - low > 2 ? [1] : [1, 2, 5];
  const found = [];
  for (let decade = Math.floor(low); decade <= Math.ceil(high); decade++) {
    found.push(...digits.map((digit) => digit * 10 ** decade).filter((value) => Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9));
  }
  return found;
}

// falls at each age, level in between
function steps({ age_s: ages, undivided }) {
  const points = [[0, 1]];
  ages.forEach((age, index) => points.push([age / 3600, points[points.length - 1][1]], [age / 3600, undivided[index]]));
  return ages.length ? points : [];
}

function survivalChart(shown) {
  const lines = shown.flatMap(({ group, index, members }) => [
    { points: steps(group.survival), group: index },
    ...(members.length > 1 ? members.map((movie) => ({ points: steps(movie.survival), group: index, thin: true })) : []),
  ]);
  const last = Math.max(0, ...lines.flatMap(({ points }) => points.map(([x]) => x)));
  return curves({ title: "Share of cells that have not divided, by age", lines, xName: "age (h)", xRange: [0, last], yRange: [0, 1], none: "no cell was born in these movies" });
}

function msdChart(shown) {
  const minutes = (points) => points.map(([lag, value]) => [lag / 60, value]);
  const lines = shown.flatMap(({ group, index, members }) => [
    { points: minutes(group.msd), band: group.msd.map(([lag, , low, high]) => [lag / 60, low, high]), group: index },
    ...(members.length > 1 || !group.msd.length ? members.map((movie) => ({ points: minutes(movie.msd), group: index, thin: true })) : []),
  ]);
  return curves({ title: "Mean squared displacement by lag, both in logarithms", lines, xName: "lag (min)", log: true, none: "no pixel size or no frame interval" });
}
