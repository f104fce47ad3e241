// Which pixels of the image a value of a map has seen (sidewinder.unet.Architecture.input_window).

// what a tensor's name says: {kind, level, first}
function placeOf(name) {
  const [, kind, level, first] = name.match(/^([a-z]+?)(\d*)(_first)?$/);
  return { kind, level: Number(level || 0), first: Boolean(first) };
}

// along one axis, in pixels of the window: half-open interval of a map's own pixels -> of the image
function seenBy(name, start, stop) {
  const { kind, level, first } = placeOf(name);
  const reach = first ? 1 : 2;
  if (kind === "image" || kind === "normalized") return [start, stop];
  if (kind === "pool") return throughContracting(level, start, stop);
  if (kind === "contract") return throughContracting(level, start - reach, stop + reach);
  if (kind === "up") return seenBelow(level, start, stop);
  if (kind === "expand") return seenBelow(level, start - reach, stop + reach);
  return seenBelow(0, start - 2, stop + 2);
}

// from a level's pooled map up to the image
function throughContracting(level, start, stop) {
  for (; level > 0; level--) [start, stop] = [2 * start - 2, 2 * stop + 2];
  return [start, stop];
}

// what an up-convolution to this level has seen
function seenBelow(level, start, stop) {
  const below = level + 1;
  const name = below === DEPTH ? `contract${DEPTH}` : `expand${below}`;
  return seenBy(name, Math.floor(start / 2), Math.ceil(stop / 2));
}

// the blocks in the order in which an image passes through them
function stepsOfNetwork() {
  const steps = ["image", "normalized", "contract0"];
  for (let level = 1; level <= DEPTH; level++) steps.push(`pool${level}`, `contract${level}`);
  for (let level = DEPTH - 1; level >= 0; level--) steps.push(`up${level}`, `expand${level}`);
  return [...steps, "logits", "probabilities"];
}

// channels of a tensor
function channelsOf(name) {
  const { kind, level } = placeOf(name);
  if (kind === "image" || kind === "normalized") return architecture.in_channels;
  if (kind === "logits" || kind === "probabilities") return architecture.n_classes;
  return kind === "pool" ? architecture.widths[level - 1] : architecture.widths[level];
}

// pixels of the image that a pixel of a map takes, along each axis
const shrinkOf = (name) => 2 ** placeOf(name).level;

// the piece of the network that makes a tensor
function pieceOf(name) {
  const { kind, level } = placeOf(name);
  if (kind === "image") return null;
  if (kind === "normalized") return "normalize";
  if (kind === "pool") return `contract${level}`;
  if (kind === "logits" || kind === "probabilities") return "last";
  return `${kind}${level}`;
}
