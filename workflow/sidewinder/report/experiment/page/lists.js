// What is listed: counts, outliers, stages, tables.

function listCounts() {
  const sum = (name) => movies.reduce((total, movie) => total + (movie.counts[name] ?? 0), 0);
  const of = (one) => movies.filter((movie) => movie.state === one).length;
  const said = { ...Object.fromEntries(STATES.filter((one) => one === "done" || of(one)).map((one) => [one, of(one)])),
    "with warnings": movies.filter((movie) => movie.n_warnings).length, frames: sum("frames"), "cells in frames": sum("cells"), tracks: sum("tracks"), divisions: sum("divisions") };
  byId("counts").replaceChildren(...Object.entries(said).map(([name, value]) => made("div", { class: STATES.includes(name) && name !== "done" ? "bad" : "" }, made("dt", {}, name), made("dd", {}, value.toLocaleString("en")))));
}

const FEW_OUTLIERS = 20;

function listOutliers() {
  const { name, outliers } = column();
  const words = made("p", { class: "words small" }, `Looked at: ${facts.measures.map((measure) => titleOf(measure).replace(/ \(.*/, "")).join(", ")}. A movie is listed where it is more than ${facts.far} robust standard deviations (from the median absolute deviation) from the median of ${name ? `the movies with the same ${clipped(name, 40)}` : "all movies"}, of which there have to be ${facts.fewest_for_outliers}. Another column under “By condition” compares others.`);
  const items = outliers.map(([place, measure, z]) => made("li", {}, link(fileOf(movies[place], "report.html"), movies[place].movie),
    ` ${titleOf(measure)}: ${short(scaled(measure, movies[place].values[measure]))}, ${short(Math.abs(z))} standard deviations ${z > 0 ? "above" : "below"} the median`));
  const more = items.splice(FEW_OUTLIERS);
  byId("outliers-body").replaceChildren(words, items.length ? made("ol", { class: "plain" }, ...items) : made("p", { class: "fine" }, "No movie is far from the others."),
    ...(more.length ? [made("details", {}, made("summary", {}, `${more.length} more`), made("ol", { class: "plain", start: FEW_OUTLIERS + 1 }, ...more))] : []));
}

function listStages() {
  const heads = ["Stage", "Jobs", "Time, median", "Longest", "All jobs", "Memory, median", "Most memory", "Waited, median", "Longest wait"];
  const most = Math.max(...facts.stages.map((one) => one.sum_s ?? 0), 1e-9);
  const rows = facts.stages.map((one) => {
    const bar = made("span", { class: "share" });
    bar.style.width = `${Math.max(((one.sum_s ?? 0) / most) * 70, 1)}px`;
    return made("tr", {}, made("th", { scope: "row" }, one.stage), ...[one.jobs.toLocaleString("en"), lasting(one.median_s), lasting(one.longest_s)].map((text) => made("td", {}, text)),
      made("td", {}, bar, lasting(one.sum_s)), ...[megabytes(one.median_mb), megabytes(one.most_mb), lasting(one.waited_s), lasting(one.longest_wait_s)].map((text) => made("td", {}, text)));
  });
  const table = made("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Stages" }, made("table", {}, made("thead", {}, made("tr", {}, ...heads.map((text) => made("th", { scope: "col" }, text)))), made("tbody", {}, ...rows)));
  byId("stages-body").replaceChildren(made("p", { class: "words small" }, "From benchmarks/, when each job last ran. Waited: from the end of the stage before to the beginning of the job, in a queue or for a free core; of a stage that was run again later, that time, too."),
    facts.stages.length ? table : made("p", { class: "fine" }, "There are no benchmarks beside this page."));
}

const ABOUT = {
  "summary.csv": "a row a movie: state, reason, warnings, counts, scores", "experiment.parquet": "a row a cell a frame, with the columns of the sheet", "experiment_lineage.parquet": "a row a track",
  "experiment.csv": "the same as text", "experiment_lineage.csv": "the same as text", "provenance.json": "versions, config, sheet: what made this",
};

function listTables() {
  byId("tables-body").replaceChildren(
    made("ul", { class: "plain" }, ...facts.tables.map((name) => made("li", {}, link(name, name), made("span", { class: "small" }, ` ${ABOUT[name] ?? ""}`)))),
    made("p", { class: "words small" }, `Beside this page; those of a movie are under “files” in its row. Division times are from cells whose birth was seen; the mean squared displacement is from positions without the drift of the stage, averaged over each track, then over the tracks of a movie. Made by Sidewinder ${facts.version}.`),
  );
}
