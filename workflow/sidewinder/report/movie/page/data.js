// What the page carries: facts, tables and pictures.

const facts = JSON.parse(document.getElementById("facts").textContent);
const [HEIGHT, WIDTH] = facts.picture_shape;
const N_SHOWN = facts.frames.length;
const PARTS_OF_PX = 8;
const FATES = ["division", "left", "lost", "end"];

// base64 in a script element -> bytes, which the browser decodes faster than a script would
async function bytesOf(id, zipped) {
  const element = document.getElementById(id);
  const carried = await fetch(`data:application/octet-stream;base64,${element.textContent.trim()}`);
  element.remove();
  const stream = zipped ? carried.body.pipeThrough(new DecompressionStream("gzip")) : carried.body;
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const KINDS = { uint8: Uint8Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array };
let arrayBytes = null;
let pictureBytes = null;

function arrayOf(name) {
  const { start, dtype, shape } = facts.arrays[name];
  const kind = KINDS[dtype];
  const size = shape.reduce((product, side) => product * side, 1);
  return new kind(arrayBytes.slice(start, start + size * kind.BYTES_PER_ELEMENT).buffer);
}

// whole numbers from the differences between neighbours: low bytes first, then high ones
function decoded(name) {
  const bytes = arrayOf(name);
  const size = bytes.length / 2;
  const values = new Uint16Array(size);
  for (let index = 0, value = 0; index < size; index++) {
    const folded = bytes[index] | (bytes[size + index] << 8);
    value = (value + ((folded >>> 1) ^ -(folded & 1))) & 65535;
    values[index] = value;
  }
  return values;
}

// of tracks by their place in the table of tracks; of cells by their row, sorted by track and frame
const tracks = {};
const cells = {};
const trackPlace = new Map();
const children = new Map();

async function unpack() {
  arrayBytes = await bytesOf("arrays", true);
  pictureBytes = await bytesOf("pictures", false);
  for (const name of ["track_id", "parent_track_id", "lineage_id", "generation", "first_frame", "last_frame", "n_frames",
    "division_score", "min_link_score", "fate", "n_shown"]) tracks[name] = arrayOf(name);
  tracks.first_row = new Int32Array(tracks.track_id.length + 1);
  tracks.track_id.forEach((track, place) => {
    trackPlace.set(track, place);
    tracks.first_row[place + 1] = tracks.first_row[place] + tracks.n_shown[place];
    const parent = tracks.parent_track_id[place];
    if (parent) children.set(parent, [...(children.get(parent) ?? []), place]);
  });
  for (const name of ["place", "y", "x", "runs"]) cells[name] = decoded(name);
  cells.track = new Int32Array(cells.place.length);
  tracks.n_shown.forEach((n, place) => cells.track.fill(place, tracks.first_row[place], tracks.first_row[place] + n));
  sortByFrame();
  for (const name of ["run_row", "run_start", "run_length"]) cells[name] = decoded(name);
  const sizes = arrayOf("picture_bytes");
  cells.picture = new Float64Array(sizes.length + 1);
  sizes.forEach((size, index) => (cells.picture[index + 1] = cells.picture[index] + size));
}

// rows of each frame, by track; and where the runs of each row begin
function sortByFrame() {
  const first = new Int32Array(N_SHOWN + 1);
  for (const place of cells.place) first[place + 1]++;
  for (let place = 0; place < N_SHOWN; place++) first[place + 1] += first[place];
  const next = first.slice();
  cells.by_frame = new Int32Array(cells.place.length);
  cells.place.forEach((place, row) => (cells.by_frame[next[place]++] = row));
  cells.first_of_frame = first;
  cells.first_run = new Int32Array(cells.place.length);
  let run = 0;
  for (const row of cells.by_frame) {
    cells.first_run[row] = run;
    run += cells.runs[row];
  }
}

const rowsOfFrame = (place) => cells.by_frame.subarray(cells.first_of_frame[place], cells.first_of_frame[place + 1]);

// a column's values by row; NaN where the table is empty
const columnsKnown = new Map();
function column(index) {
  if (!columnsKnown.has(index)) {
    const { low, size } = facts.columns[index];
    const steps = decoded(`column${index}`);
    columnsKnown.set(index, Float64Array.from(steps, (step) => (step ? low + (step - 1) * size : NaN)));
  }
  return columnsKnown.get(index);
}

// the row of a track in a frame, or in the nearest one in which it is shown; -1 for none
function rowNear(track, place) {
  let best = -1;
  for (let row = tracks.first_row[track]; row < tracks.first_row[track + 1]; row++) {
    if (best < 0 || Math.abs(cells.place[row] - place) < Math.abs(cells.place[best] - place)) best = row;
  }
  return best;
}

// the place among the frames that are shown that is nearest to a frame of the movie
function placeOf(frame) {
  const after = facts.frames.findIndex((shown) => shown >= frame);
  if (after < 0) return N_SHOWN - 1;
  return after && frame - facts.frames[after - 1] <= facts.frames[after] - frame ? after - 1 : after;
}

// the picture of a frame, decoded; the latest are kept
const bitmaps = new Map();
const MOST_BITMAPS = 80;
function bitmapOf(place, channel) {
  const index = place * facts.channels.length + channel;
  if (!bitmaps.has(index)) {
    const bytes = pictureBytes.subarray(cells.picture[index], cells.picture[index + 1]);
    if (bitmaps.size >= MOST_BITMAPS) bitmaps.delete(bitmaps.keys().next().value);
    bitmaps.set(index, createImageBitmap(new Blob([bytes], { type: "image/webp" })));
  }
  return bitmaps.get(index);
}

// when a frame was taken, as people say it
function clock(place) {
  const seconds = facts.times_s?.[place];
  if (seconds == null) return "";
  const last = facts.times_s[N_SHOWN - 1];
  const pad = (value) => String(value).padStart(2, "0");
  if (last < 120) return `${number(seconds)} s`;
  const whole = Math.round(seconds);
  return last < 7200 ? `${Math.floor(whole / 60)}:${pad(whole % 60)} min` : `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)} h`;
}
