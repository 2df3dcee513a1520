// Says on every page of the phone that the browser had emptied what is kept here, until a person says that they know.

import { listPersons } from "./persons.js";
import { Store } from "./store.js";

// `box`: what templates/phone/vanished.html draws.
export async function showVanished(box) {
  const found = [];
  await eachStore(async (store) => found.push(...(await store.vanishings())));
  box.hidden = !found.length;
  box.role = found.length ? "alert" : null;
  if (!found.length) return;
  const language = document.documentElement.lang;
  const newest = found.map(({ at }) => at).sort().at(-1);
  const count = (kind) => found.filter(({ what }) => what === kind).reduce((sum, { keys }) => sum + keys, 0);
  const set = (name, value) => (box.querySelector(`[data-${name}]`).textContent = value);
  set("when", new Date(newest).toLocaleString(language, { dateStyle: "short", timeStyle: "short" }));
  set("back", count("records"));
  set("photos", count("photos"));
  box.querySelector("[data-photos-line]").hidden = !count("photos");
  box.querySelector("button").onclick = async () => {
    await eachStore((store) => store.acknowledge());
    box.hidden = true;
  };
}

async function eachStore(work) {
  for (const person of await listPersons()) {
    const store = new Store(person);
    await work(store);
    store.close();
  }
}
