// Signing out: first said what waits on this phone, then locked at once; the session ends as soon as there is a network.

import { listHeld, lockAll, tellLocked } from "./persons.js";
import { Store } from "./store.js";
import { words as allWords } from "./words.js";

const line = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });

// "Xã Bình Sơn: 26 câu, 6 ảnh" for each checklist of who signs out.
async function listOwn(said) {
  const lines = [];
  const held = await listHeld();
  const stores = new Map();
  for (const { person, clear } of held) {
    const store = stores.get(person) ?? stores.set(person, new Store(person)).get(person);
    if (!store.unlocked && !(await store.unlock())) continue;
    const { unit } = await store.unseal(await store.get("records", clear.submission));
    const counted = said.counted.replace("%n", clear.answers).replace("%p", clear.photos);
    lines.push(`${unit.full}: ${counted} (${clear.state === "draft" ? said.draft : said.unsent})`);
  }
  stores.forEach((store) => store.close());
  return lines;
}

function confirm(said, lines) {
  const dialog = document.createElement("dialog");
  const list = document.createElement("ul");
  list.append(...lines.map((text) => line("li", text)));
  const go = Object.assign(line("button", said.sign_out), { className: "button", value: "go" });
  const stay = Object.assign(line("button", said.stay), { className: "button secondary", value: "" });
  const form = Object.assign(document.createElement("form"), { method: "dialog", className: "buttons" });
  form.append(go, stay);
  dialog.className = "sending";
  dialog.append(line("h2", said.still_here), list, line("p", said.kept_locked), form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      done(dialog.returnValue === "go");
    });
  });
}

// `end()` tells the server, or has it told later. False when the person stays.
export async function signOut(end) {
  const said = (await allWords()).device;
  const lines = await listOwn(said).catch(() => []);
  if (lines.length && !(await confirm(said, lines))) return false;
  await lockAll();
  tellLocked();
  await end();
  return true;
}
