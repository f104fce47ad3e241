// What repair changed: cells before and after, each a click away from the movie.

const REPAIRED_WORDS = { missed: "was not found", merged: "was one with a neighbour", split: "was in pieces" };

function showRepairs() {
  const { repairs, counts } = facts;
  const n = Object.values(counts.repaired).reduce((sum, one) => sum + one, 0);
  byId("repaired").hidden = !repairs.length;
  byId("repaired-words").textContent = `${repairs.length < n ? `${repairs.length} of ${n.toLocaleString("en")} repaired cells` : many(n, "repaired cell")}. Orange: the cell; blue: its neighbours. Left as found, right as repaired from the frames before and after. Click to see it in the movie.`;
  byId("repaired-body").replaceChildren(...repairs.map(({ kind, track, frame, before, after }) => {
    const words = `track ${track}, frame ${frame}: ${REPAIRED_WORDS[kind]}`;
    const pair = [before, after].map((source, index) => made("img", { src: source, alt: `${words}, ${index ? "after" : "before"}` }));
    return made("li", {}, made("button", { type: "button", click: () => goTo(placeOf(frame), trackPlace.get(track)) }, ...pair, made("span", {}, words)));
  }));
}
