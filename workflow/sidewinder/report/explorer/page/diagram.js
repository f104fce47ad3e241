// The network drawn as the U that it is, from its own parameters; boxes are filled with the maps of this picture.

const SVG = "http://www.w3.org/2000/svg";

function svg(kind, attributes, parent, text) {
  const element = document.createElementNS(SVG, kind);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent?.append(element);
  return element;
}

// where everything lies, for a drawing of this width
function layoutOf(width) {
  const narrow = width < 700;
  const [margin, tallest, slim, gap, top] = narrow ? [8, 84, 15, 34, 96] : [118, 170, 30, 46, 128];
  const spacing = (width / 2 - margin - slim) / DEPTH;
  const boxes = {};
  let y = top + gap;
  for (let level = 0; level <= DEPTH; level++) {
    const height = Math.max(tallest / 2 ** (level / 2), 18);
    const wide = Math.min(slim * 2 ** (level / 2), level === DEPTH ? 2 * spacing : spacing * (level ? 0.82 : 1));
    const left = margin + slim / 2 + 8 + level * ((width / 2 - margin - slim / 2 - 8) / DEPTH);
    boxes[`contract${level}`] = { x: left - wide / 2, y, w: wide, h: height };
    if (level < DEPTH) boxes[`expand${level}`] = { x: width - left - wide / 2, y, w: wide, h: height };
    y += height + gap;
  }
  const picture = narrow ? 72 : 104;
  const first = boxes.contract0;
  const centre = first.x + first.w / 2;
  const from = Math.max(centre - picture / 2, 0);
  boxes.image = { x: from, y: top - picture, w: picture, h: picture };
  boxes.probabilities = { x: width - from - picture, y: top - picture, w: picture, h: picture };
  return { boxes, height: y - gap + (narrow ? 26 : 34), narrow, width };
}

class Diagram {
  // on = {hover(name), pin(name), flip(level)}
  constructor(host, on) {
    this.host = host;
    this.on = on;
    this.parts = new Map();
    this.switches = new Map();
    this.strips = {};
    new ResizeObserver(() => this.draw()).observe(host);
    this.draw();
  }

  draw() {
    const width = Math.max(Math.round(this.host.clientWidth), 280);
    if (this.layout?.width === width) return;
    this.layout = layoutOf(width);
    const { height } = this.layout;
    this.host.replaceChildren();
    this.parts.clear();
    this.switches.clear();
    this.root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `A U-Net of depth ${DEPTH}` }, this.host);
    this.words();
    for (let level = 0; level < DEPTH; level++) this.skip(level);
    this.verticals();
    for (const name of Object.keys(this.layout.boxes)) this.box(name);
    this.order();
    this.fill(this.strips);
    this.mark(this.marked ?? {});
  }

  words() {
    const { boxes, narrow, width } = this.layout;
    const inside = boxes.image.x + boxes.image.w + (narrow ? 8 : 18);
    const lines = narrow ? [["What", "is in", "the image?"], ["Where", "exactly", "is it?"]] : [["What is", "in the image?"], ["Where exactly", "is it?"]];
    lines.forEach((words, right) => {
      const x = right ? width - inside : inside;
      words.forEach((text, line) => svg("text", { class: "arm", x, y: (narrow ? 40 : 50) + 19 * line, "text-anchor": right ? "end" : "start" }, this.root, text));
    });
    if (!narrow) {
      svg("text", { x: inside, y: 91 }, this.root, "contracting path");
      svg("text", { x: width - inside, y: 91, "text-anchor": "end" }, this.root, "expanding path");
    }
    const low = boxes[`contract${DEPTH}`];
    svg("text", { x: width / 2, y: low.y + low.h + 20, "text-anchor": "middle" }, this.root, "bottleneck: most abstract, least precise");
  }

  // arrows down and up, each with a dot that is the map behind it
  verticals() {
    const { boxes } = this.layout;
    this.arrow("what", below(boxes.image), above(boxes.contract0), "normalized");
    for (let level = 1; level <= DEPTH; level++) this.arrow("what", below(boxes[`contract${level - 1}`]), above(boxes[`contract${level}`], level === DEPTH ? -1 : 0), `pool${level}`);
    for (let level = DEPTH - 1; level >= 0; level--) {
      const from = boxes[level + 1 === DEPTH ? `contract${DEPTH}` : `expand${level + 1}`];
      this.arrow("where", above(from, level + 1 === DEPTH ? 1 : 0), below(boxes[`expand${level}`]), `up${level}`);
    }
    this.arrow("where", above(boxes.expand0), below(boxes.probabilities), "logits");
  }

  arrow(arm, [x0, y0], [x1, y1], name) {
    const group = svg("g", { class: arm }, this.root);
    const end = y1 + (y1 > y0 ? -8 : 8);
    const middle = (y0 + end) / 2;
    svg("path", { class: "arrow", d: `M${x0} ${y0} C${x0} ${middle} ${x1} ${middle} ${x1} ${end}` }, group);
    const tip = end < y1 ? y1 - 1 : y1 + 1;
    svg("path", { class: "head", d: `M${x1 - 5} ${end} L${x1 + 5} ${end} L${x1} ${tip} Z` }, group);
    const [x, y] = [(x0 + x1) / 2, middle];
    const part = this.part(name, arm);
    svg("rect", { class: "hit", x: x - 13, y: y - 13, width: 26, height: 26 }, part);
    svg("circle", { class: "dot", cx: x, cy: y, r: 6.5 }, part);
    svg("text", { class: "pin", x: x + 11, y: y + 5 }, part);
  }

  skip(level) {
    const { boxes, width } = this.layout;
    const [from, to] = [boxes[`contract${level}`], boxes[`expand${level}`]];
    const y = from.y + from.h / 2;
    const exists = architecture.skips[level];
    const roomy = to.x - from.x - from.w > 225;
    const group = svg("g", { class: `skip${exists ? "" : " off"}` }, this.root);
    svg("path", { class: "arrow", d: `M${from.x + from.w} ${y} L${to.x - 9} ${y}` }, group);
    svg("path", { class: "head", d: `M${to.x - 9} ${y - 5} L${to.x - 9} ${y + 5} L${to.x - 1} ${y} Z` }, group);
    if (!exists) {
      if (roomy) svg("text", { x: width / 2, y: y - 8, "text-anchor": "middle" }, group, "no skip connection on this level");
      return;
    }
    const knob = svg("g", { class: "switch", role: "switch", tabindex: 0, "aria-label": `Skip connection of level ${level + 1}, the ${nameOfSkip(level)}` }, group);
    svg("rect", { class: "hit", x: width / 2 - 22, y: y - 14, width: 44, height: 28, fill: "transparent" }, knob);
    svg("rect", { class: "track", x: width / 2 - 17, y: y - 10, width: 34, height: 20, rx: 10 }, knob);
    svg("circle", { class: "knob", cx: width / 2 - 7, cy: y, r: 6 }, knob);
    if (roomy) svg("text", { x: width / 2, y: y - 17, "text-anchor": "middle" }, group, `skip connection: ${channelsOf(`contract${level}`)} maps`);
    pressed(knob, () => this.on.flip(level));
    this.switches.set(level, { knob, group });
  }

  box(name) {
    const { boxes, narrow } = this.layout;
    const { x, y, w, h } = boxes[name];
    const arm = armOf(name);
    const part = this.part(name, arm);
    svg("rect", { class: "frame", x, y, width: w, height: h, rx: 4 }, part);
    svg("image", { x, y, width: w, height: h, preserveAspectRatio: "none" }, part);
    svg("rect", { class: "frame", x, y, width: w, height: h, rx: 4, style: "fill: none" }, part);
    svg("text", { class: "pin", x: x - 4, y: y + 10, "text-anchor": "end" }, part);
    if (narrow || /image|prob/.test(name)) return;
    const right = arm === "where";
    const { level } = placeOf(name);
    const edge = right ? x + w + 10 : x - 10;
    const anchor = arm === "bottom" ? "end" : right ? "start" : "end";
    const label = svg("text", { x: edge, y: y + h / 2 - 3, "text-anchor": anchor }, part);
    svg("tspan", { x: edge, "font-weight": 650, fill: "var(--ink)" }, label, `${channelsOf(name)} maps`);
    this.sizes ??= new Map();
    this.sizes.set(name, svg("tspan", { x: edge, dy: 16 }, label, `level ${level + 1}`));
  }

  part(name, arm) {
    const part = svg("g", { class: `part ${arm}`, role: "button", tabindex: 0, "aria-pressed": "false", "aria-label": titleOf(name), "data-part": name }, this.root);
    pressed(part, () => this.on.pin(name));
    part.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.on.hover(name));
    part.addEventListener("focus", () => part.matches(":focus-visible") && this.on.hover(name));
    this.parts.set(name, part);
    return part;
  }

  // the keyboard goes through the network as the picture does, and then to the switches
  order() {
    for (const name of stepsOfNetwork()) this.root.append(this.parts.get(name));
    for (const { group } of this.switches.values()) this.root.append(group);
  }

  // strips: name -> [{channel, pixels}], side of each in pixels
  fill(strips) {
    this.strips = strips;
    for (const [name, maps] of Object.entries(strips)) {
      const { w, h } = this.layout.boxes[name];
      this.parts.get(name).querySelector("image").setAttribute("href", filmStrip(maps, w, h));
    }
  }

  picture(name, canvas) {
    this.strips[name] = canvas;
    this.parts.get(name).querySelector("image").setAttribute("href", canvas.toDataURL());
  }

  size([, , height, width]) {
    this.region = [height, width];
    for (const [name, text] of this.sizes ?? []) {
      const shrink = shrinkOf(name);
      text.textContent = `${Math.ceil(height / shrink)} × ${Math.ceil(width / shrink)} px`;
    }
  }

  mark({ now, pins = [], skips = architecture.skips }) {
    this.marked = { now, pins, skips };
    for (const [name, part] of this.parts) {
      const pinned = pins.indexOf(name);
      part.classList.toggle("now", name === now);
      part.classList.toggle("pinned", pinned >= 0);
      part.setAttribute("aria-pressed", pinned >= 0);
      part.querySelector(".pin").textContent = pinned >= 0 ? "AB"[pinned] : "";
    }
    for (const [level, { knob, group }] of this.switches) {
      knob.setAttribute("aria-checked", skips[level]);
      knob.querySelector(".knob").style.transform = skips[level] ? "translateX(14px)" : "";
      group.classList.toggle("off", !skips[level]);
    }
  }
}

const below = ({ x, y, w, h }) => [x + w / 2, y + h + 3];
// the middle of a box's upper edge, or a third of its width to the left or right of it
const above = ({ x, y, w }, aside = 0) => [x + w / 2 + (aside * w) / 3.2, y - 3];

// by pointer, Enter and space
function pressed(element, act) {
  element.addEventListener("click", act);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    act();
  });
}

// maps side by side in a box, as many as fit
function filmStrip(maps, w, h) {
  if (maps instanceof HTMLCanvasElement) return maps.toDataURL();
  const columns = Math.max(Math.round(w / 24), 1);
  const cell = w / columns;
  const rows = Math.max(Math.round(h / cell), 1);
  const canvas = document.createElement("canvas");
  const [wide, tall] = [48, Math.round((48 * h) / rows / cell)];
  [canvas.width, canvas.height] = [columns * wide, rows * tall];
  const context = canvas.getContext("2d");
  for (let index = 0; index < columns * rows; index++) {
    const { pixels } = maps[index % maps.length];
    const side = Math.sqrt(pixels.length);
    const picture = painted(side, side, (at) => COLOURS[pixels[at]]);
    context.drawImage(picture, (index % columns) * wide, Math.floor(index / columns) * tall, wide - 2, tall - 2);
  }
  return canvas.toDataURL();
}
