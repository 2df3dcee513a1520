// Sends what waits on this phone, by itself and when a hand says so: text of all checklists first, then photos, until
// the receipt of each is complete. One sender on the phone at a time; it may be killed anywhere.

import { clearRows, Delivery, sendable } from "./delivery.js";
import { holdsUp, nextTry, outdated, Pace, pause, stateOf, steps } from "./outbox.js";
import { listPersons } from "./persons.js";
import { Server } from "./server.js";
import { Store } from "./store.js";

const LOCK_PATIENCE = 120_000; // milliseconds
const SOONEST = 2_000;
const LATEST = 15 * 60_000;

const keyOf = ({ what, submission, photo }) => `${what} ${photo ?? submission}`;

// Stores of all other persons on this phone; nobody can read them, and they can be sent.
async function storesOfOthers(own) {
  return (await listPersons()).filter((person) => person !== own?.person).map((person) => new Store(person));
}

// `store`: the open store of who is signed in, or null. `onChange(state)` is told of every step, those of other tabs too.
export const openSender = (store, options) => new Sender(store, options);

class Sender {
  #store;
  #others;
  #onChange;
  #pace = new Pace();
  #server = new Server(this.#pace);
  #channel = globalThis.BroadcastChannel ? new BroadcastChannel("phieu") : null;
  #triggers = new AbortController();
  #running = null;
  #again = false;
  #stopped = false;
  #givesWay = false; // a person waits for a text: photos stop after their chunk
  #failures = 0;
  #timer = 0;
  #waits = false; // something is left to be sent
  #asked = false; // the browser was asked to wake the service worker
  #heard = 0; // when another tab last told of its sending
  state = { sending: false, bytes: 0, photos: 0, seconds: null, error: null, signedIn: null };

  constructor(store, { onChange = () => {}, others = storesOfOthers, triggers = Boolean(globalThis.document) } = {}) {
    this.#store = store;
    this.#others = others;
    this.#onChange = onChange;
    this.#channel?.addEventListener("message", ({ data }) => this.#hear(data));
    if (triggers) this.#watch();
  }

  // Send all that is due, or with `now` all that waits (`only`: of one record). Resolves when nothing more can be done
  // at the moment.
  run({ now = false, only = null } = {}) {
    if (this.#stopped) return Promise.resolve();
    if (now) this.#failures = 0;
    this.#again ||= now && Boolean(this.#running);
    this.#running ??= this.#runAll(now, only).finally(() => {
      this.#running = null;
      if (!this.#again) return this.#plan();
      this.#again = false;
      return this.run({ now: true });
    });
    return this.#running;
  }

  // Send the text of one record at once, while its person waits: {state, status, code, faults, conflicts, error}. With
  // `strict`, one that the server finds faulty is not taken in, and `faults` says why. Photos follow by themselves.
  async sendOne(submission, { strict = false } = {}) {
    const told = { faults: [], conflicts: [] };
    this.#channel?.postMessage({ urgent: true });
    this.#givesWay = true;
    const send = async () => {
      if (!(await this.#greet())) return "network";
      return this.#inTurn(submission, { strict, told });
    };
    const error = await this.#alone(send).catch(() => "phone");
    const { state, status, code } = (await this.#store.get("records", submission))?.clear ?? {};
    this.#tell();
    void this.run();
    return { state, status, code, error, ...told };
  }

  // The text of a record, behind that of the one it corrects. Null when there is nothing to send, else what was in the way.
  async #inTurn(submission, options) {
    const held = async () => holdsUp((await this.#store.get("records", submission))?.clear ?? {}, (await clearRows(this.#store)).records);
    const earlier = await held();
    const error = earlier && (await this.#inTurn(earlier.submission, {}));
    if (error && (await held())) return error;
    const row = await this.#store.get("records", submission);
    return row?.clear.state === "finished" ? this.#delivery(this.#store).text(row, options) : null;
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#triggers.abort();
    this.#server.stop();
    this.#channel?.close();
    this.#channel = null;
  }

  // ---- when ----

  #watch() {
    const { signal } = this.#triggers;
    const run = () => {
      this.#asked = false;
      if (document.visibilityState === "visible") void this.run();
      else this.#askWorker();
    };
    globalThis.addEventListener("online", run, { signal });
    document.addEventListener("visibilitychange", run, { signal });
    const told = ({ data }) => data?.act === "send" && void this.run(); // by the service worker, whom the browser woke
    navigator.serviceWorker?.addEventListener("message", told, { signal });
    this.#timer = setTimeout(() => void this.run(), 0);
  }

  // The next run by itself; where the browser offers it, also after this page is closed.
  async #plan() {
    clearTimeout(this.#timer);
    const { due } = await this.#survey().catch(() => ({ due: 0 }));
    this.#waits = due !== null;
    if (this.#stopped || !this.#waits) return;
    const rest = this.#failures ? pause(this.#failures) : SOONEST;
    this.#timer = setTimeout(() => void this.run(), Math.min(LATEST, Math.max(due - Date.now(), rest)));
    this.#askWorker();
  }

  // Once until the network or the sight of this page changes: where there is a network the browser wakes the worker at
  // once, that wakes its pages, and a page that asked again each time would go round and round.
  #askWorker() {
    if (!this.#waits || this.#asked) return;
    this.#asked = true;
    globalThis.navigator?.serviceWorker?.ready.then(({ sync }) => sync?.register("send")).catch(() => {});
  }

  // ---- one at a time ----

  // Hold the phone's sender for one step. A tab that the system froze would hold it for ever: when nothing was heard of it
  // for long, this one takes it. Steps may be repeated, so that even two at once do no harm.
  async #alone(work) {
    const locks = globalThis.navigator?.locks;
    if (!locks) return work();
    for (;;) {
      let mine = false;
      const step = () => {
        mine = true;
        return work();
      };
      const asked = Date.now();
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), LOCK_PATIENCE);
      try {
        return await locks.request("uploader", { signal: patience.signal }, step);
      } catch (error) {
        if (mine || error?.name !== "AbortError") throw error;
        if (this.#heard < asked) return locks.request("uploader", { steal: true }, step);
      } finally {
        clearTimeout(timer);
      }
    }
  }

  #hear({ urgent, state }) {
    if (urgent) this.#givesWay = true;
    if (!state) return;
    this.#heard = Date.now();
    if (!this.#running) this.#onChange(state);
  }

  #tell(changes = {}) {
    this.state = { ...this.state, ...changes };
    this.#channel?.postMessage({ state: this.state });
    this.#onChange(this.state);
  }

  // ---- a run ----

  async #runAll(now, only) {
    let screen = null;
    try {
      await this.#eachStore((store) => sweep(store));
      const { due, ...rest } = await this.#survey();
      if (due === null || (!now && due > Date.now())) return;
      this.#tell({ sending: true, error: null, ...rest });
      screen = await globalThis.navigator?.wakeLock?.request("screen").catch(() => null);
      const tried = new Set();
      const wanted = (kinds) => ({ now, tried, kinds, only });
      const answered =
        (await this.#alone(() => this.#greet())) &&
        (await this.#pass(wanted(["text", "visit"]))) &&
        (await this.#pass(wanted(["text", "visit", "photo", "receipt"])));
      this.#failures = answered ? 0 : this.#failures + 1;
      if (!answered) this.#tell({ error: "network" });
    } catch {
      this.#failures += 1;
      this.#tell({ error: "phone" });
    } finally {
      void screen?.release().catch(() => {});
      if (this.state.sending) this.#tell({ sending: false });
    }
  }

  async #greet() {
    const answered = await this.#server.greet();
    if (answered) this.state.signedIn = this.#server.session !== null;
    return answered;
  }

  // One's own store first, then those of the others, which are closed again.
  async #eachStore(work) {
    const others = await this.#others(this.#store);
    try {
      for (const store of this.#store ? [this.#store, ...others] : others) if ((await work(store)) === false) return false;
      return true;
    } finally {
      for (const store of others) store.close();
    }
  }

  // What is left on this phone, how long it will take, and when the next step is due (null: none).
  async #survey() {
    const left = { bytes: 0, photos: 0 };
    const times = [];
    await this.#eachStore(async (store) => {
      const { records, photos } = await sendable(store);
      times.push(nextTry(records, photos) ?? Infinity);
      for (const record of records.filter(({ state }) => state === "finished" || state === "received")) {
        const { left: bytes, photos: all, arrived } = stateOf(record, photos, null);
        left.bytes += bytes;
        left.photos += all - arrived;
      }
    });
    const due = Math.min(...times, Infinity);
    return { ...left, seconds: this.#pace.secondsLeft(left), due: due === Infinity ? null : due };
  }

  async #progress() {
    const { due: _, ...rest } = await this.#survey();
    this.#tell(rest);
  }

  #delivery(store) {
    const yields = () => this.#stopped || this.#givesWay;
    return new Delivery(store, this.#server, { yields, onProgress: () => this.#progress() });
  }

  // Every due step of these kinds, of all persons. False when two in a row got no answer: then there is no network, while
  // one alone may be a record that some device on the way does not let through.
  async #pass(wanted) {
    let silent = 0;
    const done = await this.#eachStore(async (store) => {
      for (;;) {
        const outcome = await this.#alone(() => this.#step(store, wanted));
        if (outcome === undefined) return true;
        if (this.#stopped) return false;
        silent = outcome === "network" ? silent + 1 : 0;
        if (silent === 2) return false;
        await this.#progress();
      }
    });
    return done && silent === 0;
  }

  // The first step not tried in this run; undefined when there is none. Rows are read anew: another tab may have done it.
  async #step(store, { now, tried, kinds, only }) {
    const { records, photos } = await sendable(store);
    const due = steps(records, photos, now ? Infinity : Date.now());
    const fits = ({ what, submission }) => kinds.includes(what) && (!only || only === submission);
    const step = due.find((one) => fits(one) && !tried.has(keyOf(one)));
    if (!step) return undefined;
    this.#givesWay = false;
    const outcome = await this.#delivery(store).take(step);
    if (outcome !== "paused") tried.add(keyOf(step));
    return outcome;
  }
}

// Complete records go 90 days after their receipt: their answers, their thumbnails and the receipt itself.
async function sweep(store) {
  const { records, photos } = await clearRows(store);
  for (const submission of outdated(records, await store.list("receipts"), Date.now())) {
    const own = photos.filter((photo) => photo.submission === submission).map(({ photo }) => photo);
    const why = "90 days after its receipt";
    await store.drop("events", await store.keys("events", `${submission}:`), why);
    for (const what of ["thumbs", "photos"]) await store.drop(what, own, why);
    for (const what of ["receipts", "records"]) await store.drop(what, [submission], why);
  }
}
