// A second copy of the rows of each checklist, in the private file system, for the day the database is gone.
// It follows the database and never holds it up; without such a file system everything works as well, with one copy.

import { read, write } from "./rows.js";

const KEPT = ["records", "events", "photos", "pieces", "thumbs"];
const supported = () => Boolean(globalThis.navigator?.storage?.getDirectory && globalThis.Worker);

const submissionOf = ({ store, key, clear }) => (store === "records" ? key : clear.submission ?? `photo-${clear.photo}`);

export function openMirror(person) {
  if (!supported()) return null;
  let worker = null;
  let number = 0;
  const waiting = new Map();

  const ask = (act, file, bytes) =>
    new Promise((done, fail) => {
      if (!worker) {
        worker = new Worker(new URL("./mirror-worker.js", import.meta.url), { type: "module" });
        worker.onmessage = ({ data }) => {
          const [good, bad] = waiting.get(data.id) ?? [];
          waiting.delete(data.id);
          if (data.error) bad?.(new Error(data.error));
          else good?.(data.answer);
        };
        worker.onerror = () => waiting.forEach(([, bad]) => bad(new Error("mirror")));
      }
      number += 1;
      waiting.set(number, [done, fail]);
      worker.postMessage({ id: number, act, folder: `phieu-${person}`, file, bytes });
    });

  return {
    async append(rows) {
      const files = new Map();
      for (const row of rows.filter(({ store }) => KEPT.includes(store))) {
        const file = submissionOf(row);
        files.set(file, [...(files.get(file) ?? []), row]);
      }
      for (const [file, own] of files) {
        const bytes = new Uint8Array(await new Blob(write(person, own)).arrayBuffer());
        await ask("append", file, bytes).catch(() => {});
      }
    },
    // The rows of all files, the newer copy of a row counting.
    async restore() {
      const newest = new Map();
      for (const bytes of await ask("all"))
        for (const row of read(bytes).rows) newest.set(`${row.store} ${row.key}`, row);
      return [...newest.values()];
    },
    forget: (file) => ask("remove", file).catch(() => {}),
  };
}
