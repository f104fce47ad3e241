// The movie: a frame's picture, and over it outlines, numbers and trails.

const N_TRAIL = 12;
const MOST_ZOOM = 24;
const FRAMES_PER_S = 8;
const plain = new OffscreenCanvas(WIDTH, HEIGHT);
const plainPen = plain.getContext("2d", { willReadFrequently: true });
const screen = { canvas: byId("image"), drawn: 0, shownPlace: -1 };

// pixels of the picture -> pixels of the canvas: x * scale + left
function fitView() {
  const { canvas } = screen;
  const wide = canvas.parentElement.clientWidth;
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const tall = Math.min((wide * HEIGHT) / WIDTH, Math.max(window.innerHeight * 0.78, 260));
  canvas.style.height = `${tall}px`;
  canvas.width = Math.max(Math.round(wide * ratio), 1);
  canvas.height = Math.max(Math.round(tall * ratio), 1);
  screen.ratio = ratio;
  screen.whole = Math.min(canvas.width / WIDTH, canvas.height / HEIGHT);
}

function keepInside() {
  const { canvas } = screen;
  const { view } = state;
  view.zoom = Math.min(Math.max(view.zoom, 1), MOST_ZOOM);
  view.scale = screen.whole * view.zoom;
  const inside = (size, shown, middle) => {
    const half = shown / view.scale / 2;
    return size <= 2 * half ? size / 2 : Math.min(Math.max(middle, half), size - half);
  };
  view.x = inside(WIDTH, canvas.width, view.x);
  view.y = inside(HEIGHT, canvas.height, view.y);
  view.left = canvas.width / 2 - view.x * view.scale;
  view.top = canvas.height / 2 - view.y * view.scale;
}

function lookUpTable() {
  const [low, high] = [state.darkest, Math.max(state.brightest, state.darkest + 1)];
  return Uint8ClampedArray.from({ length: 256 }, (_, value) => ((value - low) / (high - low)) * 255);
}

async function drawFrame() {
  const { place, channel } = state;
  document.documentElement.dataset.busy = "true";
  const ticket = ++screen.drawn;
  const bitmap = await bitmapOf(place, channel);
  // another frame was asked for meanwhile
  if (ticket !== screen.drawn) return;
  plainPen.drawImage(bitmap, 0, 0);
  const picture = plainPen.getImageData(0, 0, WIDTH, HEIGHT);
  const table = lookUpTable();
  const { data } = picture;
  for (let index = 0; index < data.length; index += 4) data[index] = data[index + 1] = data[index + 2] = table[data[index]];
  plainPen.putImageData(picture, 0, 0);
  paint();
  screen.shownPlace = place;
  document.documentElement.dataset.busy = "false";
  if (place + 1 < N_SHOWN) bitmapOf(place + 1, channel);
}

function paint() {
  keepInside();
  const { canvas } = screen;
  const { view } = state;
  const pen = canvas.getContext("2d");
  // a finger moves the page, or what is zoomed
  canvas.style.touchAction = view.zoom > 1 ? "none" : "pan-y";
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.fillStyle = "#0c0d10";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.setTransform(view.scale, 0, 0, view.scale, view.left, view.top);
  pen.imageSmoothingEnabled = view.scale < 6;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(plain, 0, 0);
  drawRegion(pen);
  const rows = rowsOfFrame(state.place);
  if (byId("trails").checked) for (const row of rows) drawTrail(pen, row);
  if (byId("outlines").checked) drawOutlines(pen, rows);
  drawChosen(pen);
  pen.setTransform(1, 0, 0, 1, 0, 0);
  if (byId("ids").checked) drawIds(pen, rows);
  drawScaleBar(pen);
}

// pixels of the picture that are so many of the screen
const asThick = (screenPx) => (screenPx * screen.ratio) / state.view.scale;

// of the part of the frame in which cells were looked for
function drawRegion(pen) {
  pen.lineWidth = asThick(1.2);
  pen.strokeStyle = "#ffffff";
  pen.setLineDash([asThick(6), asThick(4)]);
  for (const line of facts.region) {
    pen.beginPath();
    // a pixel's centre has whole coordinates in the facts, and lies in the middle of its square on the canvas
    for (const [x, y] of line) pen.lineTo(x + 0.5, y + 0.5);
    pen.stroke();
  }
  pen.setLineDash([]);
}

function drawOutlines(pen, rows) {
  pen.lineWidth = asThick(1.6);
  const { paths } = outlinesOf(state.place);
  for (const row of rows) {
    pen.strokeStyle = state.colourOf(row);
    pen.stroke(paths.get(row));
  }
}

function drawTrail(pen, row) {
  const from = Math.max(tracks.first_row[cells.track[row]], row - N_TRAIL);
  if (from === row) return;
  pen.lineWidth = asThick(1.3);
  pen.strokeStyle = state.colourOf(row);
  pen.globalAlpha = 0.75;
  pen.beginPath();
  for (let at = from; at <= row; at++) pen.lineTo(cells.x[at] / PARTS_OF_PX, cells.y[at] / PARTS_OF_PX);
  pen.stroke();
  pen.globalAlpha = 1;
}

function drawChosen(pen) {
  const row = rowShown(state.track);
  if (row < 0) return;
  const path = outlinesOf(state.place).paths.get(row);
  for (const [thick, colour] of [[5, "#000000"], [3, CHOSEN]]) {
    pen.lineWidth = asThick(thick);
    pen.strokeStyle = colour;
    pen.stroke(path);
  }
  drawTrail(pen, row);
}

function drawIds(pen, rows) {
  const { view } = state;
  pen.font = `600 ${11 * screen.ratio}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineWidth = 3 * screen.ratio;
  pen.strokeStyle = "rgba(0, 0, 0, 0.8)";
  pen.fillStyle = "#ffffff";
  for (const row of rows) {
    const at = [(cells.x[row] / PARTS_OF_PX) * view.scale + view.left, (cells.y[row] / PARTS_OF_PX) * view.scale + view.top];
    const id = tracks.track_id[cells.track[row]];
    pen.strokeText(id, ...at);
    pen.fillText(id, ...at);
  }
}

function drawScaleBar(pen) {
  if (!facts.pixel_size_um) return;
  const perUm = (state.view.scale * WIDTH) / facts.shape[1] / facts.pixel_size_um;
  const most = (screen.canvas.width * 0.2) / perUm;
  const decade = 10 ** Math.floor(Math.log10(most));
  const length = [5, 2, 1].map((digit) => digit * decade).find((one) => one <= most);
  const { ratio } = screen;
  const [right, base] = [screen.canvas.width - 14 * ratio, screen.canvas.height - 14 * ratio];
  pen.font = `600 ${12 * ratio}px system-ui, sans-serif`;
  pen.textAlign = "right";
  pen.textBaseline = "alphabetic";
  pen.strokeStyle = "rgba(0, 0, 0, 0.75)";
  pen.lineWidth = 3 * ratio;
  pen.fillStyle = "#ffffff";
  pen.strokeText(`${length} µm`, right, base - 8 * ratio);
  pen.fillText(`${length} µm`, right, base - 8 * ratio);
  pen.strokeRect(right - length * perUm, base - 3 * ratio, length * perUm, 3 * ratio);
  pen.fillRect(right - length * perUm, base - 3 * ratio, length * perUm, 3 * ratio);
}

// the row of a track in the frame that is shown; -1 where it is not there
function rowShown(track) {
  const row = track == null ? -1 : rowNear(track, state.place);
  return row >= 0 && cells.place[row] === state.place ? row : -1;
}

// the row of the cell under a pointer; -1 for none
function rowUnder(event) {
  const box = screen.canvas.getBoundingClientRect();
  const x = Math.floor(((event.clientX - box.left) * screen.ratio - state.view.left) / state.view.scale);
  const y = Math.floor(((event.clientY - box.top) * screen.ratio - state.view.top) / state.view.scale);
  if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT) return -1;
  return outlinesOf(state.place).labels[y * WIDTH + x] - 1;
}

function zoomBy(factor, event) {
  const { view } = state;
  if (event) {
    // what is under the pointer stays there
    const box = screen.canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) * screen.ratio, (event.clientY - box.top) * screen.ratio];
    const after = Math.min(Math.max(view.zoom * factor, 1), MOST_ZOOM) / view.zoom;
    view.x += ((x - screen.canvas.width / 2) / view.scale) * (1 - 1 / after);
    view.y += ((y - screen.canvas.height / 2) / view.scale) * (1 - 1 / after);
  }
  view.zoom *= factor;
  paint();
}

function zoomOut() {
  state.view = { ...state.view, zoom: 1 };
  paint();
}

function setPlaying(on) {
  clearInterval(state.timer);
  state.timer = on ? setInterval(() => show({ place: (state.place + 1) % N_SHOWN }), 1000 / FRAMES_PER_S) : null;
  byId("play").textContent = on ? "Pause" : "Play";
  byId("play").setAttribute("aria-pressed", String(on));
}

function listenToMouse() {
  const { canvas } = screen;
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    from = { x: event.clientX, y: event.clientY, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (from && event.buttons && state.view.zoom > 1) {
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (!from.moved && Math.hypot(dx, dy) < 4) return;
      Object.assign(from, { x: event.clientX, y: event.clientY, moved: true });
      state.view.x -= (dx * screen.ratio) / state.view.scale;
      state.view.y -= (dy * screen.ratio) / state.view.scale;
      paint();
    } else if (event.pointerType === "mouse") sayUnder(rowUnder(event));
  });
  canvas.addEventListener("click", (event) => {
    if (from?.moved) return;
    const row = rowUnder(event);
    show({ track: row < 0 ? null : cells.track[row] });
  });
  canvas.addEventListener("dblclick", (event) => zoomBy(2, event));
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && state.view.zoom === 1) return;
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY / 300), event);
  }, { passive: false });
}

function sayUnder(row) {
  const track = row < 0 ? -1 : tracks.track_id[cells.track[row]];
  const measured = state.colour === "lineage" || state.colour === "generation" || row < 0
    ? "" : `, ${named(facts.columns[Number(state.colour)].name)} ${number(column(Number(state.colour))[row])}`;
  byId("under").textContent = row < 0 ? "" : `Track ${track}${measured}.`;
}
