// How the page begins.

function begin() {
  byId("name").textContent = many(movies.length, "movie");
  listCounts();
  fillFilters();
  listenToFilters();
  fillCondition();
  showCondition();
  listStages();
  listTables();
  document.documentElement.dataset.ready = "true";
}

try {
  begin();
} catch (error) {
  byId("state").classList.add("wrong");
  byId("state").textContent = `This page cannot be shown: ${error.message}. It needs a browser of 2023 or later.`;
  throw error;
}
