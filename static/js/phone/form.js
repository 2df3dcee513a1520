// The checklist page: every answer is kept on this phone as it is given, and sent from here when there is a network.
// The page comes drawn by the server, or blank from the cache; either way what the phone knows is filled in. Without
// script, IndexedDB or a secure connection the page is an ordinary form, and the server keeps and judges what it posts.

import { answersOf, Draft, FOLLOW_UP, Overtaken, photosOf } from "./journal.js";
import { isSupported, recall, Store } from "./store.js";

const ENVELOPE = ["csrf_token", "submission_id", "replaces", "action", "show"];

const read = (id) => JSON.parse(document.getElementById(id)?.textContent || "null");
const words = read("words");
const form = document.getElementById("checklist");
const news = form.querySelector("[data-news]");

// ---- controls: what a person may answer, by name ----

// The controls of one name: a question's fieldset has its name as an id and is found with them.
function partsOf(name) {
  const found = form.elements.namedItem(name);
  if (!found) return [];
  return ("tagName" in found ? [found] : [...found]).filter((part) => part.tagName !== "FIELDSET");
}

const isBox = ({ type }) => type === "radio" || type === "checkbox";

function held(name) {
  const parts = partsOf(name);
  if (!parts.length) return "";
  if (!isBox(parts[0])) return parts[0].value;
  return parts.filter((box) => box.checked).map((box) => box.value).join(" ");
}

function fill(name, text) {
  const parts = partsOf(name);
  if (!parts.length) return;
  const chosen = text ? text.split(" ") : ["unchecked"];
  for (const part of parts)
    if (isBox(part)) part.checked = chosen.includes(part.value);
    else if (text || part.tagName !== "SELECT") part.value = text;
  const more = parts[0].closest(".q")?.querySelector(".more");
  if (more && parts[0].tagName === "TEXTAREA" && text) more.checked = true;
}

const isAnswer = ({ name, type }) =>
  name && type !== "file" && !ENVELOPE.includes(name) && !name.startsWith("remove_photo");

const same = (one, other) => one.normalize().trim() === other.normalize().trim();

// ---- the phone's own copy ----

const early = new Map(); // answers given before the store was open
let draft = null;

function keep({ target }) {
  if (!isAnswer(target)) return;
  note(target.name, held(target.name).normalize().replaceAll("\r\n", "\n"));
  if (target.value !== "fail" || target.type !== "radio") return;
  const severity = held(`${target.name}_severity`); // proposed by the form and on the screen: so it is part of the answer
  if (severity) note(`${target.name}_severity`, severity);
}

function note(name, value) {
  if (draft) void draft.note(name, value === "unchecked" ? "" : value);
  else early.set(name, value);
}

const clockOffset = () => {
  const known = recall("offset");
  return known === null ? null : Number(known);
};

function showState(state, error) {
  if (error instanceof Overtaken) return lookOn();
  const mark = form.querySelector("[data-saved]");
  mark.textContent = words[state];
  mark.className = state;
  const alarm = document.querySelector("[data-alarm]");
  alarm.hidden = state !== "failed";
  alarm.role = alarm.hidden ? null : "alert";
}

// Another page of this phone holds the checklist: here it can only be read.
function lookOn() {
  form.inert = true;
  document.querySelector("[data-other-tab]").hidden = false;
}

const tellVanished = () =>
  void import("./vanished.js").then(({ showVanished }) => showVanished(document.querySelector("[data-vanished]"))).catch(() => {});

// The store of the person at this phone; null when nobody is signed in here.
async function openStore() {
  const owner = read("store"); // given with a page the server drew
  const store = owner ? new Store(owner.person) : await (await import("./persons.js")).findOpenStore();
  if (owner && !(await store.unlock())) await store.keepKey(owner.key, owner);
  if (store) store.onVanished = tellVanished;
  return store;
}

const inspectionHere = () => location.pathname.split("/").find((step) => step.length === 36);

// The checklist of this visit on this phone: the open one, or a new one over what is known of the visit.
async function openDraft(store) {
  const options = { onState: showState, offset: clockOffset };
  const inspection = inspectionHere();
  const own = (await store.list("records"))
    .filter(({ clear }) => clear.inspection === inspection)
    .sort((one, other) => (one.clear.started_at < other.clear.started_at ? -1 : 1));
  const open = own.findLast(({ clear }) => clear.state === "draft");
  if (open) return Draft.open(store, open, options);
  const facts = read("visit") ?? (await visitInKit(store, inspection));
  const last = own.at(-1);
  if (!last) return facts && Draft.begin(store, facts, options);
  return correct(store, last, facts, options);
}

async function visitInKit(store, inspection) {
  const kit = await store.get("kits", "offline");
  return kit && (await store.unseal(kit)).visits.find((visit) => visit.inspection === inspection);
}

// A checklist that was finished here is corrected by a new one. When another one is current by now (a team-mate's),
// it begins with that: what was answered here and differs is put over it and pointed out, what was photographed is added.
async function correct(store, last, facts, options) {
  const before = await Draft.open(store, last, options);
  const mine = answersOf(before.drawn, before.events);
  const photos = photosOf(before.facts, before.events, await store.photos(last.key));
  const taken = photos.map((photo) => ({ ...photo, state: "before" })); // sent with the checklist before
  const current = facts?.replaces && facts.replaces !== last.key ? facts : null;
  if (!current) {
    const known = { ...before.facts, ...facts, submission: null, draft: null, base: mine, start: null, conflicts: [] };
    return Draft.begin(store, { ...known, replaces: last.key, photos: taken }, options);
  }
  const theirs = new Set(current.photos.map(({ question, sha256 }) => `${question} ${sha256}`));
  const more = taken.filter(({ question, sha256 }) => !theirs.has(`${question} ${sha256}`));
  const conflicts = (await store.receipt(last.key))?.conflicts ?? [];
  const known = { ...current, submission: null, draft: null, photos: [...current.photos, ...more], conflicts };
  const next = await Draft.begin(store, known, options);
  for (const [name, value] of Object.entries(mine)) if (!same(current.base[name] ?? "", value)) await next.note(name, value);
  return next;
}

function drawFacts(facts) {
  for (const spot of document.querySelectorAll("[data-fill]")) {
    const text = spot.dataset.fill.split(".").reduce((value, step) => value?.[step], facts);
    spot.textContent = spot.dataset.fill === "day" && text ? text.split("-").reverse().join("/") : (text ?? "");
    const line = spot.closest("[data-line]");
    if (line) line.hidden = !text;
  }
  document.title = `${facts.unit.full} · ${/[^·]*$/.exec(document.title)[0].trim()}`;
  const bodies = document.getElementById("bodies");
  if (!bodies.children.length) bodies.append(...facts.bodies.map((value) => Object.assign(document.createElement("option"), { value })));
}

// A remark at a question: of the reviewer who returned the checklist, of a team-mate who answered otherwise.
function remark(name, text) {
  const box = document.getElementById(name.replace(FOLLOW_UP, "")) ?? form.querySelector(`[data-row="${name}"]`);
  box?.querySelector("legend, label")?.after(Object.assign(document.createElement("p"), { className: "notice warn", textContent: text }));
}

function fillIn() {
  const answers = answersOf(draft.drawn, draft.events);
  const names = new Set([...form.elements].filter(isAnswer).map(({ name }) => name));
  let filled = 0;
  for (const name of names) {
    if (early.has(name) || same(held(name).replace("unchecked", ""), answers[name] ?? "")) continue;
    if (name.endsWith("_severity") && !answers[name]) {
      // The form proposes one. Where the page was killed between the outcome and it, it is on the screen and so an answer.
      if (answers[name.replace(FOLLOW_UP, "")] === "fail") note(name, held(name));
      continue;
    }
    fill(name, answers[name] ?? "");
    filled += 1;
  }
  for (const [name, value] of early) note(name, value);
  early.clear();
  return filled;
}

// Where the work stopped: the question of the last answer, or the one whose photo was asked for.
function resume() {
  const last = draft.events.findLast(({ name, value }) => (name === "@expected" ? value : !name.startsWith("@")));
  if (!last || location.hash || document.querySelector("[autofocus]")) return;
  const name = last.name === "@expected" ? last.value : last.name;
  const place = document.getElementById(name.replace(FOLLOW_UP, "")) ?? document.getElementById(name);
  place?.scrollIntoView({ block: "start" });
}

// One editor: a second tab of the same visit looks on, and takes over when the first is closed.
async function holdAlone() {
  const name = `draft:${inspectionHere()}`;
  const takeOver = () => location.reload();
  if (!navigator.locks) return (await import("./elect.js")).elect(name, takeOver);
  return new Promise((answer) => {
    const hold = (lock) => {
      answer(Boolean(lock));
      return lock && new Promise(() => {});
    };
    navigator.locks.request(name, { ifAvailable: true }, hold).then(() => navigator.locks.request(name, takeOver));
  });
}

// The answers of this page as a file, when the phone cannot keep them.
async function rescue() {
  const { collectDraft, handOut } = await import("./export.js");
  await handOut(await collectDraft(draft), draft.store);
}

// ---- leaving the page ----

async function submit(event) {
  event.preventDefault();
  const action = event.submitter?.value;
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  try {
    const [{ finish }, photos] = await Promise.all([import("./finish.js"), later.photos]);
    if (photos.busy()) news.textContent = words.waiting;
    await photos.settled();
    await draft.settled();
    if (action === "send") await finish({ form, draft, words, rules: await later.rules, news });
    else news.textContent = `${words.saved} · ${new Date().toTimeString().slice(0, 5)}`;
  } catch {
    showState("failed");
  } finally {
    if (form.dataset.busy !== "leaving") delete form.dataset.busy;
  }
}

// Without a store: sent once, by the browser.
function submitPlain(event) {
  if (form.dataset.busy) return event.preventDefault();
  form.dataset.busy = "yes";
  news.textContent = words.sending;
  return undefined;
}

const later = {}; // what is loaded when the page can be used already

async function start() {
  form.addEventListener("input", keep);
  addEventListener("pageshow", ({ persisted }) => (persisted && draft ? location.reload() : delete form.dataset.busy));
  const { store, without } = await takeDraft();
  if (draft) await takeUp(store, !without);
  else workWithout(without);
  document.documentElement.dataset.ready = "form";
  later.rules = import("./rules.js").then(({ watch }) => watch(form, words));
  if (!draft) return;
  tellVanished();
  later.photos = import("./photos.js").then(({ setUp }) => setUp(form, draft));
  void import("./ready.js").then(({ start: makeReady }) => makeReady(store)).catch(() => {});
  void import("./sender.js").then(({ openSender }) => openSender(store)).catch(() => {});
}

// The store and the draft of this page, or `without`: why there is none.
async function takeDraft() {
  let store = null;
  try {
    store = isSupported() ? await openStore() : null;
    if (!store) return { store, without: isSupported() ? "locked" : "broken" };
    const alone = await holdAlone();
    draft = await openDraft(store);
    return { store, without: draft ? (alone ? null : "other-tab") : "unknown" };
  } catch {
    return { store, without: "broken" };
  }
}

async function takeUp(store, alone) {
  const fresh = read("visit") ?? (await visitInKit(store, inspectionHere()));
  drawFacts({ ...draft.facts, number: fresh?.number ?? draft.facts.number });
  if (draft.events.length) showState("saved");
  const filled = fillIn();
  if (filled && read("visit") && draft.events.length) news.textContent = words.restored;
  if (!read("visit")) showComments(draft.facts.comments ?? {});
  for (const { question, theirs } of draft.facts.conflicts ?? [])
    remark(question, words.conflict.replace("%s", words.outcomes[theirs] ?? theirs));
  form.addEventListener("submit", submit);
  document.querySelector("[data-rescue]").addEventListener("click", () => void rescue());
  if (draft.damaged) tellDamaged();
  if (alone) resume();
  else lookOn();
}

function tellDamaged() {
  const box = document.querySelector("[data-damaged]");
  box.querySelector("strong").textContent = draft.damaged;
  Object.assign(box, { hidden: false, role: "alert" });
}

function showComments({ "": general, ...comments }) {
  if (general) form.before(Object.assign(document.createElement("p"), { className: "notice warn", textContent: general }));
  for (const [name, text] of Object.entries(comments)) remark(name, `${words.comment}: ${text}`);
}

// No draft on this phone. A page the server drew is an ordinary form then; a blank one from the cache takes no answers,
// which nobody would keep, and says why: "locked", "unknown" or "broken".
function workWithout(why) {
  form.removeEventListener("input", keep);
  if (!read("visit")) {
    form.inert = true;
    Object.assign(document.querySelector(`[data-${why}]`), { hidden: false, role: "alert" });
    return;
  }
  news.textContent = words.unkept;
  form.addEventListener("submit", submitPlain);
  // What was left empty says nothing: without it a post has a third of the parts for a slow net and the server.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "" || value.name === "") formData.delete(name);
  });
}

if (form) void start();
