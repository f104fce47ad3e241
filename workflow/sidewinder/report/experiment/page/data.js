// What the page carries, and what it says of it in words.

const facts = JSON.parse(byId("facts").textContent);
const { movies } = facts;
const state = { column: 0, reference: 0, ticked: new Set(), reversed: false };

// name on the page, factor from the table's unit, what it is
const MEASURES = {
  median_cells_per_frame: ["Cells per frame", 1, "median over the frames of a movie"],
  tracks: ["Tracks", 1, "number in a movie"],
  divisions: ["Divisions", 1, "number in a movie"],
  division_time_s: ["Division time (h)", 1 / 3600, "from birth to division: the median of a movie's cells by Kaplan and Meier, so that cells whose division was not seen count, too"],
  mean_speed_um_per_s: ["Speed (µm/min)", 60, "mean over the tracks of a movie"],
  diffusion_um2_per_s: ["Diffusion coefficient (µm²/min)", 60, "from the mean squared displacement: median over the tracks of a movie that were seen in 12 frames or more"],
  mean_speed_px_per_frame: ["Speed (px/frame)", 1, "mean over the tracks of a movie; in µm it is not known"],
  diffusion_px2_per_frame: ["Diffusion coefficient (px²/frame)", 1, "from the mean squared displacement: median over the tracks of a movie that were seen in 12 frames or more; in µm it is not known"],
  msd_exponent: ["Exponent of the MSD", 1, "1: at random, 2: straight on; median over the tracks of a movie that were seen in 12 frames or more"],
};
const titleOf = (measure) => MEASURES[measure][0];
const scaled = (measure, value) => (value == null ? null : value * MEASURES[measure][1]);

// three digits say what an interval leaves of a number
function short(value) {
  if (value == null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return size && size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

const signed = (value) => (value > 0 ? `+${short(value)}` : short(value).replace("-", "−"));
const link = (path, text) => made("a", { href: path.split("/").map(encodeURIComponent).join("/") }, text);
const fileOf = (movie, name) => `${movie.movie}/${name}`;
const isMeasured = (movie) => Boolean(movie.values);

function lasting(seconds) {
  if (seconds == null) return "–";
  if (seconds < 100) return `${short(seconds)} s`;
  return seconds < 6000 ? `${short(seconds / 60)} min` : `${short(seconds / 3600)} h`;
}

const megabytes = (mb) => (mb == null ? "–" : mb < 1000 ? `${Math.round(mb)} MB` : `${short(mb / 1000)} GB`);

// words of users where a place is short; the whole is its title
const clipped = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const groupName = (name) => name || "(empty)";
