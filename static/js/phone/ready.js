// Makes this phone ready for work without network and says whether it is. Loaded when the page can be used already.

import { describe } from "./device.js";
import { noteOffset } from "./server.js";
import { findOpenStore, lockAll } from "./persons.js";
import { isSupported, Store } from "./store.js";
import { words } from "./words.js";

const FRESH = 5 * 60_000; // milliseconds in which what was taken along is not asked for again
const SOON = 2 * 86_400_000; // a session that ends earlier may end on the way
const PATIENCE = 20_000;

// ---- the service worker ----

const registration = () => navigator.serviceWorker?.getRegistration("/").catch(() => null);

// Resolves when a worker is active, or when none can be.
async function register() {
  const asked = navigator.serviceWorker?.register("/sw.js").catch(registration);
  if ((await registration())?.active) return;
  const made = await asked;
  const worker = made && !made.active && (made.installing ?? made.waiting);
  if (!worker) return;
  await new Promise((done) => {
    worker.addEventListener("statechange", () => ["activated", "redundant"].includes(worker.state) && done());
  });
}

// What a worker says to a message (sw.js), null when it does not.
export function ask(worker, message) {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => done(data);
    setTimeout(() => done(null), PATIENCE);
    worker.postMessage(message, [port2]);
  });
}

export const askActive = async (message) => {
  const active = (await registration())?.active;
  return active ? ask(active, message) : null;
};

// ---- what is taken along ----

export async function readKit(store) {
  const row = store?.unlocked ? await store.get("kits", "offline") : null;
  return row && { ...(await store.unseal(row)), at: row.clear.at };
}

// The newest visits, units and checklists, and the key of who is signed in; asked for again when it is not fresh.
// Gives the open store, null when nobody is signed in.
export async function refresh(store, { force = false } = {}) {
  const row = store?.unlocked ? await store.get("kits", "offline") : null;
  if (!force && row && Math.abs(Date.now() - Date.parse(row.clear.at)) < FRESH) return store;
  const asked = Date.now();
  const rest = { headers: { Accept: "application/json" }, cache: "no-store", redirect: "error" };
  const answer = await fetch("/api/v1/offline", { ...rest, signal: AbortSignal.timeout?.(60_000) }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (answer?.status === 401 && said) return endSession();
  if (!answer?.ok || !said?.key) return store?.unlocked ? store : null;
  noteOffset(Date.parse(said.time) - (asked + Date.now()) / 2);
  return keep(store, said);
}

// The server ended the session: what lies here is locked. A page that is open goes on, and what it keeps can be sent.
async function endSession() {
  await lockAll();
  return null;
}

async function keep(store, { key, ends_at, csrf_token: _, ...kit }) {
  const { id, username, name } = kit.person;
  if (store && store.person !== id) await lockAll(); // somebody else signed in meanwhile
  const own = store?.person === id ? store : new Store(id);
  await own.keepKey(key, { username, name, ends_at });
  const forms = Object.fromEntries(kit.visits.map(({ inspection, form }) => [inspection, form]));
  const clear = { name: "offline", at: new Date().toISOString(), forms, wanted: kit.forms.map(({ form }) => form) };
  await own.put([await own.seal("kits", "offline", clear, kit)]);
  return own;
}

// Blank checklists go to every version of the worker: each keeps those that fit it. Then the newer may take its turn.
// False when one could not be had.
async function handOver(kit) {
  const found = await registration();
  const forms = kit.forms.map(({ form, url, sha256 }) => ({ form, url, sha256 }));
  const missing = [];
  for (const worker of [found?.active, found?.waiting])
    if (worker) missing.push(...((await ask(worker, { act: "forms", forms }))?.missing ?? []));
  if (found?.active) await ask(found.active, { act: "settle" });
  void found?.update().catch(() => {});
  return !missing.length;
}

async function takeAlong(store) {
  const kit = await readKit(store).catch(() => null);
  return !kit || handOver(kit);
}

// ---- is it ready? ----

// What is missing, as keys of the page's words; nothing: proven ready. {ready, missing, at (of what was taken along)}
export async function readiness(store) {
  const missing = [];
  const proof = await askActive({ act: "verify" });
  const kit = await readKit(store).catch(() => null);
  const wanted = kit ? [...kit.forms, ...kit.visits].map(({ form }) => form) : [];
  if (!proof) missing.push("worker");
  else if (!proof.files || proof.missing.length) missing.push("files");
  if (!kit) missing.push("kit");
  else if (!wanted.every((form) => proof?.forms.includes(form))) missing.push("forms");
  if (kit && !kit.units.length) missing.push("units");
  if (kit && Date.parse(store.owner.ends_at) - Date.now() < SOON) missing.push("session");
  return { ready: !missing.length, missing, at: kit?.at ?? null };
}

async function draw(state) {
  const lights = document.querySelectorAll("[data-ready-light]");
  if (!lights.length) return;
  const said = (await words()).ready;
  const { ready, missing } = state ?? {};
  const text = !state ? said.checking : ready ? said.ready : `${said.not_ready} ${missing.map((key) => said[key]).join(", ")}.`;
  for (const light of lights) {
    const link = Object.assign(document.createElement("a"), { href: "/phone/doctor", textContent: text });
    link.className = `lamp ${!state ? "checking" : ready ? "ready" : "not-ready"}`;
    light.replaceChildren(link);
  }
}

// Once a browser was asked it says so at once; it grants it to pages that are installed or often used.
async function persist(store) {
  const used = describe().installed || (store && (await store.list("records")).length);
  if (used) await navigator.storage?.persist?.();
}

// ---- signing out ----

let leaving = false;

// Ends the session by the worker, which does it later where there is no network; by the server's form without one.
async function end(form) {
  if (!(await askActive({ act: "leave", now: true })) && form) return form.submit();
  return location.assign("/inspect/");
}

async function leave(form) {
  leaving = true;
  const { signOut } = await import("./sign-out.js");
  leaving = await signOut(() => end(form));
}

function offerSignOut(store) {
  for (const form of document.querySelectorAll("form[action='/logout']"))
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void leave(form);
    });
  const button = document.querySelector("[data-sign-out]");
  if (!button || !store?.unlocked) return;
  button.hidden = false;
  button.addEventListener("click", () => void leave());
  document.querySelector("[data-owner]").textContent = store.owner.name;
}

// Signed out in another tab: nothing may stay on the screen here.
function watchLock() {
  const channel = globalThis.BroadcastChannel && new BroadcastChannel("phieu");
  channel?.addEventListener("message", ({ data }) => data?.locked && !leaving && location.assign("/inspect/"));
}

// `store`: of who is signed in; its key may not be here yet, and it may be null. Gives the open one.
export async function start(store) {
  if (!isSupported()) return null;
  offerSignOut(store);
  watchLock();
  return prepare(store);
}

// All that work without network needs is fetched and proven, and the light says so.
export async function prepare(store) {
  await draw(null);
  const left = await askActive({ act: "leave" });
  if (left && left.leaving !== false) {
    await draw(await readiness(null));
    return null;
  }
  const [own] = await Promise.all([refresh(store), register()]);
  if (!(await takeAlong(own))) await takeAlong(await refresh(own, { force: true })); // the server has newer ones
  await draw(await readiness(own));
  void persist(own).catch(() => {});
  return own;
}

// A page whose own script is this one.
if (globalThis.document?.querySelector("script[data-start]")) void findOpenStore().then(start);
