// Elements, numbers and names as people read them.

const byId = (id) => document.getElementById(id);

// an element with attributes and children; texts are texts
function made(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...content);
  return element;
}

const many = (n, what) => `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;

function number(value) {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

const UNITS = [["_um2_per_s", "µm²/s"], ["_um_per_s", "µm/s"], ["_px_per_frame", "px/frame"], ["_um2", "µm²"], ["_um", "µm"], ["_px", "px"], ["_rad", "rad"], ["_s", "s"]];
const unitOf = (name) => UNITS.find(([end]) => name.endsWith(end)) ?? ["", ""];

// area_um2 -> area (µm²)
function named(name) {
  const [end, unit] = unitOf(name);
  const words = name.slice(0, name.length - end.length).replaceAll("_", " ");
  return unit ? `${words} (${name === "area_px" ? "px²" : unit})` : words;
}
