// The log of one checklist: every answer is an event, the state is a fold. Pure; twin of domain/phone_rows.py, held
// together by tests/phone/cases.json. Names that begin with "@" are notes of this page, never answers:
// @place (the question last worked on), @expected (the question whose photo was asked for), @drop:<photo> (held photo taken out).

export const PIECE = 49152; // bytes of a photo in one row: sent sealed, one fits where a connection is cut after 64 kB
const pad = (number, digits) => String(number).padStart(digits, "0");

// What belongs to the question before it: "ny_02_note" to "ny_02".
export const FOLLOW_UP = /_(note|n|of|severity|cause|responsible)$/;

export const eventKey = (submission, seq) => `${submission}:${pad(seq, 8)}`;
export const pieceKey = (photo, n) => `${photo}:${pad(n, 4)}`;

// UUID of version 7: sorts by the phone's clock, so that photos keep the order in which they were taken.
export function newId(now = Date.now(), random = crypto.getRandomValues(new Uint8Array(10))) {
  const hex = [...random].map((byte) => pad(byte.toString(16), 2)).join("");
  const variant = ((random[2] & 0x3f) | 0x80).toString(16);
  const time = pad(now.toString(16), 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(1, 4)}-${variant}${hex.slice(6, 8)}-${hex.slice(8)}`;
}

// All that was noted last under each name, in the order of the log: {name: value}.
export function fold(events) {
  const state = {};
  for (const { name, value } of [...events].sort((one, other) => one.seq - other.seq)) state[name] = value;
  return state;
}

const isNote = (name) => name.startsWith("@");

// What the checklist says now: what the page began with, and over it the events. What was emptied is left out.
export function answersOf(drawn, events) {
  const all = Object.entries({ ...drawn, ...fold(events) });
  return Object.fromEntries(all.filter(([name, value]) => !isNote(name) && value !== ""));
}

// The photos a checklist consists of: those the server holds already and were not taken out, then those of this phone.
export function photosOf(facts, events, photos) {
  const state = fold(events);
  const held = (facts.photos ?? []).filter(({ id }) => state[`@drop:${id}`] !== "1");
  return [...held, ...photos.filter((photo) => photo.state !== "removed").sort((one, other) => (one.id < other.id ? -1 : 1))];
}

const PHOTO_FIELDS = [
  "id", "question", "sha256", "size", "taken_at", "lat", "lon", "accuracy", "source", "caption", "covers",
  "original_sha256", "original_size",
];

// The body of PUT /api/v1/submissions/<uuid>. `photos`: {id, sha256, size, state, ...what their row seals}.
export function documentOf(facts, events, photos) {
  const listed = photosOf(facts, events, photos);
  const document = {
    inspection: facts.inspection,
    checklist: facts.checklist,
    version: facts.version,
    started_at: facts.started_at ?? null,
    finished_at: facts.finished_at ?? null,
    replaces: facts.replaces ?? null,
    base: facts.base ?? {},
    answers: answersOf(facts.draft ?? facts.base ?? {}, events),
    photos: listed.map((photo) =>
      Object.fromEntries(PHOTO_FIELDS.filter((name) => photo[name] != null).map((name) => [name, photo[name]])),
    ),
  };
  if (facts.start) document.visit = { unit: facts.start.unit, reason: facts.start.reason };
  return document;
}

// The next number of the log for `name`: an edit that goes on with the last one takes its place.
export function nextSeq(last, name) {
  return last && last.name === name && !isNote(name) ? last.seq : (last?.seq ?? 0) + 1;
}

export class Finished extends Error {} // this checklist takes nothing more
export class Overtaken extends Error {} // another page wrote into this checklist

// One open checklist on this phone: takes answers as they are given and makes each durable, newest first in line.
// `store`: Store of store.js. `onState("saving" | "saved" | "failed", error)` is told where the writing stands.
export class Draft {
  #waiting = new Map();
  #writing = null;
  #last = null;
  #waker = 0;
  #line = Promise.resolve(); // of writings into the database
  #writer = newId(); // who wrote a record last

  constructor(store, row, facts, events, { onState = () => {}, offset = () => null } = {}) {
    Object.assign(this, { store, row, facts, events, onState, offset });
    this.#last = events.at(-1) ?? null;
  }

  // A new checklist for a visit; its row is written with the first answer, so that looking leaves nothing behind.
  static async begin(store, facts, options) {
    const submission = facts.submission ?? newId();
    const started = new Date().toISOString();
    const own = { ...facts, submission, started_at: started, finished_at: null };
    const clear = {
      submission, person: store.person, inspection: facts.inspection, form: facts.form, replaces: facts.replaces ?? null,
      state: "draft", started_at: started,
      changed_at: started, finished_at: null, turn: 0, events: 0, answers: 0, photos: 0, bytes: 0, tries: 0, next_try: null, error: null,
      code: null, status: null, announced: !facts.start,
    };
    return new Draft(store, await store.seal("records", submission, clear, own), own, [], options);
  }

  static async open(store, row, options) {
    const facts = await store.unseal(row);
    return new Draft(store, row, facts, await store.events(row.key), options);
  }

  get submission() {
    return this.row.key;
  }

  // How many answers the phone cannot read any more.
  get damaged() {
    return Math.max(0, this.row.clear.events - this.events.length);
  }

  get drawn() {
    return this.facts.draft ?? this.facts.base ?? {};
  }

  // Everything noted last, also what still waits to be written.
  get state() {
    const newest = Object.fromEntries([...this.#waiting].map(([name, { value }]) => [name, value]));
    return { ...fold(this.events), ...newest };
  }

  note(name, value) {
    const moment = { at: new Date().toISOString(), mono: Math.round(performance.now()), offset: this.offset() };
    this.#waiting.delete(name); // the newest stands last
    this.#waiting.set(name, { value, ...moment });
    return this.#write();
  }

  // Resolves when all that was noted is on disk; rejects when it cannot be.
  async settled() {
    while (this.#waiting.size) await this.#write(true);
    await this.#writing;
  }

  #write(must = false) {
    this.onState("saving");
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = null;
    });
    return must ? this.#writing : this.#writing.catch(() => {});
  }

  async #drain() {
    clearTimeout(this.#waker);
    while (this.#waiting.size) {
      const [[name, noted]] = this.#waiting;
      try {
        await this.#append(name, noted);
      } catch (error) {
        this.onState("failed", error);
        // What is on the screen is tried again until it holds.
        if (!(error instanceof Finished || error instanceof Overtaken)) this.#waker = setTimeout(() => this.#write(), 3000);
        throw error;
      }
      if (this.#waiting.get(name) === noted) this.#waiting.delete(name);
    }
    this.onState("saved");
  }

  async #append(name, noted) {
    const seq = nextSeq(this.#last, name);
    const event = { seq, name, ...noted };
    const events = [...this.events.filter((one) => one.seq !== seq), event];
    const answers = Object.keys(answersOf(this.drawn, events)).filter((one) => !FOLLOW_UP.test(one)).length;
    await this.#put([await this.#sealEvent(event)], () => ({ events: events.length, answers }));
    this.events = events;
    this.#last = event;
  }

  #sealEvent({ seq, ...plain }) {
    return this.store.seal("events", eventKey(this.submission, seq), { submission: this.submission, seq }, plain);
  }

  // Rows together with the record they belong to, in one transaction. `change(clear)` gives what is new of the record as it
  // stands on the disk, where the sender writes too. Nothing is added to a checklist that is finished: it would never be sent.
  // `turn` counts the writings of this page: a record that is not at the same one is not the one this page wrote last.
  #put(rows, change, options = {}) {
    const put = () => this.#putNow(rows, change, options);
    const done = this.#line.then(put);
    this.#line = done.catch(() => {});
    return done;
  }

  async #putNow(rows, change, { from = ["draft"], strict = false, sealed } = {}) {
    const mine = this.row.clear.turn ?? 0;
    const mark = { writer: this.#writer, write: newId() };
    let onDisk = mine;
    const merge = (clear, isThere) => {
      if (clear.write === mark.write) return {}; // it was kept, and only the answer got lost
      onDisk = isThere ? (clear.turn ?? 0) : 0;
      if (clear.writer === mark.writer) onDisk = Math.min(onDisk, mine); // one of this page that seemed to fail was kept too
      if (!from.includes(clear.state) || onDisk !== mine) return null;
      return { ...change(clear), ...mark, turn: Math.max(mine, clear.turn ?? 0) + 1, changed_at: new Date().toISOString() };
    };
    let row = await this.store.put(rows, { strict, record: { row: this.row, sealed, merge } });
    if (onDisk > mine) throw new Overtaken();
    if (onDisk < mine) row = await this.#putAll(rows, change, { mark: { ...mark, turn: mine + 1 }, sealed });
    if (!row) throw new Finished();
    this.row = row;
  }

  // The database was emptied under this page, and its second copy is older or there is none: what the page still knows goes
  // into the new one with what is to be written. Bytes of photos it does not know; how many are missing stands in the log.
  async #putAll(rows, change, { mark, sealed = this.row.sealed }) {
    const photos = (await this.store.photoRows(this.submission)).filter(({ clear }) => clear.state !== "removed");
    const bytes = photos.reduce((sum, { clear }) => sum + clear.size, 0);
    const known = { ...this.row.clear, photos: photos.length, bytes };
    const missing = this.row.clear.photos - photos.length;
    const events = await Promise.all(this.events.map((event) => this.#sealEvent(event)));
    const note = missing > 0 ? [this.store.vanished("photos", missing)] : [];
    const merge = () => ({ ...known, ...change(known), ...mark, changed_at: new Date().toISOString() });
    const row = await this.store.put([...events, ...note, ...rows], { strict: true, record: { row: this.row, sealed, merge } });
    this.store.onVanished();
    return row;
  }

  // The record and all its answers as this page knows them, also what could not be written.
  async rows() {
    let last = this.#last;
    let events = this.events;
    for (const [name, noted] of this.#waiting) {
      last = { seq: nextSeq(last, name), name, ...noted };
      events = [...events.filter(({ seq }) => seq !== last.seq), last];
    }
    const sealed = await Promise.all(events.map((event) => this.#sealEvent(event)));
    return [{ ...this.row, clear: { ...this.row.clear, events: sealed.length } }, ...sealed];
  }

  // Keep a photo: all its bytes and what is known of its taking, or nothing. `plain`: question, taken_at, source, ...
  async addPhoto(bytes, { sha256, ...plain }, thumb = null) {
    const photo = newId();
    const { submission, store } = this;
    const pieces = [];
    for (let start = 0, n = 0; start < bytes.length; start += PIECE, n += 1) {
      const clear = { photo, submission, n };
      pieces.push(await store.seal("pieces", pieceKey(photo, n), clear, bytes.subarray(start, start + PIECE)));
    }
    const { length: size } = bytes;
    const clear = { photo, submission, sha256, size, piece: PIECE, pieces: pieces.length, state: "here", sent: 0 };
    const rows = [...pieces, await store.seal("photos", photo, clear, { submission, ...plain })];
    if (thumb) rows.push(await store.seal("thumbs", photo, { photo, submission }, thumb));
    const more = (record) => ({ photos: record.photos + 1, bytes: record.bytes + size });
    await this.#put(rows, more, { strict: true });
    return { ...plain, id: photo, sha256, size, state: "here" };
  }

  // Take a photo out or put it back; its bytes stay on the phone until the checklist has arrived.
  async keepPhoto(photo, kept) {
    const row = await this.store.get("photos", photo);
    const changed = { ...row, clear: { ...row.clear, state: kept ? "here" : "removed" } };
    const sign = kept ? 1 : -1;
    const { size } = row.clear;
    await this.#put([changed], ({ photos, bytes }) => ({ photos: photos + sign, bytes: bytes + sign * size }));
  }

  // What is known of a photo beside its bytes, e.g. its caption.
  async describePhoto(photo, changes) {
    const row = await this.store.get("photos", photo);
    const plain = { ...(await this.store.unseal(row)), ...changes };
    await this.#put([await this.store.seal("photos", photo, row.clear, plain)], () => ({}));
  }

  // From now on the checklist waits to be sent, and takes no more answers. `state` "draft" takes that back, if the server
  // has not received it.
  async finish(state = "finished") {
    await this.settled();
    const finished_at = state === "finished" ? new Date().toISOString() : null;
    const facts = { ...this.facts, finished_at };
    const { sealed } = await this.store.seal("records", this.submission, {}, facts);
    const change = () => ({ state, finished_at, tries: 0, next_try: null, error: null });
    await this.#put([], change, { from: ["draft", "finished"], strict: true, sealed });
    this.facts = facts;
  }
}
