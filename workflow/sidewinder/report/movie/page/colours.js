// Which colour a cell has.

// as in overlay.png
const FAMILY = ["#e69f00", "#56b4e9", "#f0e442", "#00bf8c", "#ff7043", "#d68cbe", "#99ddff", "#bbcc33"];
const GENERATIONS = ["#56b4e9", "#ff7043", "#f0e442", "#00bf8c", "#d68cbe", "#e69f00", "#bbcc33", "#99ddff"];
const NOT_KNOWN = "#9a9a9a";
const CHOSEN = "#ffffff";
// from low to high, told apart by colour-blind people and light enough on dark pictures (after viridis)
const RAMP = [[86, 92, 190], [52, 128, 186], [32, 164, 160], [86, 198, 103], [190, 220, 50], [253, 231, 37]];

function ramp(share) {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  const mixed = RAMP[low].map((value, index) => Math.round(value + (RAMP[low + 1][index] - value) * (at - low)));
  return `rgb(${mixed.join(",")})`;
}

// the range between the 1st and the 99th percentile, so that a few odd cells do not take all colours
const rangesKnown = new Map();
function rangeOf(index) {
  if (!rangesKnown.has(index)) {
    const known = column(index).filter(Number.isFinite).sort();
    const at = (share) => (known.length ? known[Math.round(share * (known.length - 1))] : 0);
    rangesKnown.set(index, [at(0.01), at(0.99)]);
  }
  return rangesKnown.get(index);
}

// the colour of a row; a choice is "lineage", "generation" or the place of a column
function colourer(choice) {
  if (choice === "lineage") return (row) => FAMILY[tracks.lineage_id[cells.track[row]] % FAMILY.length];
  if (choice === "generation") return (row) => GENERATIONS[tracks.generation[cells.track[row]] % GENERATIONS.length];
  const values = column(Number(choice));
  const [low, high] = rangeOf(Number(choice));
  return (row) => (Number.isFinite(values[row]) ? ramp((values[row] - low) / (high - low || 1)) : NOT_KNOWN);
}

function legend(choice) {
  if (choice === "lineage") return ["One colour for each lineage; eight colours, which come again."];
  if (choice === "generation") {
    const most = Math.min(Math.max(0, ...new Set(tracks.generation)), GENERATIONS.length - 1);
    return Array.from({ length: most + 1 }, (_, generation) => {
      const chip = made("span", { class: "chip" });
      chip.style.background = GENERATIONS[generation];
      return made("span", { class: "entry" }, chip, ` generation ${generation}`);
    });
  }
  const [low, high] = rangeOf(Number(choice));
  const bar = made("span", { class: "bar" });
  bar.style.background = `linear-gradient(to right, ${[0, 0.2, 0.4, 0.6, 0.8, 1].map(ramp).join(",")})`;
  const none = made("span", { class: "chip" });
  none.style.background = NOT_KNOWN;
  return [named(facts.columns[Number(choice)].name), ": ", number(low), " ", bar, " ", number(high), made("span", { class: "entry" }, none, " empty in the table")];
}
