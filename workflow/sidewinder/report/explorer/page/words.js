// What the parts are called and what they do, in words.

const side = (px) => `${px} × ${px}`;
const number = (value, digits = 3) => (Number.isInteger(value) ? String(value) : Number(value).toPrecision(digits));
const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

// which arm a part belongs to: what, where or bottom
function armOf(name) {
  const { kind, level } = placeOf(name);
  if (kind === "contract" && level === DEPTH) return "bottom";
  return ["image", "normalized", "contract", "pool"].includes(kind) ? "what" : "where";
}

function titleOf(name) {
  const { kind, level } = placeOf(name);
  const titles = {
    image: "The picture",
    normalized: "Normalised picture",
    contract: level === DEPTH ? "Bottleneck" : `Contracting block ${level + 1}`,
    pool: `Max pooling to level ${level + 1}`,
    up: `Up-convolution to level ${level + 1}`,
    expand: `Expanding block ${level + 1}`,
    logits: "Last 1 × 1 convolution",
    probabilities: "Softmax",
  };
  return titles[kind];
}

function questionOf(name) {
  return { what: "What is in the image?", where: "Where exactly is it?", bottom: "Most abstract, least precise" }[armOf(name)];
}

function doesOf(name) {
  const { kind, level } = placeOf(name);
  const channels = channelsOf(name);
  const pixels = shrinkOf(name);
  const skip = architecture.skips[level];
  const texts = {
    image: "Grey values as they come from the microscope.",
    normalized: `${normalizationInWords()} This is all that the network ever sees.`,
    contract: level === DEPTH
      ? `Two 3 × 3 convolutions on the smallest maps. Each of ${channels} values sums up ${side(pixels)} pixels and their surroundings: it says what is there, and no longer where exactly.`
      : `Two 3 × 3 convolutions, each followed by ReLU, look for ${channels} patterns. ${level ? "They are patterns of the patterns one level up." : "On this level they are edges, spots and textures."}`,
    pool: `Of each 2 × 2 values the largest is kept. The maps shrink to half their side, so that the next convolutions see twice as far, and what was exactly where is forgotten.`,
    up: `Each value is spread over 2 × 2 pixels, by learnt weights. The maps grow to twice their side, but nothing finer comes back by itself.`,
    expand: `${skip ? "The detail of the contracting block on the same level is put beside the maps from below (the skip connection); two" : "This level has no skip connection: the maps from below come alone. Two"} 3 × 3 convolutions decide which edges belong to a cell and where they run.`,
    logits: `For each pixel on its own, the ${channelsOf("expand0")} values at this place become ${channels} scores, one a class. The pixel's neighbours play no part any more.`,
    probabilities: `The scores of each pixel become probabilities of ${facts.classes.join(", ")} that sum to 1.`,
  };
  return texts[kind];
}

function normalizationInWords() {
  const { background, low_percent: low, high_percent: high, gamma } = facts.normalization;
  if (background) {
    return "The grey level of the background becomes 0, over the whole movie. A grey value counts by how far it rises above it, in units of three standard deviations of the background's noise: near the background as it is, further up by its logarithm (asinh(t) / 3), so that dim and bright cells look alike.";
  }
  return `Grey values between two quantiles of the whole movie (${low} and ${high} %) become 0 to 1, to the power of ${gamma}.`;
}

// names of the maps' channels where they have one
function channelName(name, channel) {
  const { kind } = placeOf(name);
  if (kind === "logits" || kind === "probabilities") return facts.classes[channel];
  if (kind === "image" || kind === "normalized") return facts.channel_names[channel] ?? `channel ${channel}`;
  return `map ${channel + 1} of ${channelsOf(name)}`;
}

function weightsOf(name) {
  const { kind } = placeOf(name);
  if (["image", "normalized", "pool", "probabilities"].includes(kind)) return 0;
  return facts.blocks.find((block) => block.id === pieceOf(name)).n_weights;
}

const SIZES = ["finest", "second", "third", "fourth", "fifth", "coarsest"];

function nameOfSkip(level) {
  if (level === 0) return "finest";
  return level === DEPTH - 1 ? "coarsest" : SIZES[level];
}
