// "Máy này": what this phone keeps and how safe that is, one button that mends what can be mended, and the way out: all
// that is not sent as one file. Works without network and without sign-in.

import { describe } from "./device.js";
import { collect, handOut } from "./export.js";
import { openMirror } from "./mirror.js";
import { countHeld, findOpenStore, listHeld, listPersons } from "./persons.js";
import { askActive, prepare, readiness, refresh, start as makeReady } from "./ready.js";
import { isSupported, Store } from "./store.js";
import { showVanished } from "./vanished.js";
import { words as allWords } from "./words.js";

const DAY = 86_400_000;
const SAFARI_DAYS = 7; // without a visit, then Safari deletes what a page keeps
const LITTLE = 200e6; // bytes; some hundred photos
const LOG_DAYS = 90;
const REASONS = [["why_receipt", "receipt"], ["why_out", "taken out"], ["why_old", "90 days"], ["why_vanished", "vanished"]]; // how the log says why
const find = (id) => document.getElementById(id);
const language = globalThis.document?.documentElement.lang;
const say = (text, values = {}) => Object.entries(values).reduce((said, [name, value]) => said.replace(`%${name}`, value), text);
const date = (time) => new Date(time).toLocaleDateString(language, { day: "2-digit", month: "2-digit", year: "numeric" });

// "12 kB", "1,2 MB", "10,7 GB"
function size(bytes) {
  const [unit, name] = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]].find(([least]) => bytes >= least) ?? [1e3, "kB"];
  const number = Math.max(unit === 1e3 ? 1 : 0, bytes / unit);
  return `${number.toLocaleString(language, { maximumFractionDigits: number < 100 && unit > 1e3 ? 1 : 0 })} ${name}`;
}

// ---- what is seen, and what it means (pure) ----

// [{level: "good" | "warn" | "bad", key (of the words), values}], the worst first; `now` in milliseconds.
export function diagnose(seen, now) {
  const { app, apple, webkit, installed, persisted, works, secret, free, held, copy, camera, place, ready } = seen;
  const found = [];
  const tell = (level, key, values) => found.push({ level, key, values });
  const choose = (good, key, bad = "warn") => tell(good ? "good" : bad, good ? key : `no_${key}`);
  if (app) tell("bad", app === "app" ? "inside" : "inside_app", { a: app });
  choose(works, "works", "bad");
  if (secret) tell("bad", "secret");
  if (ready) choose(ready.ready, "ready");
  if (installed) tell("good", "installed");
  else tell("warn", apple ? "install_apple" : "install");
  if (webkit && !installed) tell("warn", "safari", { d: date(now + SAFARI_DAYS * DAY) });
  choose(persisted, "persisted");
  if (free !== null) tell(free < LITTLE ? "warn" : "good", free < LITTLE ? "little" : "room", { s: size(free) });
  choose(copy, "copy");
  if (held.drafts + held.waiting)
    tell("warn", "held", { n: held.waiting, d: held.drafts, a: date(held.since) });
  else tell("good", "nothing_held");
  if (seen.signedIn === false) tell("warn", "signed_out");
  for (const [key, state] of [["camera", camera], ["place", place]]) if (state === "denied") tell("warn", `no_${key}`);
  const order = ["bad", "warn", "good"];
  return found.sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
}

// ---- looking ----

const asked = (request) =>
  new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });

// Write, close, open again, read: what a private window or a broken database does not do.
async function tryDatabase() {
  const open = () => {
    const request = indexedDB.open("thu-may", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("rows");
    return asked(request);
  };
  const told = Math.random();
  const first = await open();
  await asked(first.transaction("rows", "readwrite").objectStore("rows").put(told, 1));
  first.close();
  const second = await open();
  const read = await asked(second.transaction("rows").objectStore("rows").get(1));
  second.close();
  await asked(indexedDB.deleteDatabase("thu-may"));
  return read === told;
}

async function tryCopy() {
  const mirror = openMirror("thu");
  const row = { store: "records", key: "thu", clear: {}, sealed: null };
  await mirror.append([row]);
  const rows = await mirror.restore();
  await mirror.forget("thu");
  return rows.length > 0;
}

const no = () => false;
const permission = async (name) => (await navigator.permissions?.query({ name }).catch(() => null))?.state ?? null;

// `settled`: this page has taken along what it can; before that readiness and sign-in are not known.
async function look(store, settled) {
  const { quota = null, usage = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
  const heap = globalThis.performance?.memory?.jsHeapSizeLimit; // a private window gets less disk than memory
  return {
    ...describe(),
    persisted: Boolean(await navigator.storage?.persisted?.().catch(no)),
    works: isSupported() && (await tryDatabase().catch(no)),
    secret: Boolean(heap && quota !== null && quota < 2 * heap),
    free: quota === null ? null : quota - usage,
    held: countHeld(await listHeld().catch(() => [])),
    copy: await tryCopy().catch(no),
    camera: await permission("camera"),
    place: await permission("geolocation"),
    ready: settled ? await readiness(store) : null,
    signedIn: settled ? Boolean(store?.unlocked) : null,
  };
}

// ---- showing ----

function item({ level, key, values }, said) {
  const made = Object.assign(document.createElement("li"), { className: level });
  made.append(Object.assign(document.createElement("strong"), { textContent: said[`level_${level}`] }), ` ${say(said[key], values)}`);
  return made;
}

async function show(store, said, { settled = true } = {}) {
  const seen = await look(store, settled);
  find("checks").replaceChildren(...diagnose(seen, Date.now()).map((check) => item(check, said)));
  find("guide-apple").hidden = !seen.apple || seen.installed;
  find("export").hidden = !(seen.held.drafts + seen.held.waiting);
  const { version } = (await askActive({ act: "verify" })) ?? {};
  find("version").textContent = say(said.version, { v: version ?? "–", a: seen.ready?.at ? new Date(seen.ready.at).toLocaleString(language) : "–" });
}

// Everything that was deleted here in the last days, and why.
async function showLog(said) {
  const lines = [];
  for (const person of await listPersons()) {
    const store = new Store(person);
    lines.push(...(await store.list("log")));
    store.close();
  }
  const since = new Date(Date.now() - LOG_DAYS * DAY).toISOString();
  const recent = lines.filter(({ at }) => at > since).sort((one, other) => (one.at < other.at ? 1 : -1));
  const text = ({ at, what, keys, why }) => {
    const reason = REASONS.find(([, begin]) => why.startsWith(begin))?.[0];
    const code = reason === "why_receipt" ? why.slice("receipt".length) : "";
    const counted = `${said[`what_${what}`] ?? what} (${keys.length ?? keys})`;
    return `${new Date(at).toLocaleString(language)} · ${counted} · ${reason ? said[reason] + code : why}`;
  };
  find("log").replaceChildren(...recent.map((entry) => Object.assign(document.createElement("li"), { textContent: text(entry) })));
  find("log-none").hidden = recent.length > 0;
}

// ---- mending ----

let prompt = null; // the browser's own offer to install, while it stands

async function mend(store, note) {
  note("mending");
  await navigator.storage?.persist?.().catch(no);
  await askActive({ act: "verify", repair: true });
  const own = await refresh(store, { force: true }).catch(() => store);
  await prepare(own);
  const { openSender } = await import("./sender.js");
  const sender = openSender(own, { triggers: false });
  await sender.run({ now: true });
  sender.stop();
  if (prompt) await prompt.prompt();
  prompt = null;
  note("mended");
  return own;
}

// ---- the way out ----

async function exportAll(store, note) {
  note("exporting");
  const file = await handOut(await collect(), store);
  note("exported", { f: file.name, s: size(file.size) });
}

async function start() {
  const said = (await allWords()).doctor;
  let store = await findOpenStore().catch(() => null);
  const note = (key, values) => (find("news").textContent = say(said[key], values));
  const run = (button, work) =>
    find(button).addEventListener("click", async () => {
      find(button).disabled = true;
      await work().catch(() => note("failed"));
      find(button).disabled = false;
      await show(store, said);
    });
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    prompt = event;
  });
  run("mend", async () => (store = await mend(store, note)));
  run("export-button", () => exportAll(store, note));
  await show(store, said, { settled: false });
  await showVanished(document.querySelector("[data-vanished]"));
  find("mend").disabled = false;
  await showLog(said);
  store = await makeReady(store);
  await show(store, said);
}

if (globalThis.document?.getElementById("checks")) void start();
