// The network, off the page's own thread: block by block, so that every map can be looked at, every block has its time,
// and a skip connection that is switched computes again only what comes after it.
"use strict";

let ort;
let architecture;
const sessions = new Map();
// what has been computed of the present picture: name of a tensor -> {tensor, y, x}, where y and x say which pixel of its
// level in the window its first one is
let known = new Map();
let look = null;
let decodedWith = null;
let times = {};

const answers = {
  async prepare({ runtime, binary, network, pieces, architecture: its }) {
    ort = await import(URL.createObjectURL(new Blob([runtime], { type: "text/javascript" })));
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = binary;
    ort.env.logLevel = "error";
    architecture = its;
    for (const piece of pieces) {
      const bytes = network.slice(piece.start, piece.start + piece.size);
      const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
      sessions.set(piece.id, { session, ...piece });
    }
    return {};
  },

  async contract({ grey, shape, black, scale, region }) {
    known = new Map();
    look = { shape, region };
    decodedWith = null;
    times = {};
    const perChannel = (values) => new ort.Tensor("float32", Float32Array.from(values), [1, values.length, 1, 1]);
    keep("image", new ort.Tensor("float32", grey, [1, ...shape]), 0, 0);
    keep("black", perChannel(black), 0, 0);
    keep("scale", perChannel(scale), 0, 0);
    await run("normalize");
    for (let level = 0; level <= architecture.depth; level++) await run(`contract${level}`);
    return { times };
  },

  async expand({ skips }) {
    const { depth } = architecture;
    // what lies below the coarsest switch that changed stays as it is
    let from = depth - 1;
    if (decodedWith) {
      from = Math.max(...skips.map((on, level) => (on === decodedWith[level] ? -1 : level)));
    }
    const parts = neededParts(architecture.depth, look.region, look.shape);
    for (let level = from; level >= 0; level--) await expandLevel(level, skips[level], parts);
    if (from >= 0) await run("last");
    decodedWith = [...skips];
    return { times, probabilities: cut("probabilities", 0).data };
  },

  // a map's channels, cut to the region
  maps({ name }) {
    return cut(name, levelOf(name));
  },

  // small pictures of the strongest channels of some maps
  strips({ names, count, side }) {
    return Object.fromEntries(names.map((name) => [name, strip(cut(name, levelOf(name)), count, side)]));
  },
};

async function expandLevel(level, on, parts) {
  const { depth } = architecture;
  const below = level + 1 === depth ? `contract${depth}` : `expand${level + 1}`;
  const [rows, columns] = parts[level + 1];
  await run(`up${level}`, { [below]: part(below, rows, columns) }, 2 * rows[0], 2 * columns[0]);
  const feeds = { [`up${level}`]: known.get(`up${level}`).tensor };
  if (architecture.skips[level]) {
    const detail = part(`contract${level}`, rows.map((px) => 2 * px), columns.map((px) => 2 * px));
    feeds[`contract${level}`] = on ? detail : new ort.Tensor("float32", new Float32Array(detail.size), detail.dims);
  }
  await run(`expand${level}`, feeds, 2 * rows[0], 2 * columns[0]);
  // the outermost pixels of a part saw zeros in place of what lies around it
  const name = `expand${level}`;
  const [ownRows, ownColumns] = parts[level];
  keep(name, part(name, ownRows, ownColumns), ownRows[0], ownColumns[0]);
}

async function run(id, feeds, y, x) {
  const piece = sessions.get(id);
  if (!feeds) {
    feeds = Object.fromEntries(piece.inputs.map((name) => [name, known.get(name).tensor]));
    ({ y, x } = known.get(piece.inputs[0]));
  }
  const start = performance.now();
  const results = await piece.session.run(feeds);
  times[id] = performance.now() - start;
  for (const [name, tensor] of Object.entries(results)) keep(name, tensor, y, x);
}

function keep(name, tensor, y, x) {
  known.set(name, { tensor, y, x });
}

const levelOf = (name) => (/\d/.test(name) ? Number(name.match(/\d+/)[0]) : 0);

// of each level, which rows and columns of its result the region needs (Architecture.needed)
function neededParts(depth, [y, x, height, width], shape) {
  const axes = [needed(depth, y, y + height, shape[1]), needed(depth, x, x + width, shape[2])];
  return axes[0].map((rows, level) => [rows, axes[1][level]]);
}

function needed(depth, start, stop, size) {
  const intervals = [[start, stop]];
  for (let level = 0; level < depth; level++) {
    [start, stop] = [Math.max(start - 2, 0), Math.min(stop + 2, size)];
    [start, stop, size] = [Math.floor(start / 2), Math.ceil(stop / 2), size / 2];
    intervals.push([start, stop]);
  }
  return intervals;
}

// rows and columns of a tensor, counted in its level of the window
function part(name, rows, columns) {
  const { tensor, y, x } = known.get(name);
  const [, channels, height, width] = tensor.dims;
  const [top, bottom, left, right] = [rows[0] - y, rows[1] - y, columns[0] - x, columns[1] - x];
  if (top === 0 && left === 0 && bottom === height && right === width) return tensor;
  const [tall, wide] = [bottom - top, right - left];
  const values = new Float32Array(channels * tall * wide);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < tall; row++) {
      const from = (channel * height + row + top) * width + left;
      values.set(tensor.data.subarray(from, from + wide), (channel * tall + row) * wide);
    }
  }
  return new ort.Tensor("float32", values, [1, channels, tall, wide]);
}

// a tensor's values in the region
function cut(name, level) {
  const [y, x, height, width] = look.region;
  const shrink = 2 ** level;
  const rows = [Math.floor(y / shrink), Math.ceil((y + height) / shrink)];
  const columns = [Math.floor(x / shrink), Math.ceil((x + width) / shrink)];
  const piece = part(name, rows, columns);
  return { data: piece.data.slice(), shape: piece.dims.slice(1), y: rows[0], x: columns[0] };
}

function strip({ data, shape: [channels, height, width] }, count, side) {
  const area = height * width;
  const spread = [];
  for (let channel = 0; channel < channels; channel++) {
    let [sum, squares] = [0, 0];
    for (let index = channel * area; index < (channel + 1) * area; index++) {
      sum += data[index];
      squares += data[index] * data[index];
    }
    spread.push([squares / area - (sum / area) ** 2, channel]);
  }
  spread.sort((one, other) => other[0] - one[0]);
  return spread.slice(0, count).map(([, channel]) => ({
    channel,
    pixels: shrunk(data.subarray(channel * area, (channel + 1) * area), height, width, side),
  }));
}

// nearest pixels, stretched from the smallest to the largest value
function shrunk(values, height, width, side) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const pixels = new Uint8Array(side * side);
  const factor = high > low ? 255 / (high - low) : 0;
  for (let row = 0; row < side; row++) {
    const from = Math.floor(((row + 0.5) * height) / side) * width;
    for (let column = 0; column < side; column++) {
      pixels[row * side + column] = (values[from + Math.floor(((column + 0.5) * width) / side)] - low) * factor;
    }
  }
  return pixels;
}

onmessage = async ({ data: { call, question, id } }) => {
  try {
    postMessage({ id, answer: await answers[question](call) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
};
