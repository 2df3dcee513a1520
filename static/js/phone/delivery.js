// One step of sending for one person's store: a text, a photo, a receipt. What the server said is written down before
// the next step begins. Steps give null when they went well, else what stood in the way (a key of the page's words).
//
// Where nobody is signed in, or somebody else, rows go sealed as they are: the server can open them, this phone cannot.

import { documentOf, pieceKey } from "./journal.js";
import { isHeld, mayDrop, pause, stateOf, verdict, verdictOfVisit } from "./outbox.js";
import { HEAD, write } from "./rows.js";
import { sendPhoto } from "./tus.js";

const API = "/api/v1";
const BODY = 1_000_000; // bytes of sealed rows in one request
const WHOLE_PIECE = 262144; // bytes, in rows that do not say it: pieces were larger at first
const VISIT_TRIES = 3; // then the checklist goes without the visit it began; it says itself where it belongs
const FAULTS_PAUSE = 600_000; // milliseconds, while a person mends what the server found wrong
const RETURNED = 4; // times a photo that no receipt lists is sent again soon

const later = (ms) => new Date(Date.now() + ms).toISOString();

function reasonOf(status, refused) {
  if (status === 401 || status === 403) return "sign_in";
  if (refused) return "refused";
  return status >= 408 ? "server" : "network"; // a page with 200 that is no answer of ours is some network's own
}

// The clear parts of a store's records and photos.
export async function clearRows(store) {
  const [records, photos] = await Promise.all([store.list("records"), store.list("photos")]);
  return { records: records.map(({ clear }) => clear), photos: photos.map(({ clear }) => clear) };
}

// The same without what nobody can send now: where a visit began stands in the sealed part of its draft.
export async function sendable(store) {
  const { records, photos } = await clearRows(store);
  return { records: store.unlocked ? records : records.filter(({ state }) => state !== "draft"), photos };
}

export class Delivery {
  // `onProgress()` is told of every chunk; `yields()` says whether a photo shall stop after one.
  constructor(store, server, { onProgress = () => {}, yields = () => false } = {}) {
    Object.assign(this, { store, server, onProgress, yields });
  }

  async take({ what, submission, photo }) {
    const row = await this.store.get("records", submission);
    const file = photo && (await this.store.get("photos", photo));
    try {
      if (what === "text") return await this.text(row);
      if (what === "visit") return await this.#visit(row);
      return await (what === "photo" ? this.#photo(row, file) : this.#receipt(row));
    } catch {
      return this.#failed(file ?? row, 0, true, "unreadable"); // this step's own trouble: the next is tried all the same
    }
  }

  // Whether this store's person is signed in here, and it can be read.
  get #signedIn() {
    return this.store.unlocked && this.server.session?.username === this.store.owner.username;
  }

  // ---- text ----

  // `told` gets the faults for which a strict server took nothing in, or the conflicts of what it took.
  async text(row, { strict = false, told = {} } = {}) {
    const { store, server } = this;
    const read = this.#signedIn && (await this.#read(row));
    if (!read) return this.#sealedText(row); // what this phone cannot read or has not whole a person at the office looks at
    if (read.facts.start && !row.clear.announced) {
      const { found, status } = await this.#announce(row, read.facts);
      if (found === "later" && (status === 0 || row.clear.tries < VISIT_TRIES)) return this.#failed(row, status);
    }
    const headers = strict ? { Prefer: "handling=strict" } : {};
    const { status, body } = await server.ask("PUT", `${API}/submissions/${row.key}`, { headers, json: read.document });
    const found = verdict(status, body);
    if (found === "done" || found === "kept") {
      told.conflicts = body.conflicts ?? [];
      return this.#received(row, body);
    }
    if (found === "faults") {
      told.faults = body.faults;
      await store.amend("records", row.key, () => ({ error: "faults", next_try: later(FAULTS_PAUSE) }));
      return "faults";
    }
    if (found === "later" || found === "refused") return this.#failed(row, status, found === "refused");
    server.session = null;
    return this.#sealedText(row);
  }

  async #read(row) {
    try {
      const facts = await this.store.unseal(row);
      const [events, photos] = [await this.store.events(row.key), await this.store.photos(row.key)];
      const listed = photos.filter(({ state }) => state !== "removed");
      if (events.length < row.clear.events || listed.length < row.clear.photos) return null;
      return { facts, document: documentOf(facts, events, photos) };
    } catch {
      return null;
    }
  }

  // A visit that began on this phone, while its checklist is still being filled.
  async #visit(row) {
    if (!this.#signedIn) return this.#failed(row, 401);
    const { found, status } = await this.#announce(row, await this.store.unseal(row));
    return found === "done" ? null : this.#failed(row, status, found === "refused");
  }

  async #announce(row, { start, checklist, version, started_at }) {
    const json = { unit: start.unit, checklist, version, reason: start.reason, started_at };
    if (Number.isInteger(start.clock_offset)) json.clock_offset = start.clock_offset; // what it is now may be another clock
    const { status, body } = await this.server.ask("PUT", `${API}/inspections/${row.clear.inspection}`, { json });
    const found = verdictOfVisit(status, body);
    if (found === "done") await this.store.amend("records", row.key, () => ({ announced: true, error: null, tries: 0, next_try: null }));
    return { found, status };
  }

  // The server has the text, and says so: first the receipt is kept, then what follows from it.
  async #received(row, receipt) {
    const { store } = this;
    const { id, status, code, received_at, files, reasons = [], faults = [], conflicts = [], merged = [] } = receipt;
    const speaks = faults.length + conflicts.length + merged.length > 0; // of answers: sealed like them
    const sealed = store.unlocked && speaks ? (await store.seal("receipts", row.key, {}, { faults, conflicts, merged })).sealed : null;
    const kept = { submission: row.key, at: new Date().toISOString(), id, status, code, received_at, files, reasons, sealed };
    await store.write(["receipts"], (stores) => stores.receipts.put(kept));
    const changes = { state: "received", status, code, error: null, tries: 0, next_try: null };
    await this.#settle(await store.amend("records", row.key, () => changes), receipt);
    return null;
  }

  // Photos the receipt lists leave the phone, each in one transaction with the note that it was sent. Those that were sent
  // and are not listed go again, soon at first, then seldom. A record whose photos have all arrived is complete.
  async #settle(row, receipt) {
    const { store } = this;
    const own = await this.#photosOf(row);
    for (const photo of own.filter(({ clear }) => clear.state === "here")) {
      const { size, sent } = photo.clear;
      if (mayDrop(photo.clear, receipt)) {
        photo.clear = { ...photo.clear, state: "sent", sent: size, error: null, next_try: null };
        await this.#dropPieces(photo, `receipt ${receipt.code}`, [photo]);
      } else if (sent >= size && !isHeld(photo.clear, receipt)) {
        const again = ({ tries = 0 }) => ({ upload: null, sent: 0, ...failure(tries, "unlisted", tries >= RETURNED) });
        await store.amend("photos", photo.key, again);
      }
    }
    if (stateOf(row.clear, own.map(({ clear }) => clear), receipt).state !== "complete") return;
    for (const photo of own.filter(({ clear }) => clear.state === "removed")) await this.#dropPieces(photo, "taken out by the person");
    await store.amend("records", row.key, () => ({ state: "complete" }));
    await store.mirrored((mirror) => mirror.forget(row.key));
  }

  async #photosOf(row) {
    return (await this.store.list("photos")).filter(({ clear }) => clear.submission === row.key);
  }

  async #dropPieces({ key }, why, rows = []) {
    await this.store.drop("pieces", await this.store.keys("pieces", `${key}:`), why, rows);
  }

  async #receipt(row) {
    const held = await this.store.receipt(row.key);
    if (!this.#signedIn || !held) return this.#sealedText(row);
    const { status, body } = await this.server.ask("GET", `${API}/submissions/${held.id}`);
    if (status === 404) {
      // The server knows it no more, as after a restored backup. Everything is still here: it is sent again.
      await this.store.amend("records", row.key, ({ tries }) => ({ state: "finished", ...failure(tries, "unlisted") }));
      return "unlisted";
    }
    const found = verdict(status, body);
    if (found !== "done" && found !== "kept") return this.#failed(row, status, found === "refused");
    const { conflicts, merged } = held;
    return this.#received(row, { conflicts, merged, ...body });
  }

  // ---- photos ----

  async #photo(row, photo) {
    if (!this.#signedIn) return this.#sealedPhoto(photo);
    const { store, server } = this;
    const { sha256, size, upload, name } = { ...(await store.unseal(photo)), ...photo.clear };
    const blob = await store.photoBytes(photo.key);
    if (blob.size !== size) return this.#failed(photo, 0, true, "unreadable");
    const submission = (await store.receipt(row.key))?.id ?? row.key; // the server may hold it under another id
    const { outcome, status } = await sendPhoto(blob, {
      about: { submission, photo: photo.key, sha256, filename: name || `${photo.key}.jpg` },
      upload,
      send: (method, path, headers, body) => server.ask(method, path, { headers, body }),
      keep: (stand) => this.#stands(photo, stand),
      pace: server.pace,
      yields: this.yields,
    });
    if (outcome !== "failed") return outcome === "paused" ? outcome : null;
    if (status !== 401 && status !== 403) return this.#failed(photo, status, verdict(status) === "refused");
    server.session = null;
    return this.#sealedPhoto(photo);
  }

  async #stands(photo, stand) {
    await this.store.amend("photos", photo.key, () => ({ ...stand, ...(stand.sent ? { error: null } : {}) }));
    await this.onProgress();
  }

  // ---- without sign-in ----

  // Rows of a record as they are; the answer brings its receipt.
  async #sealedText(row) {
    const rows = [row, ...(await this.store.list("events", `${row.key}:`)), ...(await this.#photosOf(row))];
    const { status, body } = await this.#sealed(rows);
    const found = body?.records?.find?.(({ submission }) => submission === row.key);
    const means = verdict(status, found?.receipt);
    if (means === "done" || means === "kept") return this.#received(row, found.receipt);
    return this.#failed(row, status, means === "refused" || Boolean(found?.error));
  }

  // Pieces of a photo, from where the server says it stands; that may be further back, once: what nobody went on with for
  // two weeks it has forgotten.
  async #sealedPhoto(photo) {
    const { size, pieces, piece = WHOLE_PIECE } = photo.clear;
    let sent = photo.clear.sent ?? 0;
    let wentBack = false;
    while (sent < size) {
      if (this.yields()) return "paused";
      const first = Math.floor(sent / piece);
      const count = Math.max(1, Math.floor(Math.min(BODY, this.server.pace.chunk) / piece));
      const keys = Array.from({ length: Math.min(count, pieces - first) }, (_, n) => pieceKey(photo.key, first + n));
      const rows = [photo, ...(await Promise.all(keys.map((key) => this.store.get("pieces", key))))];
      const { status, body } = await this.#sealed(rows);
      const found = status === 200 && body?.photos?.find?.((one) => one.photo === photo.key);
      const back = found?.received < sent;
      if (!(found?.received > sent || (back && !wentBack))) return this.#failed(photo, status, verdict(status) === "refused");
      wentBack ||= back;
      sent = Math.min(found.received, size);
      await this.#stands(photo, { sent });
    }
    return null;
  }

  async #sealed(rows) {
    const { server, store } = this;
    const body = new Uint8Array(await new Blob([HEAD, ...write(store.person, rows)]).arrayBuffer());
    const started = Date.now();
    const answer = await server.ask("POST", `${API}/sealed`, { body, headers: { "Content-Type": "application/octet-stream" } });
    if (answer.status === 200) server.pace.took(body.length, Date.now() - started);
    if (answer.status === 0) server.pace.broke();
    return answer;
  }

  // Write down why a step failed and when it is tried again. Nothing else changes: everything stays on the phone.
  async #failed({ store, key }, status, refused = false, error = reasonOf(status, refused)) {
    await this.store.amend(store, key, ({ tries = 0 }) => failure(tries, error, refused));
    return error;
  }
}

const failure = (tries, error, refused = false) => ({ error, tries: tries + 1, next_try: later(pause(tries + 1, { refused })) });
