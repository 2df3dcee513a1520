// What lies on this phone: for the waiting list.

import { clearRows } from "./delivery.js";
import { listPersons } from "./persons.js";
import { Store } from "./store.js";

const waits = ({ state }) => state === "finished" || state === "received";

// What of other persons lies here: {waiting, drafts}.
export async function countOthers(own) {
  const found = { waiting: 0, drafts: 0 };
  for (const person of await listPersons()) {
    if (person === own?.person && own.unlocked) continue;
    const store = new Store(person);
    const { records } = await clearRows(store);
    found.waiting += records.filter(waits).length;
    found.drafts += records.filter(({ state }) => state === "draft").length;
    store.close();
  }
  return found;
}

// The checklists of an open store, newest first: {clear, facts, photos, receipt}.
export async function listOwn(store) {
  const [rows, { photos }] = [await store.list("records"), await clearRows(store)];
  const found = rows.map(async (row) => ({
    clear: row.clear,
    facts: await store.unseal(row).catch(() => null),
    photos: photos.filter(({ submission }) => submission === row.key),
    receipt: await store.receipt(row.key),
  }));
  return (await Promise.all(found)).sort((one, other) => (one.clear.changed_at < other.clear.changed_at ? 1 : -1));
}
