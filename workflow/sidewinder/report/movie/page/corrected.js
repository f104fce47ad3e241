// What was corrected of light and stage: frames before and after, the flat field, the path of the stage.

const PATH = { side: 300, around: 44 };

const captioned = (text, content) => made("figure", {}, content, made("figcaption", {}, text));
const pictured = (source, text) => captioned(text, made("img", { src: source, alt: text }));

// how far the specimen lies from where it lay in the first frame, both axes alike; a ring where it was not measured
function pathOfStage({ frames, yx_px: places, measured }) {
  const { side, around } = PATH;
  const [ys, xs] = [0, 1].map((axis) => places.map((place) => place[axis]));
  const span = Math.max(...[ys, xs].map((values) => bounds(values)[1] - bounds(values)[0]), 1);
  const [middleY, middleX] = [ys, xs].map((values) => (bounds(values)[0] + bounds(values)[1]) / 2);
  const at = (value, middle) => side / 2 + ((value - middle) / span) * (side - 2 * around);
  const svg = drawn("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": "Path of the stage", class: "chart path" });
  svg.append(drawn("rect", { x: 0.5, y: 0.5, width: side - 1, height: side - 1, class: "box" }));
  svg.append(drawn("path", { d: linePath(xs, ys, (x) => at(x, middleX), (y) => at(y, middleY)), class: "line" }));
  frames.forEach((frame, index) => {
    const spot = drawn("circle", { cx: at(xs[index], middleX), cy: at(ys[index], middleY), r: 3, class: measured[index] ? "spot" : "spot unmeasured" });
    spot.append(drawn("title", {}, `frame ${frame}: ${number(ys[index])} px down, ${number(xs[index])} px right${measured[index] ? "" : ", not measured"}`));
    svg.append(spot);
  });
  for (const index of new Set([0, frames.length - 1])) svg.append(drawn("text", { x: at(xs[index], middleX) + 6, y: at(ys[index], middleY) - 6 }, frames[index]));
  const bar = ticks(0, span / 3, 4).pop();
  const length = (bar / span) * (side - 2 * around);
  svg.append(drawn("path", { d: `M12 ${side - 12}h${length}`, class: "scale" }), drawn("text", { x: 18 + length, y: side - 8 }, `${number(bar)} px`));
  return svg;
}

function showCorrections() {
  const { light, drift } = facts.corrections;
  const row = (...figures) => byId("corrected-body").append(made("div", { class: "corrected" }, ...figures));
  byId("corrected").hidden = !light && !drift;
  if (light) for (const when of ["before", "after"]) row(...light[when].map((source, index) => pictured(source, `frame ${light.frames[index]} ${when} the correction of light`)));
  const flat = light?.flat_field;
  row(
    ...(flat ? [pictured(flat.picture, `flat field, from ${flat.low} (black) to ${flat.high} (white) of the mean light`)] : []),
    ...(drift ? [captioned("how far the specimen lies from where it lay in the first frame; rings were not measured", pathOfStage(drift))] : []),
  );
}
