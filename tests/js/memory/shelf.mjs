// A store of store.js in memory, for tests of what is sent; `crash(n)` makes its n-th write from now on the last thing done.
import { createHash } from "node:crypto";

import { documentOf, eventKey, newId, PIECE, pieceKey } from "../../../static/js/phone/journal.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

export class Shelf {
  rows = Object.fromEntries(["records", "events", "photos", "pieces", "thumbs", "receipts", "log"].map((name) => [name, new Map()]));
  unlocked = true;
  writes = 0;
  last = Infinity;
  forgotten = [];

  constructor(person = 7, username = "mot") {
    this.person = person;
    this.owner = { username };
  }

  // ---- what store.js gives ----

  async seal(store, key, clear, plain) {
    if (!this.unlocked) throw new Error("locked");
    return { store, key, clear, sealed: plain instanceof Uint8Array ? plain : encoder.encode(JSON.stringify(plain)) };
  }

  async unseal(row) {
    if (!this.unlocked) throw new Error("locked");
    return JSON.parse(decoder.decode(row.sealed));
  }

  async get(store, key) {
    return structuredClone(this.rows[store].get(key));
  }

  async keys(store, prefix = "") {
    return [...this.rows[store].keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async list(store, prefix = "") {
    return (await this.keys(store, prefix)).map((key) => structuredClone(this.rows[store].get(key)));
  }

  async events(submission) {
    const rows = await this.list("events", `${submission}:`);
    return Promise.all(rows.map(async (row) => ({ seq: row.clear.seq, ...(await this.unseal(row)) })));
  }

  async photos(submission) {
    const rows = (await this.list("photos")).filter((row) => row.clear.submission === submission);
    return Promise.all(rows.map(async (row) => ({ ...(await this.unseal(row)), id: row.key, ...row.clear })));
  }

  async photoBytes(photo) {
    if (!this.unlocked) throw new Error("locked");
    return new Blob((await this.list("pieces", `${photo}:`)).map(({ sealed }) => sealed));
  }

  async receipt(submission) {
    const row = await this.get("receipts", submission);
    return row?.sealed && this.unlocked ? { ...row, ...(await this.unseal(row)) } : (row ?? null);
  }

  #written() {
    this.writes += 1;
    if (this.writes > this.last) return new Promise(() => {}); // the phone is dead: nothing goes on
    return null;
  }

  crash(n) {
    this.last = this.writes + n;
  }

  async write(names, work) {
    await this.#written();
    const keyOf = { receipts: "submission", log: "id" };
    work(Object.fromEntries(names.map((name) => [name, { put: (row) => this.rows[name].set(row[keyOf[name] ?? "key"], structuredClone(row)) }])));
  }

  async amend(what, key, change) {
    await this.#written();
    const row = this.rows[what].get(key);
    if (!row) return null;
    this.rows[what].set(key, { ...row, clear: { ...row.clear, ...change(row.clear) } });
    return structuredClone(this.rows[what].get(key));
  }

  async drop(what, keys, why, rows = []) {
    await this.#written();
    for (const key of keys) this.rows[what].delete(key);
    for (const row of rows) this.rows[row.store].set(row.key, structuredClone(row));
    this.rows.log.set(newId(), { what, keys, why });
  }

  async mirrored(work) {
    return work({ forget: async (file) => this.forgotten.push(file) });
  }

  close() {}

  // ---- for the tests ----

  // A finished record with photos of these sizes; gives what was answered and its photos' bytes.
  async finished({ sizes = [], piece = PIECE, answers = { ny_01: "fail" }, minutes = 5, start = null, inspection = newId() } = {}) {
    const submission = newId();
    const finished_at = new Date(Date.now() - minutes * 60_000).toISOString();
    const facts = { inspection, checklist: "dot-xuat", version: "2025.07", base: {}, photos: [], start, started_at: finished_at, finished_at };
    const names = Object.keys(answers);
    const clear = {
      submission, person: this.person, inspection, state: "finished", finished_at, answers: names.length, photos: sizes.length, tries: 0,
      next_try: null, error: null, code: null, status: null, announced: !start,
    };
    const put = async (...row) => this.rows[row[0]].set(row[1], await this.seal(...row));
    await put("records", submission, clear, facts);
    for (const [n, name] of names.entries())
      await put("events", eventKey(submission, n + 1), { submission, seq: n + 1 }, { name, value: answers[name] });
    const files = [];
    for (const [n, size] of sizes.entries()) {
      const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 7 + n + size) % 251);
      const photo = newId();
      const pieces = Math.ceil(size / piece);
      const about = { photo, submission, sha256: sha256(bytes), size, piece, pieces, state: "here", sent: 0 };
      await put("photos", photo, about, { question: "ny_01", name: `${n}.jpg`, source: "camera" });
      await put("thumbs", photo, { photo, submission }, new Uint8Array(9));
      for (let number = 0; number < pieces; number += 1)
        await put("pieces", pieceKey(photo, number), { photo, submission, n: number }, bytes.subarray(number * piece, (number + 1) * piece));
      files.push({ photo, bytes, sha256: about.sha256 });
    }
    return { submission, inspection, answers, files, document: documentOf(facts, await this.events(submission), await this.photos(submission)) };
  }

  clear(submission) {
    return this.rows.records.get(submission).clear;
  }

  // Everything that is data of the person: nothing of it may vanish while it is not received.
  inventory() {
    return ["records", "events", "photos", "pieces", "thumbs"].flatMap((name) => [...this.rows[name].keys()].map((key) => `${name} ${key}`)).sort();
  }
}
