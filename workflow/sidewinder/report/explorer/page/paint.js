// Pixels onto canvases.

// dark to light through purple and orange: one value more, one step lighter, for colour-blind people, too (after magma)
const RAMP = [[0, 0, 4], [40, 17, 89], [101, 26, 128], [158, 47, 127], [212, 72, 104], [246, 112, 92], [254, 173, 119], [253, 231, 171]];
const COLOURS = Array.from({ length: 256 }, (_, value) => {
  const place = (value / 255) * (RAMP.length - 1);
  const below = Math.min(Math.floor(place), RAMP.length - 2);
  return RAMP[below].map((start, channel) => Math.round(start + (place - below) * (RAMP[below + 1][channel] - start)));
});
const NOW = "rgb(255, 140, 50)";
const WHOLE = "rgb(86, 180, 233)";
const TRUTH = "rgb(0, 200, 130)";
const CELL = [255, 205, 90];
const BORDER = [70, 150, 255];
// neighbours differ
const LABELS = [[230, 159, 0], [86, 180, 233], [240, 228, 66], [0, 191, 140], [255, 112, 67], [214, 140, 190], [153, 221, 255], [187, 204, 51]];

// a picture of height x width pixels, each painted by colourOf(index) -> [red, green, blue]
function painted(height, width, colourOf) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let at = 0; at < height * width; at++) {
    const [red, green, blue] = colourOf(at);
    image.data.set([red, green, blue, 255], 4 * at);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// put a picture on a visible canvas, enlarged so that lines between pixels are fine
function show(canvas, picture, zoom, smooth = true) {
  [canvas.width, canvas.height] = [picture.width * zoom, picture.height * zoom];
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = smooth;
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return context;
}

// one channel of a look in grey, as the eye likes it: from the network's black to white, darks lifted
function greyPicture(look, channel, [y, x, height, width]) {
  const [, tall, wide] = look.shape;
  const [black, white] = [look.black[channel], look.white[channel]];
  const factor = white > black ? 1 / (white - black) : 0;
  return painted(height, width, (at) => {
    const row = y + Math.floor(at / width);
    const grey = look.grey[(channel * tall + row) * wide + x + (at % width)];
    const value = 255 * Math.min(Math.max((grey - black) * factor, 0), 1) ** 0.7;
    return [value, value, value];
  });
}

// several channels: red, green, blue add up
function lookPicture(look, box) {
  if (look.shape[0] === 1) return greyPicture(look, 0, box);
  const pictures = [0, 1, 2].slice(0, look.shape[0]).map((channel) => greyPicture(look, channel, box));
  const pixels = pictures.map((picture) => picture.getContext("2d").getImageData(0, 0, picture.width, picture.height).data);
  return painted(box[2], box[3], (at) => [0, 1, 2].map((channel) => pixels[channel]?.[4 * at] ?? 0));
}

// the edges between pixels in and out of a mask, as lines
function strokeMask(context, mask, height, width, zoom, colour, thick, dashed = false) {
  strokeEdges(context, height, width, zoom, colour, thick, dashed, (at, next) => mask[at] !== mask[next]);
}

function strokeLabels(context, labels, height, width, zoom, colour, thick) {
  strokeEdges(context, height, width, zoom, colour, thick, false, (at, next) => labels[at] !== labels[next]);
}

function strokeEdges(context, height, width, zoom, colour, thick, dashed, differ) {
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.setLineDash(dashed ? [6, 4] : []);
  context.beginPath();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (x + 1 < width && differ(at, at + 1)) {
        context.moveTo((x + 1) * zoom, y * zoom);
        context.lineTo((x + 1) * zoom, (y + 1) * zoom);
      }
      if (y + 1 < height && differ(at, at + width)) {
        context.moveTo(x * zoom, (y + 1) * zoom);
        context.lineTo((x + 1) * zoom, (y + 1) * zoom);
      }
    }
  }
  context.stroke();
  context.restore();
}

// probabilities of cell and border over dark, mixed by how probable they are
function chancesPicture(maps, height, width) {
  const area = height * width;
  return painted(height, width, (at) => {
    const [cell, border] = [maps[at] / 255, maps[at + area] / 255];
    return [0, 1, 2].map((channel) => 16 + cell * (CELL[channel] - 16) + border * (BORDER[channel] - 16));
  });
}

function maskPicture(mask, height, width, colour) {
  return painted(height, width, (at) => (mask[at] ? colour : [22, 22, 26]));
}

function labelsPicture(labels, height, width) {
  return painted(height, width, (at) => (labels[at] ? LABELS[labels[at] % LABELS.length] : [22, 22, 26]));
}

// where a pointer is on a canvas, in pixels of a picture of this size; null outside
function pixelAt(event, canvas, height, width) {
  const box = canvas.getBoundingClientRect();
  const y = Math.floor(((event.clientY - box.top) / box.height) * height);
  const x = Math.floor(((event.clientX - box.left) / box.width) * width);
  return y >= 0 && x >= 0 && y < height && x < width ? [y, x] : null;
}
