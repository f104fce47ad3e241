// Small charts: lines over frames with a band between quartiles, and bars.

const SVG = "http://www.w3.org/2000/svg";
function drawn(tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text != null) element.textContent = text;
  return element;
}

// round numbers between two values, at most about so many
function ticks(low, high, most) {
  const span = high - low || 1;
  const decade = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5, 10].map((digit) => digit * decade).find((one) => span / one <= most);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) found.push(Number(value.toPrecision(12)));
  return found;
}

const CHART = { width: 420, height: 190, left: 52, right: 10, top: 10, bottom: 34 };

// about: title, xs, lines [{ values }], band [lower, upper], bars, xName, now, onPick(x)
function chart(about) {
  const { width, height, left, right, top, bottom } = CHART;
  const all = [...about.lines, ...(about.band ?? [])].flatMap((values) => [...values]).filter((value) => value != null && Number.isFinite(value));
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": about.title, class: "chart" });
  if (!all.length) {
    svg.append(drawn("text", { x: width / 2, y: height / 2, "text-anchor": "middle" }, "nothing measured"));
    return svg;
  }
  let [low, high] = [about.fromZero ? 0 : Math.min(...bounds(all)), Math.max(...bounds(all))];
  if (high === low) [low, high] = [about.fromZero ? 0 : low - 1, high + 1];
  const [first, last] = [about.xs[0], about.xs[about.xs.length - 1] + (about.bars ? about.barWidth : 0)];
  const atX = (x) => left + ((x - first) / (last - first || 1)) * (width - left - right);
  const atY = (y) => height - bottom - ((y - low) / (high - low)) * (height - top - bottom);
  for (const value of ticks(low, high, 4)) {
    svg.append(drawn("line", { x1: left, x2: width - right, y1: atY(value), y2: atY(value), class: "grid" }));
    svg.append(drawn("text", { x: left - 6, y: atY(value) + 4, "text-anchor": "end" }, number(value)));
  }
  for (const value of ticks(first, last, 5).filter(Number.isInteger)) svg.append(drawn("text", { x: atX(value), y: height - bottom + 15, "text-anchor": "middle" }, value));
  svg.append(drawn("text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, about.xName ?? "frame"));
  if (about.band) svg.append(drawn("path", { d: bandPath(about, atX, atY), class: "band" }));
  if (about.bars) about.lines[0].forEach((value, index) => svg.append(bar(atX(about.xs[index]), atX(about.xs[index] + about.barWidth), atY(value), atY(low))));
  else about.lines.forEach((values) => svg.append(drawn("path", { d: linePath(about.xs, values, atX, atY), class: "line" })));
  addNow(svg, about, atX);
  return svg;
}

// of very many values, which a call could not take as its arguments
const bounds = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
const bar = (x, end, y, base) => drawn("rect", { x: x + 0.5, width: Math.max(end - x - 1, 0.7), y, height: base - y, class: "column" });

function linePath(xs, values, atX, atY) {
  let path = "";
  let open = false;
  let alone = null;
  values.forEach((value, index) => {
    const is = value != null && Number.isFinite(value);
    if (is) {
      const point = `${atX(xs[index]).toFixed(1)} ${atY(value).toFixed(1)}`;
      path += `${open ? "L" : "M"}${point}`;
      alone = open ? null : point;
    } else if (alone) path += `L${alone}`;
    open = is;
  });
  // a point of its own is a dot
  return alone ? `${path}L${alone}` : path;
}

function bandPath(about, atX, atY) {
  const known = about.xs.map((x, index) => [x, about.band[0][index], about.band[1][index]]).filter(([, low]) => low != null);
  const at = (x, y) => `${atX(x).toFixed(1)} ${atY(y).toFixed(1)}`;
  return `M${[...known.map(([x, low]) => at(x, low)), ...known.reverse().map(([x, , high]) => at(x, high))].join("L")}Z`;
}

// the frame that is shown; a click goes to another one
function addNow(svg, about, atX) {
  if (!about.onPick) return;
  const { width, height, left, right, top, bottom } = CHART;
  const now = drawn("line", { y1: top, y2: height - bottom, class: "now" });
  svg.append(now);
  svg.moveTo = (x) => {
    now.setAttribute("x1", atX(x));
    now.setAttribute("x2", atX(x));
  };
  svg.classList.add("picks");
  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * width - left) / (width - left - right);
    const [first, last] = [about.xs[0], about.xs[about.xs.length - 1]];
    about.onPick(Math.round(first + Math.min(Math.max(share, 0), 1) * (last - first)));
  });
}
