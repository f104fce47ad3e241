// A part of the network, looked into: what it does, its size, its maps with the value under the pointer.

const FEW = 8;
const MORE = 32;
const FIRSTS = ["contract", "expand"];

function element(kind, properties = {}, ...children) {
  const { class: classes, data, ...rest } = properties;
  const made = Object.assign(document.createElement(kind), rest);
  if (classes) made.className = classes;
  if (data) Object.assign(made.dataset, data);
  made.append(...children.filter((child) => child !== null));
  return made;
}

class Card {
  // source = {maps(name) -> promise of {data, shape, y, x}, times(), region(), window() -> canvas}; on = {unpin(name), seen(name, pixel or null)}
  constructor(name, pinned, source, on) {
    Object.assign(this, { name, pinned, source, on, first: false, limit: FEW, cross: null });
    this.value = element("p", { class: "value" });
    this.value.setAttribute("aria-live", "polite");
    this.canvas = element("canvas", { tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    this.list = element("dl");
    this.inset = element("canvas", { class: "inset" });
    this.inset.setAttribute("role", "img");
    this.inset.setAttribute("aria-label", "What one value has seen of the picture");
    this.more = element("div", { class: "more" });
    const letter = pinned >= 0 ? `${"AB"[pinned]} · ` : "";
    const close = pinned >= 0 ? element("button", { type: "button", textContent: "Unpin", onclick: () => on.unpin(name) }) : null;
    this.root = element("article", { class: `card ${armOf(name)}`, data: { card: name } },
      element("header", {}, element("h3", { textContent: letter + titleOf(name) }), close),
      element("p", { class: "question", textContent: questionOf(name) }),
      element("p", { textContent: doesOf(name) }), element("div", { class: "both" }, this.list, this.inset), this.canvas, this.value, this.more);
    this.listen();
  }

  get shown() {
    return this.first ? `${this.name}_first` : this.name;
  }

  async update() {
    const name = this.shown;
    const maps = await this.source.maps(name);
    if (name !== this.shown) return;
    this.maps = maps;
    this.facts();
    this.buttons();
    this.draw();
    this.frame();
  }

  facts() {
    const [height, width] = this.source.region().slice(2);
    const shrink = shrinkOf(this.name);
    const channels = channelsOf(this.name);
    const rows = [["Channels × size", `${channels} × ${Math.ceil(height / shrink)} × ${Math.ceil(width / shrink)}`]];
    const weights = weightsOf(this.name);
    rows.push(["Weights", weights ? weights.toLocaleString("en") : "none"]);
    const times = this.source.times();
    const piece = pieceOf(this.name);
    if (piece && times[piece] !== undefined) {
      const all = Object.values(times).reduce((sum, time) => sum + time, 0);
      rows.push(["Time", `${times[piece].toFixed(times[piece] < 10 ? 1 : 0)} ms, ${Math.round((100 * times[piece]) / all)} %`]);
    }
    const [start, stop] = widest(this.shown);
    rows.push(["Has seen", this.name === "image" ? "itself" : `${side(stop - start)} px`]);
    if (placeOf(this.name).kind === "pool") rows[2] && (rows[2][0] = "Time of block");
    this.list.replaceChildren(...rows.map(([term, text]) => element("div", {}, element("dt", { textContent: term }), element("dd", { textContent: text }))));
  }

  buttons() {
    const channels = channelsOf(this.name);
    const buttons = [];
    const button = (textContent, act) => buttons.push(element("button", { type: "button", textContent, onclick: act }));
    if (this.maps && this.limit < channels) {
      const next = this.limit < MORE && channels > MORE ? MORE : channels;
      button(next === channels ? `Show all ${channels}` : `Show ${next} of ${channels}`, () => this.limitTo(next));
    }
    if (this.limit > FEW) button(`Show ${FEW}`, () => this.limitTo(FEW));
    if (this.maps && FIRSTS.includes(placeOf(this.name).kind)) {
      button(this.first ? "Both convolutions" : "First convolution only", () => {
        this.first = !this.first;
        this.update();
      });
    }
    this.more.replaceChildren(...buttons);
  }

  limitTo(limit) {
    this.limit = limit;
    this.update();
  }

  draw() {
    this.canvas.hidden = !this.maps;
    if (!this.maps) {
      this.value.textContent = "Its maps are not to be had without the network.";
      return;
    }
    const [channels, height, width] = this.maps.shape;
    const shown = Math.min(channels, this.limit);
    this.columns = shown <= 3 ? shown : shown <= 8 ? 4 : 8;
    const rows = Math.ceil(shown / this.columns);
    const tile = Math.max(Math.floor(720 / this.columns / width), 1) * width;
    this.tile = { wide: tile, tall: Math.round((tile * height) / width), gap: 6, shown };
    this.canvas.width = this.columns * (tile + 6) - 6;
    this.canvas.height = rows * (this.tile.tall + 6) - 6;
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    const area = height * width;
    for (let channel = 0; channel < shown; channel++) {
      const values = this.maps.data.subarray(channel * area, (channel + 1) * area);
      const [x, y] = this.cornerOf(channel);
      context.drawImage(mapPicture(values, height, width, placeOf(this.name).kind === "image"), x, y, tile, this.tile.tall);
    }
    this.canvas.setAttribute("aria-label", `${shown} of ${channels} maps of: ${titleOf(this.name)}. Arrow keys move over them.`);
    this.say();
  }

  cornerOf(channel) {
    const { wide, tall, gap } = this.tile;
    return [(channel % this.columns) * (wide + gap), Math.floor(channel / this.columns) * (tall + gap)];
  }

  listen() {
    this.canvas.addEventListener("pointermove", (event) => this.at(event));
    this.canvas.addEventListener("pointerdown", (event) => this.at(event));
    this.canvas.addEventListener("pointerleave", () => this.move(null));
    this.canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!step || !this.maps) return;
      event.preventDefault();
      const [, height, width] = this.maps.shape;
      const [channel, y, x] = this.cross ?? [0, Math.floor(height / 2), Math.floor(width / 2)];
      this.move([channel, Math.min(Math.max(y + step[0], 0), height - 1), Math.min(Math.max(x + step[1], 0), width - 1)]);
    });
  }

  at(event) {
    if (!this.maps) return;
    const pixel = pixelAt(event, this.canvas, this.canvas.height, this.canvas.width);
    if (!pixel) return this.move(null);
    const { wide, tall, gap, shown } = this.tile;
    const [row, column] = [Math.floor(pixel[0] / (tall + gap)), Math.floor(pixel[1] / (wide + gap))];
    const [down, right] = [pixel[0] - row * (tall + gap), pixel[1] - column * (wide + gap)];
    const channel = row * this.columns + column;
    if (down >= tall || right >= wide || channel >= shown) return this.move(null);
    const [, height, width] = this.maps.shape;
    this.move([channel, Math.floor((down / tall) * height), Math.floor((right / wide) * width)]);
  }

  move(cross) {
    this.cross = cross;
    this.say();
    this.frame();
    this.on.seen(cross ? this.shown : null, cross ? [this.maps.y + cross[1], this.maps.x + cross[2]] : null);
  }

  // what the value under the pointer, or the one in the middle of the map, has seen
  frame() {
    const region = this.source.region();
    const shrink = shrinkOf(this.name);
    const middle = [0, 1].map((axis) => Math.floor((region[axis] + region[axis + 2] / 2) / shrink));
    const [y, x] = this.cross ? [this.maps.y + this.cross[1], this.maps.x + this.cross[2]] : middle;
    const picture = this.source.window();
    const zoom = 240 / Math.max(picture.width, picture.height);
    const context = show(this.inset, picture, zoom);
    const [top, bottom, left, right] = [seenBy(this.shown, y, y + 1), seenBy(this.shown, x, x + 1)].flat().map((px) => px * zoom);
    context.strokeStyle = NOW;
    context.lineWidth = 5;
    context.strokeRect(left, top, Math.max(right - left, 3), Math.max(bottom - top, 3));
  }

  say() {
    if (!this.cross) {
      this.value.textContent = "Point at a map to read its value; each is stretched from dark (smallest) to bright.";
      return;
    }
    const [channel, y, x] = this.cross;
    const [, height, width] = this.maps.shape;
    const value = this.maps.data[(channel * height + y) * width + x];
    this.value.textContent = `${channelName(this.name, channel)}, row ${y}, column ${x}: ${number(value, 4)}`;
  }
}

// the widest interval that a pixel of a map has seen; it depends on the pixel's place in the grid
function widest(name) {
  let best = [0, 1];
  for (let pixel = 0; pixel < STRIDE / shrinkOf(name); pixel++) {
    const seen = seenBy(name, pixel, pixel + 1);
    if (seen[1] - seen[0] > best[1] - best[0]) best = seen;
  }
  return best;
}

function mapPicture(values, height, width, grey) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const factor = high > low ? 255 / (high - low) : 0;
  return painted(height, width, (at) => {
    const value = Math.round((values[at] - low) * factor);
    return grey ? [value, value, value] : COLOURS[value];
  });
}
