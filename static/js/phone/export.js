// The way out: what is not wholly with the server as one file that the office can take in (rows.js, web/kept_import.py).

import { listPersons } from "./persons.js";
import { HEAD, write } from "./rows.js";
import { Store } from "./store.js";

const fileOf = (parts) => new Blob([HEAD, ...parts], { type: "application/octet-stream" });

// Everything of everybody.
export async function collect() {
  const parts = [];
  for (const person of await listPersons()) {
    const store = new Store(person);
    const records = (await store.list("records")).filter(({ clear }) => clear.state !== "complete");
    for (const record of records) {
      parts.push(...write(person, [record, ...(await store.list("events", `${record.key}:`))]));
      parts.push(...(await photosOf(store, record.key)));
    }
    store.close();
  }
  return fileOf(parts);
}

// The open checklist as its page knows it, also the answers that could not be written; its photos as far as they can be read.
export async function collectDraft(draft) {
  const { store, submission } = draft;
  return fileOf([...write(store.person, await draft.rows()), ...(await photosOf(store, submission).catch(() => []))]);
}

async function photosOf(store, submission) {
  const photos = await store.photoRows(submission);
  const thumbs = (await store.list("thumbs")).filter(({ clear }) => clear.submission === submission);
  const parts = write(store.person, [...photos, ...thumbs]);
  // One photo after the other, each handed to the browser's disk: three hundred do not fit into memory.
  for (const { key } of photos) parts.push(new Blob(write(store.person, await store.list("pieces", `${key}:`))));
  return parts;
}

// Give a file of rows to the person, by the phone's own sharing or as a download: {name, size}.
export async function handOut(rows, store) {
  const [day, time] = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().replaceAll(/[-:]/g, "").split("T");
  const name = `phieu-${store?.owner?.username ?? "may"}-${day}-${time.slice(0, 4)}.phieu`;
  const file = new File([rows], name, { type: rows.type });
  if (!(navigator.canShare?.({ files: [file] }) && (await share(file)))) {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
  return file;
}

// False when the browser did not let it be shared; a person who changes their mind does not get a download instead.
const share = (file) => navigator.share({ files: [file] }).then(() => true, ({ name }) => name === "AbortError");
