// What of all persons on this phone is not wholly with the server yet. Read from the clear parts: no key is needed.

import { listPersons, Store } from "./store.js";

// [{person, clear}] of every checklist that is not complete.
export async function listHeld() {
  const held = [];
  for (const person of await listPersons()) {
    const store = new Store(person);
    const rows = await store.list("records");
    held.push(...rows.filter(({ clear }) => clear.state !== "complete").map(({ clear }) => ({ person, clear })));
    store.close();
  }
  return held;
}

// {drafts, waiting, since (of the oldest change, ISO, or null)}
export function countHeld(held) {
  const drafts = held.filter(({ clear }) => clear.state === "draft").length;
  const since = held.map(({ clear }) => clear.changed_at).sort()[0] ?? null;
  return { drafts, waiting: held.length - drafts, since };
}

// Every open page of this browser must forget what it shows.
export function tellLocked() {
  if (!globalThis.BroadcastChannel) return;
  const channel = new BroadcastChannel("phieu");
  channel.postMessage({ locked: true });
  channel.close();
}
