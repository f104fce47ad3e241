// The grey values by which a picture of one's own is normalised, and between which it is shown.

// of a larger picture every n-th pixel is enough
const SEEN_PX = 2 ** 24;
// what is shown as white
const WHITE_PERCENT = 99.8;
const EACH_PERCENT = Array.from({ length: 99 }, (_, index) => index + 1);

const limitsKnown = new WeakMap();

// {black, scale, white}, one a channel: `black` and `scale` are those of sidewinder.normalization; sorting takes a while
function limitsOf(picture) {
  if (!limitsKnown.has(picture)) {
    const found = picture.planes.map(limitsOfPlane);
    const [black, scale, white] = ["black", "scale", "white"].map((which) => found.map((limits) => limits[which]));
    limitsKnown.set(picture, { black, scale, white });
  }
  return limitsKnown.get(picture);
}

function limitsOfPlane(values) {
  const quantile = quantilesOf(values);
  const white = quantile(WHITE_PERCENT);
  const { background, low_percent: low, high_percent: high } = facts.normalization;
  const [black, end] = background ? ofBackground(EACH_PERCENT.map(quantile), white) : [low, high].map(quantile);
  return { black, scale: end > black ? 1 / (end - black) : 0, white };
}

// the smallest value that at least so many percent do not exceed
function quantilesOf(values) {
  const step = Math.ceil(values.length / SEEN_PX);
  const sorted = step > 1 ? values.filter((_, index) => index % step === 0).sort() : values.slice().sort();
  return (percent) => sorted[Math.max(Math.ceil(sorted.length * (percent / 100) - 1), 0)];
}

// the background's level, and three of its standard deviations above it (sidewinder.background)
function ofBackground(quantiles, white) {
  const [inMode, hardlyLonger, halfBelow, leastSpread] = [15, 1.1, 0.6745, 1 / 400];
  const values = betweenSteps(quantiles);
  const widths = values.slice(inMode).map((value, index) => value - values[index]);
  const shortest = widths.indexOf(Math.min(...widths));
  const isLonger = (width) => width > hardlyLonger * widths[shortest];
  const first = widths.findLastIndex((width, index) => index < shortest && isLonger(width)) + 1;
  const longer = widths.findIndex((width, index) => index > shortest && isLonger(width));
  const last = longer < 0 ? widths.length - 1 : longer - 1;
  const middle = (first + last + inMode) / 2;
  const level = between(values, middle);
  const quartile = between(values, (middle + EACH_PERCENT[0]) / 2 - EACH_PERCENT[0]);
  const spread = Math.max((level - quartile) / halfBelow, leastSpread * (white - level), 0);
  return [level, level + 3 * spread];
}

// rising values of which many are alike, because grey values are whole numbers, as if they had not been rounded
function betweenSteps(values) {
  const steps = values.slice(1).map((value, index) => value - values[index]).filter((step) => step > 0);
  if (!steps.length) return values;
  const step = Math.min(...steps);
  return values.map((value, index) => {
    const [first, last] = [values.indexOf(value), values.lastIndexOf(value)];
    return value + step * ((index - first + 0.5) / (last - first + 1) - 0.5);
  });
}

// at a place between two values
function between(values, place) {
  const below = Math.floor(place);
  const above = Math.min(below + 1, values.length - 1);
  return values[below] + (place - below) * (values[above] - values[below]);
}
