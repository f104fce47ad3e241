// The cell that is chosen: its numbers, its curve, its pictures, its lineage.

const N_CROPS = 24;
const CROP_PX = 68;
const FATE_WORDS = { division: "divides", left: "leaves the frame", lost: "is lost", end: "is there to the end" };
let curve = null;
let ownTree = null;

function showCell() {
  const { track } = state;
  byId("cell-body").hidden = track == null;
  byId("cell-words").hidden = track != null;
  byId("cell-heading").textContent = track == null ? "No cell chosen" : `Track ${tracks.track_id[track]}`;
  if (track == null) return;
  const score = tracks.min_link_score[track];
  const said = {
    frames: `${tracks.first_frame[track]} to ${tracks.last_frame[track]}`,
    seen: many(tracks.n_frames[track], "frame"),
    end: FATE_WORDS[FATES[tracks.fate[track]]],
    lineage: tracks.lineage_id[track],
    generation: tracks.generation[track],
    "lowest link score": number(score),
  };
  if (Number.isFinite(tracks.division_score[track])) said["division score"] = number(tracks.division_score[track]);
  byId("cell-facts").replaceChildren(...Object.entries(said).map(([name, value]) => made("div", {}, made("dt", {}, name), made("dd", {}, String(value)))));
  showRelatives(track);
  showCurve();
  showCrops();
  ownTree.show([founderOf(track)]);
}

function founderOf(track) {
  let founder = track;
  while (trackPlace.has(tracks.parent_track_id[founder])) founder = trackPlace.get(tracks.parent_track_id[founder]);
  return founder;
}

function showRelatives(track) {
  const to = (words, other, frame) => made("button", { type: "button", click: () => show({ track: other, place: placeOf(frame) }) }, `${words} ${tracks.track_id[other]}`);
  const mother = trackPlace.get(tracks.parent_track_id[track]);
  const daughters = children.get(tracks.track_id[track]) ?? [];
  byId("relatives").replaceChildren(
    to("first frame of", track, tracks.first_frame[track]),
    to("last frame of", track, tracks.last_frame[track]),
    ...(mother == null ? [] : [to("mother", mother, tracks.last_frame[mother])]),
    ...daughters.map((one) => to("daughter", one, tracks.first_frame[one])),
    made("button", { type: "button", click: () => { byId("trees").scrollIntoView(); movieTree.reveal(track); } }, "in the lineages"),
  );
}

function showCurve() {
  const choice = Number(byId("curve").value);
  const { track } = state;
  byId("curve-chart").replaceChildren();
  curve = null;
  if (track == null || !facts.columns.length || !tracks.n_shown[track]) return;
  const [first, end] = [tracks.first_row[track], tracks.first_row[track + 1]];
  const [from, to] = [cells.place[first], cells.place[end - 1]];
  // a gap of the track is a gap of the line
  const values = Array(to - from + 1).fill(NaN);
  for (let row = first; row < end; row++) values[cells.place[row] - from] = column(choice)[row];
  curve = chart({
    title: `${named(facts.columns[choice].name)} of track ${tracks.track_id[track]} over frames`,
    xs: facts.frames.slice(from, to + 1),
    lines: [values],
    onPick: (frame) => show({ place: placeOf(frame) }),
  });
  curve.moveTo?.(facts.frames[state.place]);
  byId("curve-chart").append(curve);
}

// the cell in frames spread over its track, all at one scale
async function showCrops() {
  const { track, channel } = state;
  const [first, end] = [tracks.first_row[track], tracks.first_row[track + 1]];
  const n = Math.min(end - first, N_CROPS);
  const rows = Array.from({ length: n }, (_, index) => first + Math.round((index * (end - first - 1)) / Math.max(n - 1, 1)));
  const side = cropSide(rows);
  const strips = rows.map((row) => {
    const canvas = made("canvas", { width: CROP_PX * 2, height: CROP_PX * 2 });
    const frame = facts.frames[cells.place[row]];
    const button = made("button", { type: "button", "data-place": cells.place[row], "aria-label": `Frame ${frame}`, click: () => show({ place: cells.place[row] }) }, canvas, String(frame));
    return { row, canvas, item: made("li", {}, button) };
  });
  byId("crops").replaceChildren(...strips.map((one) => one.item));
  const table = lookUpTable();
  for (const { row, canvas } of strips) {
    const bitmap = await bitmapOf(cells.place[row], channel);
    if (track !== state.track || channel !== state.channel) return;
    drawCrop(canvas, bitmap, row, side, table);
  }
  markCrop();
}

// in pixels of the picture: what holds the largest of the cells, and some of what is around
function cropSide(rows) {
  let most = 8;
  for (const row of rows) {
    const [run, end] = [cells.first_run[row], cells.first_run[row] + cells.runs[row]];
    for (let at = run; at < end; at++) most = Math.max(most, cells.run_length[at]);
    most = Math.max(most, end - run);
  }
  return Math.min(most * 1.6, Math.max(WIDTH, HEIGHT));
}

function drawCrop(canvas, bitmap, row, side, table) {
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#0c0d10";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const [left, top] = [cells.x[row] / PARTS_OF_PX - side / 2, cells.y[row] / PARTS_OF_PX - side / 2];
  pen.drawImage(bitmap, left, top, side, side, 0, 0, canvas.width, canvas.height);
  const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
  const { data } = picture;
  for (let index = 0; index < data.length; index += 4) data[index] = data[index + 1] = data[index + 2] = table[data[index]];
  pen.putImageData(picture, 0, 0);
  const scale = canvas.width / side;
  pen.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
  pen.strokeStyle = state.colourOf(row);
  pen.lineWidth = 2 / scale;
  pen.stroke(outlinesOf(cells.place[row]).paths.get(row));
}

// which of the pictures is of the frame that is shown
function markCrop() {
  for (const button of byId("crops").querySelectorAll("button")) {
    if (Number(button.dataset.place) === state.place) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}
