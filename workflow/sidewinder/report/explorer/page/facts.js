// What the page carries: facts about model and movie, arrays, the network and the program that runs it.

const textOf = (id) => document.getElementById(id).textContent.trim();
const facts = JSON.parse(textOf("facts"));
const skipTables = JSON.parse(textOf("skip-tables"));
const { architecture } = facts;
const DEPTH = architecture.depth;

// base64 in a script element -> bytes, which the browser decodes faster than a script would
async function bytesOf(id, zipped) {
  const element = document.getElementById(id);
  const carried = await fetch(`data:application/octet-stream;base64,${element.textContent.trim()}`);
  element.remove();
  const stream = zipped ? carried.body.pipeThrough(new DecompressionStream("gzip")) : carried.body;
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

let arrayBytes;

async function unpackArrays() {
  arrayBytes = await bytesOf("arrays", true);
}

// an array by its name; null where the page has none
function arrayOf(name) {
  const entry = facts.arrays[name];
  if (!entry) return null;
  const size = entry.shape.reduce((product, side) => product * side, 1);
  const kind = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array }[entry.dtype];
  const bytes = arrayBytes.slice(entry.start, entry.start + size * kind.BYTES_PER_ELEMENT);
  return { data: new kind(bytes.buffer), shape: entry.shape };
}
