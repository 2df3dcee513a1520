// On the sign-in page nobody is signed in: what lies on this phone is locked, and what is finished is sent all the same.

import { listPersons, lockAll, Store } from "./store.js";

// How many checklists of all persons wait to be sent, and how many are still being filled.
async function count() {
  const found = { waiting: 0, drafts: 0 };
  for (const person of await listPersons()) {
    const store = new Store(person);
    for (const { clear } of await store.list("records"))
      if (clear.state === "draft") found.drafts += 1;
      else if (clear.state !== "complete") found.waiting += 1;
    store.close();
  }
  return found;
}

async function show(box) {
  const found = await count();
  for (const line of box.querySelectorAll("[data-line]")) {
    const number = found[line.dataset.line];
    line.hidden = !number;
    line.querySelector("[data-count]").textContent = number;
  }
  box.querySelector("button").hidden = !found.waiting;
  box.hidden = !(found.waiting + found.drafts);
  return found;
}

async function start(box) {
  await lockAll();
  const { waiting } = await show(box);
  if (!waiting) return;
  const { openSender } = await import("./sender.js");
  const sender = openSender(null, { onChange: ({ sending }) => sending || void show(box) });
  box.querySelector("button").addEventListener("click", () => void sender.run({ now: true }));
}

if (globalThis.indexedDB) void start(document.getElementById("unsent"));
