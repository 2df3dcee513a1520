// What this phone holds for one person: rows in IndexedDB, what is personal in them sealed under the person's store key.
// A connection may die at any moment (iOS closes it in the background): whoever fails opens a new one and tries again.

const ROWS = ["records", "events", "photos", "pieces", "thumbs", "kits"];
const PLAIN = { keys: "name", receipts: "submission", log: "id" };
const WHOLE = "whole"; // the first line of a log
const VANISHED = "vanished"; // why a line of the log was written: there had been more
const TRIES = 4;
const ANSWER = 4_000; // milliseconds until what gets no answer is tried again: Safari leaves now and then one without
const NUDGE = 400; // milliseconds
const FILLING = 120_000; // the same while the whole second copy is brought back
const STRICT = { durability: "strict" };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Unkept extends Error {} // a write that could not be made durable; `cause` says why

export const isSupported = () => Boolean(globalThis.indexedDB && globalThis.crypto?.subtle);
export const PREFIX = "phieu-";
export const MARK = "phieu:"; // a note beside the database, to notice when that vanished

// Only a page may start the worker that writes there.
const secondCopy = globalThis.document
  ? (person) => import("./mirror.js").then(({ openMirror }) => openMirror(person))
  : null;

// Short notes beside the database. Some browsers let a page keep nothing there: then nothing is known.
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function remember(name, text) {
  try {
    localStorage.setItem(name, text);
  } catch {
    // it is not needed
  }
}

function mergedRow(row, { sealed = row.sealed, merge }, isThere = true) {
  const changes = merge(row.clear, isThere);
  return changes && { ...row, sealed, clear: { ...row.clear, ...changes } };
}

// Rejects when `promise` says nothing for so long; `giveUp` then ends what may still be under way. Safari now and then leaves
// requests lying until the database is asked for anything else (WebKit bug 226547): so it is asked.
function within(milliseconds, promise, giveUp) {
  const begun = performance.now();
  let timer;
  const late = new Promise((_, fail) => {
    timer = setInterval(() => {
      indexedDB.databases?.().catch(() => {});
      if (performance.now() - begun < milliseconds) return;
      fail(new DOMException("no answer", "TimeoutError"));
      giveUp();
      clearInterval(timer);
    }, NUDGE);
  });
  return Promise.race([promise, late]).finally(() => clearInterval(timer));
}

function promised(request) {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

export class Store {
  #connection = null;
  #key = null;
  #mirror = null;

  // `mirror`: makes the second copy (mirror.js), or null; `onVanished` is told when a database was gone that had been here.
  constructor(person, { mirror = secondCopy, onVanished = () => {} } = {}) {
    this.person = Number(person);
    this.makeMirror = mirror;
    this.onVanished = onVanished;
  }

  get unlocked() {
    return this.#key !== null;
  }

  // Take up the key that lies on this phone; false when there is none or its session has ended.
  async unlock(now = Date.now()) {
    const held = await this.read(["keys"], (stores) => stores.keys.get("store"));
    if (!held || Date.parse(held.ends_at) <= now) {
      if (held) await this.write(["keys"], (stores) => stores.keys.clear());
      return false;
    }
    this.#key = held.key;
    this.owner = { username: held.username, name: held.full_name, ends_at: held.ends_at };
    return true;
  }

  // The key as the server gave it (base64): kept so that no script can read it again.
  async keepKey(secret, { username, name, ends_at }) {
    const bytes = Uint8Array.from(atob(secret), (letter) => letter.charCodeAt(0));
    this.#key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    this.owner = { username, name, ends_at };
    await this.write(["keys"], (stores) => stores.keys.put(this.#keyRow()));
  }

  #keyRow() {
    const { username, name, ends_at } = this.owner;
    return { name: "store", person: this.person, username, full_name: name, ends_at, key: this.#key };
  }

  // A row with `plain` (bytes, or anything JSON can say) sealed in it, bound to its place.
  async seal(store, key, clear, plain) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const bytes = plain instanceof Uint8Array ? plain : encoder.encode(JSON.stringify(plain));
    const cipher = await crypto.subtle.encrypt(this.#about(store, key, iv), this.#key, bytes);
    const sealed = new Uint8Array(12 + cipher.byteLength);
    sealed.set(iv);
    sealed.set(new Uint8Array(cipher), 12);
    return { store, key, clear, sealed };
  }

  async unsealBytes({ store, key, sealed }) {
    const about = this.#about(store, key, sealed.subarray(0, 12));
    return new Uint8Array(await crypto.subtle.decrypt(about, this.#key, sealed.subarray(12)));
  }

  async unseal(row) {
    return JSON.parse(decoder.decode(await this.unsealBytes(row)));
  }

  #about(store, key, iv) {
    return { name: "AES-GCM", iv, additionalData: encoder.encode(`${store}:${key}`) };
  }

  // ---- reading ----

  get(store, key) {
    return this.read([store], (stores) => stores[store].get(key));
  }

  // All values of a store whose key begins with `prefix`, in the order of their keys.
  list(store, prefix = "") {
    const range = prefix ? IDBKeyRange.bound(prefix, `${prefix}\uffff`) : undefined;
    return this.read([store], (stores) => stores[store].getAll(range));
  }

  // Keys of a store that begin with `prefix`.
  keys(store, prefix) {
    return this.read([store], (stores) => stores[store].getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`)));
  }

  // The server's receipt of a record; what it says of answers is sealed, and in it only while that can be read.
  async receipt(submission) {
    const row = await this.get("receipts", submission);
    if (!row?.sealed || !this.unlocked) return row ?? null;
    return { ...row, ...(await this.unseal({ store: "receipts", key: submission, sealed: row.sealed })) };
  }

  // Events of a record: [{seq, name, value, at, ...}].
  async events(submission) {
    const rows = await this.#readable(await this.list("events", `${submission}:`));
    return rows.map(({ clear, plain }) => ({ seq: clear.seq, ...plain }));
  }

  // Photos of a record, those taken out too: [{id, sha256, size, state, pieces, ...what is sealed}].
  async photos(submission) {
    const rows = await this.#readable(await this.photoRows(submission));
    return rows.map(({ key, clear, plain }) => {
      const { sha256, size, state, pieces, sent } = clear;
      return { ...plain, id: key, sha256, size, state, pieces, sent };
    });
  }

  async photoRows(submission) {
    return (await this.list("photos")).filter((row) => row.clear.submission === submission);
  }

  // Rows with what is sealed in them ({key, clear, plain}). For a damaged one its second copy is taken, and put back; where
  // there is none it is left out, and the numbers in its record say that something is missing.
  async #readable(rows) {
    const open = (row) => this.unseal(row).then((plain) => ({ ...row, plain }), () => null);
    const opened = await Promise.all(rows.map(open));
    const damaged = rows.filter((_, n) => !opened[n]).map(({ key }) => key);
    if (!damaged.length) return opened;
    const copies = ((await this.mirrored((mirror) => mirror.restore())) ?? []).filter(({ key }) => damaged.includes(key));
    const mended = (await Promise.all(copies.map(open))).filter(Boolean);
    for (const { plain: _, ...row } of mended) await this.write([row.store], (stores) => stores[row.store].put(row));
    return [...opened.filter(Boolean), ...mended].sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  // The bytes of a photo as they were stored.
  async photoBytes(photo) {
    const rows = await this.list("pieces", `${photo}:`);
    return new Blob(await Promise.all(rows.map((row) => this.unsealBytes(row))));
  }

  // ---- writing ----

  // Rows that belong together, in one transaction: [{store, key, clear, sealed}]. With `record` ({row, sealed, merge}) also
  // the record they belong to, as it stands on the disk (else `row`): `merge(clear, isThere)` gives what is new of it, or
  // null when nothing may be written. Resolves when all is on disk, with the last row; with null when nothing was written.
  async put(rows, { strict = false, record = null } = {}) {
    let written = rows;
    let last;
    const putAll = (stores, found) => {
      const merged = record && mergedRow(found ?? record.row, record, Boolean(found));
      if (record && !merged) return;
      written = record ? [...rows, merged] : rows;
      for (const row of written) stores[row.store].put(row);
      const { store, key } = written.at(-1);
      last = stores[store].get(key); // read back what a dying connection would only pretend to keep
    };
    const names = new Set(rows.map((row) => row.store));
    if (record) names.add("records");
    await this.write(
      [...names],
      (stores, go) => (record ? go(stores.records.get(record.row.key), (found) => putAll(stores, found)) : putAll(stores)),
      strict ? STRICT : {},
    );
    if (!last) return null;
    if (last.result?.sealed?.byteLength !== written.at(-1).sealed?.byteLength) throw new Unkept("not read back");
    void this.mirrored((mirror) => mirror.append(written));
    return written.at(-1);
  }

  // One row changed in one transaction, so that no other change is lost: `change(clear)` gives what is new. How far the
  // sending is stands in no second copy: without it all is sent again, and the server knows it. Gives the row, or null.
  async amend(what, key, change) {
    let changed = null;
    await this.write([what], (stores, go) =>
      go(stores[what].get(key), (found) => {
        if (!found) return;
        changed = mergedRow(found, { merge: change });
        stores[what].put(changed);
      }),
    );
    return changed;
  }

  // Delete rows, and say why in the log that survives them; `rows` are put in the same transaction.
  async drop(what, keys, why, rows = []) {
    const at = new Date().toISOString();
    const id = `${at} ${crypto.randomUUID()}`;
    await this.write([...new Set([what, "log", ...rows.map((row) => row.store)])], (stores) => {
      for (const key of keys) stores[what].delete(key);
      for (const row of rows) stores[row.store].put(row);
      stores.log.put({ id, at, what, keys: keys.length > 20 ? keys.length : keys, why });
    });
  }

  // A line of the log: this database was emptied, and so many of `what` came back (records) or did not (photos).
  vanished(what, keys) {
    const at = new Date().toISOString();
    return { store: "log", id: `${at} ${crypto.randomUUID()}`, at, what, keys, why: VANISHED, seen: false };
  }

  // Times this database was found emptied, of which nobody has said yet that they know: [{at, what, keys}].
  async vanishings() {
    return (await this.list("log")).filter(({ why, seen }) => why === VANISHED && !seen);
  }

  async acknowledge() {
    const rows = await this.vanishings();
    await this.write(["log"], (stores) => rows.forEach((row) => stores.log.put({ ...row, seen: true })));
  }

  // `work(stores, go)` in one transaction: it gives the request whose result is wanted; `go(request, next)` goes on with
  // what one gave.
  read(names, work) {
    return this.#transact("readonly", names, work, {});
  }

  write(names, work, options = {}) {
    return this.#transact("readwrite", names, work, options);
  }

  async #transact(mode, names, work, options) {
    let cause;
    for (let round = 0; round < TRIES; round += 1) {
      if (round) await new Promise((again) => setTimeout(again, 40 * 2 ** round * (0.5 + Math.random())));
      try {
        return await this.#once(await this.#open(), mode, names, work, options, ANSWER * 2 ** round);
      } catch (error) {
        cause = error;
        if (error?.name === "QuotaExceededError" || error?.name === "DataError") break;
        this.close(); // a dead connection looks like any other: never use it twice
      }
    }
    throw new Unkept(cause?.name ?? "unknown", { cause });
  }

  #once(connection, mode, names, work, options, patience = ANSWER) {
    const transaction = connection.transaction(names, mode, options);
    const done = new Promise((done, fail) => {
      let request;
      transaction.oncomplete = () => done(request?.result);
      transaction.onabort = () => fail(transaction.error ?? new DOMException("aborted", "AbortError"));
      const go = (asked, next) => {
        asked.onsuccess = () => {
          try {
            next(asked.result);
          } catch (error) {
            fail(error);
            transaction.abort();
          }
        };
      };
      request = work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])), go);
    });
    return within(patience, done, () => transaction.abort());
  }

  #open() {
    this.#connection ??= this.#connect().catch((error) => {
      this.#connection = null;
      throw error;
    });
    return this.#connection;
  }

  async #connect() {
    const request = indexedDB.open(PREFIX + this.person, 1);
    request.onupgradeneeded = () => {
      for (const name of ROWS) request.result.createObjectStore(name, { keyPath: "key" });
      for (const [name, keyPath] of Object.entries(PLAIN)) request.result.createObjectStore(name, { keyPath });
    };
    request.onblocked = () => {}; // another version is closing
    const giveUp = () => (request.onsuccess = () => request.result.close());
    const connection = await within(ANSWER, promised(request), giveUp);
    const forget = () => {
      connection.close();
      if (this.#connection && this.connection === connection) this.#connection = null;
    };
    this.connection = connection;
    connection.onclose = forget;
    connection.onversionchange = forget;
    await this.#refill(connection);
    return connection;
  }

  // A new database where one had been before: the browser or a person emptied it. Bring back what the mirror has, wholly or
  // not at all, and say so in the log; until a line there says that it is done, whoever opens the database does it.
  async #refill(connection) {
    const known = recall(MARK + this.person);
    const note = () => known || remember(MARK + this.person, new Date().toISOString());
    if (await this.#once(connection, "readonly", ["log"], (stores) => stores.log.get(WHOLE))) return note();
    const rows = (await this.mirrored((mirror) => mirror.restore())) ?? [];
    const putAll = (stores) => {
      for (const row of rows) stores[row.store].put(row);
      if (this.#key) stores.keys.put(this.#keyRow());
      stores.log.put({ id: WHOLE, at: "" });
      if (known || rows.length) stores.log.put(this.vanished("records", rows.filter(({ store }) => store === "records").length));
    };
    const fill = (stores, go) => void go(stores.log.get(WHOLE), (done) => done || putAll(stores));
    await this.#once(connection, "readwrite", [...ROWS, "keys", "log"], fill, STRICT, FILLING);
    note();
    if (known || rows.length) this.onVanished();
  }

  // The second copy, made when it is first needed; whoever saves does not wait for it, and its faults are nobody's.
  async mirrored(work) {
    try {
      this.#mirror ??= this.makeMirror ? this.makeMirror(this.person) : Promise.resolve(null);
      const mirror = await this.#mirror;
      return mirror ? await work(mirror) : null;
    } catch {
      return null;
    }
  }

  close() {
    this.#connection?.then((connection) => connection.close(), () => {});
    this.#connection = null;
  }
}
