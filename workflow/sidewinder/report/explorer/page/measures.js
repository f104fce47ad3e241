// Numbers of masks: overlap, boundary score, connected pieces, outlines. A mask is a Uint8Array of 0 and 1, row by row.

// what the stage keeps of probabilities (K, h, w): 255 times those of all classes but the background, rounded
function mapsOf(probabilities, area) {
  const maps = new Uint8Array(2 * area);
  for (let at = 0; at < maps.length; at++) maps[at] = roundHalfEven(255 * probabilities[at + area]);
  return maps;
}

function roundHalfEven(value) {
  const whole = Math.floor(value);
  const rest = value - whole;
  return rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
}

// cell and border together, as the stage `instances` takes them
function foregroundOf(maps, threshold) {
  const area = maps.length / 2;
  const least = Math.ceil(255 * threshold);
  const mask = new Uint8Array(area);
  for (let at = 0; at < area; at++) mask[at] = maps[at] + maps[at + area] >= least ? 1 : 0;
  return mask;
}

// where the class cell alone is probable
function seedsOf(maps, foreground, threshold) {
  const least = Math.max(Math.ceil(255 * threshold), 1);
  return foreground.map((inside, at) => (inside && maps[at] >= least ? 1 : 0));
}

function unpacked(bytes, area) {
  const mask = new Uint8Array(area);
  for (let at = 0; at < area; at++) mask[at] = (bytes[at >> 3] >> (7 - (at & 7))) & 1;
  return mask;
}

function overlap(one, other) {
  let [both, either] = [0, 0];
  for (let at = 0; at < one.length; at++) {
    both += one[at] & other[at];
    either += one[at] | other[at];
  }
  return either ? both / either : 1;
}

// pixels of a mask that have a pixel outside of it beside them
function outlineOf(mask, height, width) {
  const line = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (!mask[at]) continue;
      const open =
        (y > 0 && !mask[at - width]) || (y < height - 1 && !mask[at + width]) ||
        (x > 0 && !mask[at - 1]) || (x < width - 1 && !mask[at + 1]);
      line[at] = open ? 1 : 0;
    }
  }
  return line;
}

// F1 of the pixels on outlines that have a pixel of the other's within one pixel (Csurka et al. 2013)
function boundaryScore(one, other, height, width) {
  const lines = [one, other].map((mask) => outlineOf(mask, height, width));
  const counts = lines.map((line) => line.reduce((sum, value) => sum + value, 0));
  if (!counts[0] || !counts[1]) return counts[0] === counts[1] ? 1 : 0;
  const met = lines.map((line, index) => {
    const near = besides(lines[1 - index], height, width);
    return line.reduce((sum, value, at) => sum + (value & near[at]), 0) / counts[index];
  });
  return met[0] + met[1] ? (2 * met[0] * met[1]) / (met[0] + met[1]) : 0;
}

// a mask and the four neighbours of its pixels
function besides(mask, height, width) {
  const wide = mask.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (!mask[at]) continue;
      if (y > 0) wide[at - width] = 1;
      if (y < height - 1) wide[at + width] = 1;
      if (x > 0) wide[at - 1] = 1;
      if (x < width - 1) wide[at + 1] = 1;
    }
  }
  return wide;
}

// connected pieces of a mask, neighbours above, below and beside
function countPieces(mask, height, width) {
  const seen = new Uint8Array(mask.length);
  const stack = [];
  let count = 0;
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || seen[start]) continue;
    count++;
    seen[start] = 1;
    stack.push(start);
    while (stack.length) {
      const at = stack.pop();
      const x = at % width;
      const beside = [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, at - width, at + width];
      for (const next of beside) {
        if (next >= 0 && next < mask.length && mask[next] && !seen[next]) {
          seen[next] = 1;
          stack.push(next);
        }
      }
    }
  }
  return count;
}
