// The persons who share this phone, each with a store of their own: whose is open, and what of all of them is not wholly with
// the server yet. That is read from the clear parts: no key is needed.

import { MARK, PREFIX, Store } from "./store.js";

const notes = () => {
  try {
    return Object.keys(localStorage);
  } catch {
    return []; // a service worker has none, and some browsers let a page keep nothing there
  }
};

const numbered = (names, prefix) => names.filter((name) => name.startsWith(prefix)).map((name) => Number(name.slice(prefix.length)));

// The persons who have something on this phone. Those too whose database vanished: who opens it brings back its second copy.
export async function listPersons() {
  const bases = (await indexedDB.databases()).map(({ name }) => name);
  return [...new Set([...numbered(bases, PREFIX), ...numbered(notes(), MARK)])];
}

// The person whose store is open on this phone (who signed in last and not out), or null.
export async function findOpenStore() {
  for (const person of await listPersons()) {
    const store = new Store(person);
    if (await store.unlock()) return store;
    store.close();
  }
  return null;
}

// Nobody can read what is kept on this phone any more, until its owner signs in again. Sending goes on.
export async function lockAll() {
  for (const person of await listPersons()) {
    const store = new Store(person);
    await store.write(["keys"], (stores) => stores.keys.clear());
    store.close();
  }
}

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
