// On the sign-in page nobody is signed in: what lies on this phone is locked, and what is finished can be sent all the same.

import { describe } from "./device.js";
import { countHeld, listHeld, lockAll, tellLocked } from "./persons.js";
import { isSupported } from "./store.js";

const box = document.getElementById("unsent");

async function show() {
  const held = countHeld(await listHeld());
  for (const line of box.querySelectorAll("[data-held]")) {
    const number = held[line.dataset.held];
    line.hidden = !number;
    line.querySelector("[data-count]").textContent = number;
  }
  box.querySelector("button").hidden = !held.waiting;
  box.hidden = !(held.waiting + held.drafts);
  return held;
}

async function lock() {
  await lockAll();
  tellLocked();
  const { waiting } = await show();
  if (!waiting) return;
  const { openSender } = await import("./sender.js");
  const sender = openSender(null, { onChange: ({ sending }) => sending || void show() });
  box.querySelector("button").addEventListener("click", () => void sender.run({ now: true }));
}

// The server knows most inner browsers of apps by name; of one that hides it, it is told here.
function tellInside() {
  const asked = new URL(location);
  if (!describe().app || document.getElementById("inner-browser") || asked.searchParams.has("here")) return;
  asked.searchParams.set("inside", 1);
  location.replace(asked);
}

tellInside();
if (isSupported()) void lock();
