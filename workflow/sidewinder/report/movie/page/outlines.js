// The outlines of the cells of a frame, from their runs of pixels.

const outlinesKnown = new Map();
const MOST_OUTLINES = 60;

// labels: of each pixel 1 + the row of its cell, or 0; paths: of each row its outline in pixels of the picture
function outlinesOf(place) {
  if (!outlinesKnown.has(place)) {
    if (outlinesKnown.size >= MOST_OUTLINES) outlinesKnown.delete(outlinesKnown.keys().next().value);
    outlinesKnown.set(place, traced(place));
  }
  return outlinesKnown.get(place);
}

function traced(place) {
  const labels = new Int32Array(WIDTH * HEIGHT);
  const rows = rowsOfFrame(place);
  const runsOf = (row) => [cells.first_run[row], cells.first_run[row] + cells.runs[row]];
  for (const row of rows) {
    for (let [run, end] = runsOf(row); run < end; run++) {
      const start = cells.run_row[run] * WIDTH + cells.run_start[run];
      labels.fill(row + 1, start, start + cells.run_length[run]);
    }
  }
  const seen = new Uint8Array(WIDTH * HEIGHT);
  const paths = new Map();
  for (const row of rows) {
    const path = new Path2D();
    for (let [run, end] = runsOf(row); run < end; run++) {
      const y = cells.run_row[run];
      const x = cells.run_start[run];
      if (!seen[y * WIDTH + x] && (y === 0 || labels[(y - 1) * WIDTH + x] !== row + 1)) follow(labels, seen, row + 1, x, y, path);
    }
    paths.set(row, path);
  }
  return { labels, paths };
}

// go around a cell, which lies on the right hand, and join the middles of the sides of its pixels, rounded
function follow(labels, seen, label, startX, startY, path) {
  const is = (x, y) => x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT && labels[y * WIDTH + x] === label;
  let [x, y, dx, dy] = [startX, startY, 1, 0];
  const points = [];
  do {
    if (dx === 1) seen[y * WIDTH + x] = 1;
    points.push([x + dx / 2, y + dy / 2]);
    x += dx;
    y += dy;
    // the pixels ahead, to the left and to the right of the way
    const ahead = pixelsAhead(x, y, dx, dy);
    if (is(...ahead.left)) [dx, dy] = [dy, -dx];
    else if (!is(...ahead.right)) [dx, dy] = [-dy, dx];
  } while (x !== startX || y !== startY || dx !== 1 || dy !== 0);
  const between = ([x0, y0], [x1, y1]) => [(x0 + x1) / 2, (y0 + y1) / 2];
  path.moveTo(...between(points[points.length - 1], points[0]));
  points.forEach((point, index) => path.quadraticCurveTo(...point, ...between(point, points[(index + 1) % points.length])));
  path.closePath();
}

// a corner (x, y) lies between the pixels x - 1 and x, y - 1 and y
function pixelsAhead(x, y, dx, dy) {
  if (dx === 1) return { left: [x, y - 1], right: [x, y] };
  if (dx === -1) return { left: [x - 1, y], right: [x - 1, y - 1] };
  if (dy === 1) return { left: [x, y], right: [x - 1, y] };
  return { left: [x - 1, y - 1], right: [x, y - 1] };
}
