// Trees of lineages: time downwards, a line a track, a fork a division.

const TREE = { column: 15, top: 10, bottom: 10, left: 42 };
const LOW_SCORE = facts.uncertain_below;

// places of founders -> of each track its column, in the order in which they are drawn
function laidOut(roots) {
  const columns = new Map();
  let next = 0;
  for (const root of roots) {
    // without recursion: lineages may be deep
    const stack = [[root, false]];
    while (stack.length) {
      const [track, done] = stack.pop();
      const daughters = children.get(tracks.track_id[track]) ?? [];
      if (!daughters.length) columns.set(track, next++);
      else if (done) columns.set(track, daughters.reduce((sum, one) => sum + columns.get(one), 0) / daughters.length);
      else stack.push([track, true], ...daughters.toReversed().map((one) => [one, false]));
    }
    next += 0.6;
  }
  return { columns, width: Math.max(next - 0.6, 1) };
}

class Tree {
  // canvas: drawn on; scroller: what is moved sideways where the tree is wider, or null
  constructor(canvas, scroller, height, onPick) {
    Object.assign(this, { canvas, scroller, height, onPick });
    this.layout = { columns: new Map(), width: 1 };
    canvas.addEventListener("click", (event) => this.pick(event));
    canvas.addEventListener("keydown", (event) => this.onKey(event));
    scroller?.addEventListener("scroll", () => this.draw());
  }

  show(roots) {
    this.layout = laidOut(roots);
    this.draw();
  }

  // where things are, in pixels of the canvas
  measure() {
    const wide = this.scroller ? this.scroller.clientWidth : this.canvas.parentElement.clientWidth;
    this.shown = this.scroller ? wide : Math.min(wide - 2, 600);
    const inner = this.shown - TREE.left - 12;
    this.step = Math.min(Math.max(inner / this.layout.width, TREE.column), 46);
    if (!this.scroller) this.step = Math.min(inner / this.layout.width, 46);
    this.whole = Math.max(this.layout.width * this.step + TREE.left + 12, this.shown);
    this.offset = this.scroller ? this.scroller.scrollLeft : 0;
  }

  x(track) {
    return TREE.left + (this.layout.columns.get(track) + 0.5) * this.step - this.offset;
  }

  y(frame) {
    return TREE.top + (frame / Math.max(facts.n_frames, 1)) * (this.height - TREE.top - TREE.bottom);
  }

  draw() {
    if (this.scroller) {
      this.measure();
      this.scroller.firstElementChild.style.width = `${this.whole}px`;
    }
    this.measure();
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.canvas.width = this.shown * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.style.width = `${this.shown}px`;
    this.canvas.style.height = `${this.height}px`;
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "11px system-ui, sans-serif";
    const style = getComputedStyle(document.documentElement);
    this.ink = Object.fromEntries(["ink", "soft", "line", "where", "focus", "card"].map((name) => [name, style.getPropertyValue(`--${name}`)]));
    for (const track of this.layout.columns.keys()) {
      const x = this.x(track);
      if (x > -400 && x < this.shown + 400) this.drawTrack(pen, track, x);
    }
    this.drawTime(pen);
  }

  drawTrack(pen, track, x) {
    const chosen = track === state.track;
    const daughters = children.get(tracks.track_id[track]) ?? [];
    const end = daughters.length ? tracks.first_frame[daughters[0]] : tracks.last_frame[track] + 1;
    pen.strokeStyle = chosen ? this.ink.focus : this.colourOf(track);
    pen.lineWidth = chosen ? 5 : 2;
    pen.beginPath();
    pen.moveTo(x, this.y(tracks.first_frame[track]));
    pen.lineTo(x, this.y(end));
    if (daughters.length) {
      pen.moveTo(this.x(daughters[0]), this.y(end));
      pen.lineTo(this.x(daughters[daughters.length - 1]), this.y(end));
    }
    pen.stroke();
    const score = tracks.division_score[track];
    if (daughters.length && Number.isFinite(score)) this.drawScore(pen, score, x, this.y(end));
  }

  drawScore(pen, score, x, y) {
    const low = score < LOW_SCORE;
    pen.fillStyle = low ? this.ink.where : this.ink.soft;
    pen.beginPath();
    pen.arc(x, y, low ? 4.5 : 3, 0, 7);
    pen.fill();
    if (this.step < 22) return;
    pen.lineWidth = 4;
    pen.strokeStyle = this.ink.card;
    pen.strokeText(score.toFixed(2), x + 5, y - 5);
    pen.fillText(score.toFixed(2), x + 5, y - 5);
  }

  // the colour in the middle of the track, so that columns can be seen in the tree
  colourOf(track) {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const middle = (tracks.first_row[track] + tracks.first_row[track + 1]) >> 1;
    if (tracks.n_shown[track] === 0) return this.ink.soft;
    const colour = state.colourOf(middle);
    return dark ? colour : `color-mix(in srgb, ${colour} 72%, black)`;
  }

  drawTime(pen) {
    pen.fillStyle = this.ink.card;
    pen.fillRect(0, 0, TREE.left - 6, this.height);
    pen.fillStyle = this.ink.soft;
    pen.textAlign = "right";
    for (const frame of ticks(0, Math.max(facts.n_frames - 1, 1), 6).filter(Number.isInteger)) pen.fillText(frame, TREE.left - 10, this.y(frame) + 4);
    pen.textAlign = "left";
    const y = this.y(facts.frames[state.place] + 0.5);
    pen.strokeStyle = this.ink.where;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(TREE.left - 6, y);
    pen.lineTo(this.shown, y);
    pen.stroke();
  }

  pick(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const frame = ((y - TREE.top) / (this.height - TREE.top - TREE.bottom)) * facts.n_frames;
    let [best, least] = [null, 14];
    for (const track of this.layout.columns.keys()) {
      const outside = Math.max(tracks.first_frame[track] - frame, frame - tracks.last_frame[track] - 1, 0);
      const distance = Math.abs(this.x(track) - x) + 3 * (this.y(outside) - this.y(0));
      if (distance < least) [best, least] = [track, distance];
    }
    if (best != null) this.onPick(best, Math.min(Math.max(Math.floor(frame), tracks.first_frame[best]), tracks.last_frame[best]));
  }

  onKey(event) {
    const order = [...this.layout.columns.keys()].sort((one, other) => this.layout.columns.get(one) - this.layout.columns.get(other));
    const at = order.indexOf(state.track);
    const daughters = children.get(tracks.track_id[state.track]) ?? [];
    const next = {
      ArrowUp: trackPlace.get(tracks.parent_track_id[state.track]),
      ArrowDown: daughters[0],
      ArrowLeft: order[Math.max(at - 1, 0)],
      ArrowRight: order[Math.min(at + 1, order.length - 1)],
    };
    if (!(event.key in next)) return;
    event.preventDefault();
    const track = next[event.key];
    if (track != null) this.onPick(track, tracks.first_frame[track], true);
  }

  // bring a track into view
  reveal(track) {
    if (!this.scroller || !this.layout.columns.has(track)) return;
    const x = this.x(track);
    if (x < TREE.left + 10 || x > this.shown - 30) this.scroller.scrollLeft += x - this.shown / 2;
  }
}
