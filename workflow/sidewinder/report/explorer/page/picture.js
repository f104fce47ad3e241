// What the network looks at: a window of a frame of the movie or of a picture of one's own, as grey values.
//
// A look is {name, grey (C, H, W) of the window, shape [C, H, W], region [y, x, h, w] in the window, black, scale (what
// the network's input is made by), white (what is shown as white; one a channel each), frame (index in facts.frames, or
// null), truth (labels of the region, or null)}.

const HALO = architecture.halo_px;
const STRIDE = architecture.stride_px;

function lookAtFrame(index) {
  const frame = facts.frames[index];
  const { data, shape } = arrayOf(`frame${index}/window`);
  const grey = new Float32Array(data.length);
  const plane = shape[1] * shape[2];
  for (let at = 0; at < data.length; at++) {
    const channel = Math.floor(at / plane);
    grey[at] = data[at] * frame.window_scale[channel] + frame.window_offset[channel];
  }
  const { black, scale, white, region } = frame;
  const truth = arrayOf(`frame${index}/truth`);
  return { name: `frame ${frame.number}`, grey, shape, region, black, scale, white, frame: index, truth: truth?.data ?? null };
}

// a picture of one's own: {name, planes: [Float32Array of each channel], height, width}
function lookAtPicture(picture, sidePx, centre) {
  const { planes, height, width } = picture;
  const [top, bottom] = regionOfAxis(centre[0], sidePx, height);
  const [left, right] = regionOfAxis(centre[1], sidePx, width);
  const rows = windowOfAxis(top, bottom, height);
  const columns = windowOfAxis(left, right, width);
  const grey = new Float32Array(planes.length * rows.length * columns.length);
  let at = 0;
  for (const plane of planes) {
    for (const row of rows) for (const column of columns) grey[at++] = plane[row * width + column];
  }
  return {
    name: picture.name,
    grey,
    shape: [planes.length, rows.length, columns.length],
    region: [HALO, HALO, bottom - top, right - left],
    ...limitsOf(picture),
    frame: null,
    truth: null,
    inPicture: [top, left, bottom - top, right - left],
  };
}

// from where to where along an axis; begins on the grid that pooling lays over the picture
function regionOfAxis(centre, side, size) {
  const latest = Math.max(size - side, 0);
  const start = Math.min(Math.max(Math.round(centre - side / 2), 0), latest);
  const onGrid = Math.floor(start / STRIDE) * STRIDE;
  return [onGrid, Math.min(onGrid + side, size)];
}

// which pixels of an axis a window holds: mirrored beyond the edges, like the pipeline's
function windowOfAxis(start, stop, size) {
  const last = Math.ceil(stop / STRIDE) * STRIDE + HALO;
  const period = Math.max(2 * (size - 1), 1);
  const pixels = [];
  for (let pixel = start - HALO; pixel < last; pixel++) {
    const folded = ((pixel % period) + period) % period;
    pixels.push(size > 1 ? Math.min(folded, period - folded) : 0);
  }
  return pixels;
}

// the picture at another size: linear where it grows, an average where it shrinks (sidewinder.infer.rescale)
function resized(picture, factor) {
  if (factor === 1) return picture;
  const height = Math.max(Math.round(picture.height * factor), 1);
  const width = Math.max(Math.round(picture.width * factor), 1);
  const rows = weightsOfAxis(picture.height, height);
  const columns = weightsOfAxis(picture.width, width);
  const planes = picture.planes.map((plane) => {
    const tall = new Float32Array(height * picture.width);
    rows.forEach((taken, row) => {
      for (const [from, weight] of taken) {
        for (let x = 0; x < picture.width; x++) tall[row * picture.width + x] += weight * plane[from * picture.width + x];
      }
    });
    const made = new Float32Array(height * width);
    for (let row = 0; row < height; row++) {
      columns.forEach((taken, column) => {
        let sum = 0;
        for (const [from, weight] of taken) sum += weight * tall[row * picture.width + from];
        made[row * width + column] = sum;
      });
    }
    return made;
  });
  return { ...picture, planes, height, width };
}

function weightsOfAxis(size, newSize) {
  const ratio = size / newSize;
  const reach = Math.max(ratio, 1);
  return Array.from({ length: newSize }, (_, index) => {
    const centre = (index + 0.5) * ratio - 0.5;
    const taken = [];
    for (let from = Math.max(Math.ceil(centre - reach), 0); from <= Math.min(centre + reach, size - 1); from++) {
      const weight = 1 - Math.abs(from - centre) / reach;
      if (weight > 0) taken.push([from, weight]);
    }
    const sum = taken.reduce((total, [, weight]) => total + weight, 0);
    return taken.map(([from, weight]) => [from, weight / sum]);
  });
}

// brightness, of what is above black, in powers of two, noise as a share of the range from black to white, blur as a sigma
// in pixels
function changed(look, { brightness, noise, blur }) {
  if (!brightness && !noise && !blur) return look;
  const [channels, height, width] = look.shape;
  const plane = height * width;
  const grey = look.grey.slice();
  const random = gaussian(1);
  for (let channel = 0; channel < channels; channel++) {
    const values = grey.subarray(channel * plane, (channel + 1) * plane);
    if (blur) blurInPlace(values, height, width, blur);
    const black = look.black[channel];
    const range = look.white[channel] - black;
    for (let at = 0; at < plane; at++) {
      values[at] = black + (values[at] - black) * 2 ** brightness + (noise ? random() * noise * range : 0);
    }
  }
  return { ...look, grey };
}

// normally distributed numbers, the same each time
function gaussian(seed) {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function blurInPlace(values, height, width, sigma) {
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, index) => Math.exp(-((index - reach) ** 2) / (2 * sigma ** 2)));
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  const line = new Float32Array(Math.max(height, width));
  const along = (start, step, size) => {
    for (let at = 0; at < size; at++) {
      let total = 0;
      for (let offset = -reach; offset <= reach; offset++) {
        const from = Math.min(Math.max(at + offset, 0), size - 1);
        total += kernel[offset + reach] * values[start + from * step];
      }
      line[at] = total / sum;
    }
    for (let at = 0; at < size; at++) values[start + at * step] = line[at];
  };
  for (let row = 0; row < height; row++) along(row * width, 1, width);
  for (let column = 0; column < width; column++) along(column, width, height);
}

// a dropped file -> a picture with as many channels as the network takes; 8 and 16 bits keep their grey values
async function readPicture(file) {
  const read = await decoded(file);
  const wanted = architecture.in_channels;
  let { planes } = read;
  // a grey picture that was saved in colour
  if (wanted === 1 && planes.length >= 3) planes = [mean(planes.slice(0, 3))];
  if (planes.length < wanted) {
    throw new Error(`${file.name} has ${planes.length} channel${planes.length > 1 ? "s" : ""}, and this model takes ${wanted}.`);
  }
  if (read.width * read.height > 64e6) throw new Error(`${file.name} has more than 64 million pixels; cut a part of it out.`);
  return { name: file.name, height: read.height, width: read.width, planes: planes.slice(0, wanted) };
}

async function decoded(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    return isTiff(bytes) ? readTiff(bytes) : (readGreyPng(bytes) ?? (await readByBrowser(file)));
  } catch {
    throw new Error(`${file.name} cannot be read: PNG, JPEG and TIFF can, if they are whole.`);
  }
}

const isTiff = (bytes) => (bytes[0] === 0x49 && bytes[1] === 0x49) || (bytes[0] === 0x4d && bytes[1] === 0x4d);
const isPng = (bytes) => bytes[0] === 0x89 && bytes[1] === 0x50;

function readTiff(bytes) {
  const pages = images.decodeTiff(bytes);
  const [page] = pages;
  const { width, height } = page;
  // channels side by side in a pixel, else one a page
  const samples = page.data.length / (width * height);
  const sources = samples > 1 ? [page] : pages.slice(0, architecture.in_channels);
  return { width, height, planes: sources.flatMap((source) => planesOf(source.data, samples)) };
}

// a browser hands 16 bits over as 8, and knows palettes and fewer bits better
function readGreyPng(bytes) {
  if (!isPng(bytes)) return null;
  const png = images.decodePng(bytes);
  return png.palette || png.depth < 8 ? null : readPng(png);
}

function readPng({ width, height, data, channels }) {
  const planes = planesOf(data, channels);
  // transparency is no channel of a microscope
  return { width, height, planes: channels % 2 ? planes : planes.slice(0, -1) };
}

async function readByBrowser(file) {
  const bitmap = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return { width: bitmap.width, height: bitmap.height, planes: planesOf(data, 4).slice(0, 3) };
}

function planesOf(data, channels) {
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Float32Array(data.length / channels);
    for (let at = 0; at < plane.length; at++) plane[at] = data[at * channels + channel];
    return plane;
  });
}

const mean = (planes) => planes[0].map((_, at) => planes.reduce((sum, plane) => sum + plane[at], 0) / planes.length);
