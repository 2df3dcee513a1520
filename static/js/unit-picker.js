// Picking the office of a surprise visit: filters the list while typing, without accents; quick reasons fill the field.

import { matches } from "./phone/places.js";

function start(list) {
  const search = document.getElementById("q");
  const rows = [...list.querySelectorAll("[data-office]")];
  const none = document.getElementById("no-office");
  const filter = () => {
    let left = 0;
    for (const row of rows) {
      const chosen = row.querySelector("input").checked;
      row.hidden = !chosen && !matches(row.dataset.office, search.value);
      if (!row.hidden) left += 1;
    }
    none.hidden = left > 0;
  };
  search.form.addEventListener("submit", (event) => event.preventDefault());
  search.form.querySelector("button").hidden = true;
  search.addEventListener("input", filter);

  const quick = document.getElementById("quick-reasons");
  const reason = document.getElementById("reason");
  quick.hidden = false;
  quick.addEventListener("click", ({ target }) => {
    if (target.type !== "button") return;
    reason.value = target.textContent.trim();
    reason.focus();
  });
}

start(document.getElementById("offices"));
