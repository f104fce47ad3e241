// The panels around the diagram: the picture, what is left without connections, the way from maps to cells, the tables.

const byId = (id) => document.getElementById(id);

// pixels of the screen that a pixel of the region takes
const zoomOf = (height, width) => Math.max(Math.round(720 / Math.max(height, width)), 1);

// the whole window, darkened around the region, with what a pixel of a map has seen
function drawPicture(look, seen) {
  const [, height, width] = look.shape;
  const zoom = Math.max(Math.round(800 / Math.max(height, width)), 1);
  const context = show(byId("image"), lookPicture(look, [0, 0, height, width]), zoom);
  const [y, x, tall, wide] = look.region.map((px) => px * zoom);
  context.fillStyle = "rgba(10, 10, 14, 0.55)";
  context.beginPath();
  context.rect(0, 0, width * zoom, height * zoom);
  context.rect(x, y, wide, tall);
  context.fill("evenodd");
  context.strokeStyle = "#fff";
  context.lineWidth = 2;
  context.strokeRect(x, y, wide, tall);
  byId("seen").textContent = "";
  if (!seen) return;
  const [top, bottom, left, right] = [seen.rows, seen.columns].flat().map((px) => px * zoom);
  context.strokeStyle = NOW;
  context.lineWidth = 4;
  context.strokeRect(left, top, right - left, bottom - top);
  const [rows, columns] = [seen.rows, seen.columns].map(([start, stop]) => stop - start);
  byId("seen").textContent = `The orange frame is what the value under the pointer has seen: ${rows} × ${columns} pixels.`;
}

// a picture of one's own as a whole, with the region that is looked at
function drawWholePicture(picture, box) {
  const canvas = byId("image");
  const step = Math.max(Math.ceil(Math.max(picture.height, picture.width) / 900), 1);
  const small = sampled(picture, step);
  const look = { ...limitsOf(picture), grey: small.grey, shape: [picture.planes.length, small.height, small.width] };
  const zoom = Math.max(Math.floor(800 / Math.max(small.height, small.width)), 1);
  const context = show(canvas, lookPicture(look, [0, 0, small.height, small.width]), zoom);
  context.strokeStyle = "#fff";
  context.lineWidth = 3;
  const [y, x, height, width] = box.map((px) => (px / step) * zoom);
  context.strokeRect(x, y, width, height);
}

function sampled({ planes, height, width }, step) {
  const [tall, wide] = [Math.ceil(height / step), Math.ceil(width / step)];
  const grey = new Float32Array(planes.length * tall * wide);
  planes.forEach((plane, channel) => {
    for (let row = 0; row < tall; row++) {
      for (let column = 0; column < wide; column++) grey[(channel * tall + row) * wide + column] = plane[row * step * width + column * step];
    }
  });
  return { grey, height: tall, width: wide };
}

// outlines of the mask as it is now, of the whole network, and of the truth
function drawResult(look, result, whole, shown) {
  const [, , height, width] = look.region;
  const zoom = zoomOf(height, width);
  const context = show(byId("result"), lookPicture(look, look.region), zoom);
  if (shown.truth && look.truth) strokeLabels(context, look.truth, height, width, zoom, TRUTH, 2);
  if (shown.whole) strokeMask(context, whole.mask, height, width, zoom, WHOLE, 2.5, true);
  if (shown.now) strokeMask(context, result.mask, height, width, zoom, NOW, 2.5);
  const chances = byId("chances");
  if (result.maps) show(chances, chancesPicture(result.maps, height, width), zoom);
  else show(chances, maskPicture(result.mask, height, width, CELL), zoom);
}

// the table of measures
function drawMeasures(look, result, whole) {
  const [, , height, width] = look.region;
  const rows = [["all connections", result.mask, whole.mask, whole.mask]];
  if (look.truth) rows.push(["the truth", result.mask, look.truth.map((label) => (label ? 1 : 0)), whole.mask]);
  byId("measures").replaceChildren(...rows.map(([name, mask, other, before]) => {
    const measures = [overlap, (one, two) => boundaryScore(one, two, height, width)];
    const values = measures.map((measure) => [measure(mask, other), measure(before, other)]);
    return element("tr", {}, element("th", { scope: "row", textContent: name }), ...values.map(([now, then]) => fallen(now, then)));
  }));
}

function fallen(now, then) {
  const cell = element("td", { textContent: now.toFixed(2) });
  if (then - now >= 0.005) cell.append(" ", element("span", { class: "fell", textContent: `↓ ${(then - now).toFixed(2)}` }));
  return cell;
}

function drawCount(result, whole) {
  const text = byId("count");
  text.replaceChildren(element("b", { textContent: result.counted === "cells" ? counted(result.count, "cell") : counted(result.count, "connected piece") }));
  text.append(result.counted === "cells" ? " in this region, separated as the pipeline does" : " of the class cell");
  if (result.count !== whole.count) text.append(`; ${whole.count} with all connections`);
  text.append(".");
}

function drawLegend(look, shown, change) {
  const entries = [["now", "as switched"], ["whole", "all connections"], ...(look.truth ? [["truth", "truth"]] : [])];
  byId("legend").replaceChildren(...entries.map(([key, text]) => {
    const box = element("input", { type: "checkbox", checked: shown[key], onchange: () => change(key, box.checked) });
    return element("label", {}, box, element("span", { class: `chip ${key}` }), text);
  }));
}

// from maps to numbered cells, as the stage `instances` made them of the whole frame
function drawCells(look) {
  const host = byId("to-cells");
  const carried = look.frame !== null;
  byId("cells-words").textContent = carried
    ? `${counted(facts.frames[look.frame].n_cells_stage, "cell")} of frame ${facts.frames[look.frame].number} lie in this region, wholly or in part.`
    : "Computed beforehand for the movie's frames; for a picture of your own the page shows the foreground and its seeds alone.";
  if (!carried) return host.replaceChildren();
  const [, , height, width] = look.region;
  const [maps, labels, seeds] = ["maps", "labels", "seeds"].map((name) => arrayOf(`frame${look.frame}/${name}`).data);
  const foreground = foregroundOf(maps, facts.settings.foreground);
  const panels = [
    ["Probabilities", "What the network says: yellow is cell, blue its border.", chancesPicture(maps, height, width)],
    ["Foreground", `Where cell and border together reach ${facts.settings.foreground}.`, maskPicture(foreground, height, width, CELL)],
    ["Seeds", "Where cell alone is probable: the borders keep touching cells apart.", labelsPicture(seeds, height, width)],
    ["Separated cells", "Each seed grows back to the outline, or to where it meets another.", labelsPicture(labels, height, width)],
  ];
  host.replaceChildren(...panels.map(([name, text, picture]) => {
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", name);
    show(canvas, picture, Math.max(Math.round(480 / Math.max(height, width)), 1), false);
    return element("li", {}, canvas, element("b", { textContent: name }), element("span", { class: "small", textContent: text }));
  }));
}

// the frames to choose from
function drawFrames(chosen, choose) {
  byId("frames").replaceChildren(...facts.frames.map((frame, index) => {
    const look = lookAtFrame(index);
    const radio = element("input", { type: "radio", name: "frame", checked: index === chosen, onchange: () => choose(index) });
    const canvas = element("canvas");
    show(canvas, lookPicture(look, look.region), 1);
    canvas.setAttribute("aria-hidden", "true");
    const seconds = frame.time_s;
    return element("label", { title: seconds === null ? "" : `${number(seconds / 60)} min` }, radio, canvas, element("span", { textContent: `frame ${frame.number}` }));
  }));
}

// both tables, and why they differ
function drawTables() {
  const tables = [
    ["Switched off afterwards", skipTables.switched,
      "The shipped models were trained with all four connections, as the network on this page may have been. Here they are switched off afterwards, in all combinations, on frames kept from training. " +
      "The network has never seen zeros in their place, and what it learnt to take from them is missing: both models rest most on the two in the middle."],
    ["Never there", skipTables.trained,
      "Networks trained without them from the start, in short trainings that are alike. They learn to carry through the bottleneck what they can, so that less is lost than by switching off; " +
      "but what is finer than the bottleneck's maps does not come back."],
  ];
  for (const [caption, table, words] of tables) {
    if (table) byId("tables").append(element("div", {}, element("p", { textContent: words }), tableOf(caption, table)));
  }
  byId("tables").append(element("p", { class: "small", textContent:
    "SEG: how many cells are found, and how exactly they fit (Cell Tracking Challenge). Bound.: share of outlines that are met within a pixel (F1). SIM+ to HeLa by the model nuclei, U373 to T98G by phase." }));
}

const BOUNDARY = ", boundary";

function tableOf(caption, { columns, rows }) {
  const sets = columns.filter((column) => !column.endsWith(BOUNDARY));
  const order = sets.flatMap((set) => [columns.indexOf(set), columns.indexOf(set + BOUNDARY)]);
  const levels = rows[0].skips.map((_, level, all) => (level === 0 ? "finest" : level === all.length - 1 ? "coarsest" : SIZES[level]));
  const head = (properties) => element("th", { scope: "col", ...properties });
  const first = element("tr", {}, ...levels.map((textContent) => head({ textContent, rowSpan: 2 })),
    ...sets.map((set) => head({ textContent: set.split("-").at(-1), title: set, colSpan: 2, scope: "colgroup" })));
  const second = element("tr", {}, ...sets.flatMap(() => ["SEG", "bound."].map((textContent) => head({ textContent }))));
  const body = rows.map(({ skips, values }) => {
    const row = element("tr", { data: { skips: skips.map(Number).join("") } });
    row.append(...skips.map((on) => element("td", { class: on ? "on" : "", textContent: on ? "on" : "–" })));
    row.append(...order.map((column) => element("td", { textContent: values[column]?.toFixed(2) ?? "" })));
    return row;
  });
  const made = element("table", {}, element("caption", { textContent: caption }), element("thead", {}, first, second), element("tbody", {}, ...body));
  const scroll = element("div", { class: "scroll", tabIndex: 0 }, made);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `${caption}: table`);
  return scroll;
}

// the row of the present combination
function markTables(skips) {
  const key = skips.map(Number).join("");
  for (const row of document.querySelectorAll("#tables tr[data-skips]")) row.classList.toggle("here", row.dataset.skips === key);
}
