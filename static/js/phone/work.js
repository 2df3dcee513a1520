// "Việc của tôi" on the phone: the waiting list, and my visits where no server has drawn them. The words come with the
// page or from words.js; what is drawn is only what this phone holds.

import { stateOf } from "./outbox.js";
import { findOpenStore } from "./persons.js";
import { readKit, refresh, start as getReady } from "./ready.js";
import { openSender } from "./sender.js";
import { isSupported, Store } from "./store.js";
import { showVanished } from "./vanished.js";
import { countOthers, listOwn } from "./waiting.js";
import { words as allWords } from "./words.js";

const DONE_SHOWN = 20;
const NOTICED = 7 * 86_400_000; // milliseconds
const REDRAW = 1000; // milliseconds at least between two drawings while something is sent
const GROUPS = ["returned", "started", "planned", "submitted"];

const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
const ages = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const days = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }); // yyyy-mm-dd
const box = document.getElementById("waiting");
const part = (name) => box.querySelector(`[data-${name}]`);
const show = (element, shown) => void (element.hidden = !shown);
const fresh = (id) => document.getElementById(id).content.cloneNode(true);
const isoDate = (text) => text.slice(0, 10).split("-").reverse().join("/");

// "%n phiếu, %s" with its values put in; a number stays with its word.
const say = (sentence, values) =>
  Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`%${name} `, `${value}\u00a0`).replaceAll(`%${name}`, value), sentence);

export const size = (bytes) =>
  bytes >= 1e6 ? `${numbers.format(bytes / 1e6)} MB` : `${numbers.format(Math.max(1, Math.round(bytes / 1000)))} kB`;

function age(text) {
  const minutes = Math.min(0, Math.round((Date.parse(text) - Date.now()) / 60_000));
  if (minutes === 0) return words.now;
  if (minutes > -60) return ages.format(minutes, "minute");
  return minutes > -1440 ? ages.format(Math.round(minutes / 60), "hour") : ages.format(Math.round(minutes / 1440), "day");
}

let store = null;
let sender = null;
let words = null;
let most = 0; // bytes there were to send when this sending began
let drawing = null;
const sentHere = new Set(); // submissions that this page saw waiting: once they are sent, their visits say so

// ---- the waiting list ----

// What is wrong, with what to do: of the record, else of one of its photos.
function troubleOf({ clear, photos }) {
  const found = [clear, ...photos.filter(({ state }) => state === "here")].find(({ error }) => error);
  return found ? (words[`error_${found.error}`] ?? words.error_server) : "";
}

function drawRecord(record) {
  const { clear, facts, photos, receipt } = record;
  const seen = stateOf(clear, photos, receipt);
  const look = seen.refused ? "refused" : seen.kept ? "kept" : seen.state;
  const card = fresh("waiting-card").firstElementChild;
  const set = (name, text) => void (card.querySelector(`[data-${name}]`).textContent = text);
  card.classList.add(look);
  set("title", facts?.unit?.full ?? words.unreadable);
  set("state", words[`state_${look}`]);
  card.querySelector("use").setAttribute("href", `#icon-${look === "draft" ? "here" : look}`);
  const when = say(words[clear.finished_at ? "finished" : "changed"], { a: age(clear.finished_at ?? clear.changed_at) });
  const counted = say(words.counted, { n: clear.answers, p: seen.photos });
  set("facts", [facts?.title, when, counted, seen.left && seen.state !== "draft" ? size(seen.left) : ""].filter(Boolean).join(" · "));
  if (clear.code) set("code", say(words.code, { c: clear.code }));
  if (seen.state === "received" && seen.photos) set("arrived", `· ${say(words.arrived, { n: seen.arrived, p: seen.photos })}`);
  const reasons = (receipt?.reasons ?? []).map((slug) => words[`reason_${slug}`]).filter(Boolean);
  set("trouble", seen.kept ? reasons.join("; ") : seen.state === "complete" || seen.state === "draft" ? "" : troubleOf(record));
  drawButtons(card, record, seen);
  return card;
}

function drawButtons(card, { clear, receipt }, { state, kept }) {
  const button = (name, shown, href) => {
    const found = card.querySelector(`[data-${name}]`);
    show(found, shown);
    if (href && shown) found.href = href;
    return found;
  };
  const checklist = `/inspect/${clear.inspection}`;
  const wrong = clear.error === "faults" || (kept && Boolean(receipt?.faults?.length || receipt?.conflicts?.length));
  button("mend", wrong, checklist);
  button("open", state === "draft", checklist);
  button("code", Boolean(clear.code), `/receipts/${receipt?.id ?? clear.submission}`);
  button("send", sender && (state === "here" || state === "received")).addEventListener("click", () => void sendOne(clear));
}

async function sendOne({ submission, state }) {
  if (state === "finished") await sender.sendOne(submission);
  await sender.run({ now: true, only: submission });
}

function drawNews({ sending, bytes, photos, seconds, error }) {
  most = sending ? Math.max(most, bytes) : 0;
  const bar = part("bar");
  show(bar, sending && bytes > 0);
  if (most) Object.assign(bar, { max: most, value: most - bytes });
  const minutes = seconds > 90;
  const time = seconds === null ? words.measuring : say(words[minutes ? "minutes" : "seconds"], { n: minutes ? Math.round(seconds / 60) : seconds });
  const line = sending && bytes ? say(words.sending, { b: size(bytes), p: photos, t: time }) : error ? words[`error_${error}`] : navigator.onLine ? "" : words.offline;
  if (part("news").textContent !== line) part("news").textContent = line;
}

// All has arrived, but the office keeps it for a person: not to be overlooked, until it was mended here or a week is over.
function needsAttention({ clear, receipt }, own) {
  if (clear.state !== "complete" || clear.status !== "kept" || !receipt) return false;
  const mended = own.some((other) => other.clear.inspection === clear.inspection && other.clear.started_at > clear.started_at);
  return !mended && Date.now() - Date.parse(receipt.at) < NOTICED;
}

async function draw() {
  const own = store?.unlocked ? await listOwn(store) : [];
  const others = await countOthers(store);
  const waiting = own.filter(({ clear }) => clear.state === "finished" || clear.state === "received");
  const told = own.filter((record) => needsAttention(record, own));
  const done = own.filter((record) => record.clear.state === "complete" && !told.includes(record));
  const linked = new Set([...document.querySelectorAll(".card h3 a")].map((link) => link.pathname));
  const drafts = own.filter(({ clear }) => clear.state === "draft" && !linked.has(`/inspect/${clear.inspection}`));
  const left = waiting.map(({ clear, photos, receipt }) => stateOf(clear, photos, receipt));
  const total = (name) => left.reduce((sum, seen) => sum + seen[name], 0);
  const count = waiting.length + others.waiting;

  show(box, true);
  show(part("nothing"), !count);
  show(part("head"), count > 0);
  part("count").textContent = count;
  part("sum").textContent = waiting.length ? say(words.sum, { n: waiting.length, p: total("photos") - total("arrived"), b: size(total("left")) }) : "";
  show(part("send-all"), sender && count > 0);
  show(part("signed-out"), Boolean(store?.unlocked) && sender?.state.signedIn === false);
  show(part("locked"), others.waiting + others.drafts > 0);
  const locked = [others.waiting && say(words.locked_waiting, { n: others.waiting }), others.drafts && say(words.locked_drafts, { n: others.drafts })];
  part("locked-count").textContent = locked.filter(Boolean).join(" ");
  part("records").replaceChildren(...[...waiting.reverse(), ...told, ...drafts].map(drawRecord));
  show(part("done"), done.length > 0);
  part("done-count").textContent = done.length;
  part("done-list").replaceChildren(...done.slice(0, DONE_SHOWN).map(drawRecord));
  if (sender) drawNews(sender.state);
  markVisits(own);
}

// At the visits of this page: what of them is on this phone only.
function markVisits(own) {
  for (const old of document.querySelectorAll(".card [data-mark]")) old.remove();
  for (const { clear } of own) {
    if (clear.state === "finished") sentHere.add(clear.submission);
    const sent = sentHere.has(clear.submission) && words.mark_sent;
    const text = { draft: words.mark_draft, finished: words.mark_waiting, received: sent, complete: sent }[clear.state];
    const link = text ? document.querySelector(`.card h3 a[href$="/inspect/${clear.inspection}"]`) : null;
    const mark = tag(text, text === sent ? "tag-good" : "tag-warn");
    mark.dataset.mark = "";
    link?.closest(".card").querySelector("p").append(" ", mark);
  }
}

const tag = (text, tone = "") => Object.assign(document.createElement("span"), { className: `tag ${tone}`, textContent: text });

// Told of every chunk: the line at once, the list now and then.
function changed(state) {
  drawNews(state);
  drawing ??= setTimeout(() => {
    drawing = null;
    void draw();
  }, state.sending ? REDRAW : 0);
}

// ---- my visits ----

async function drawVisits() {
  const spot = document.getElementById("visits");
  if (!spot) return;
  const kit = await readKit(store).catch(() => null);
  show(document.getElementById("no-kit"), !kit);
  const today = days.format(new Date());
  const groups = GROUPS.map((state) => [state, (kit?.visits ?? []).filter((visit) => visit.state === state)]);
  spot.replaceChildren(...groups.filter(([, visits]) => visits.length).map(([state, visits]) => {
    const section = fresh("visit-group").firstElementChild;
    section.querySelector("[data-title]").textContent = words[`group_${state}`];
    section.querySelector("[data-count]").textContent = visits.length;
    section.querySelector("ul").append(...visits.map((visit) => drawVisit(visit, today)));
    return section;
  }));
  show(document.getElementById("no-visits"), kit && !kit.visits.length);
}

function drawVisit({ inspection, state, kind, day, number, unit }, today) {
  const card = fresh("visit-card").firstElementChild;
  card.classList.add(state);
  Object.assign(card.querySelector("a"), { href: `/inspect/${inspection}`, textContent: unit.full });
  const tags = [tag(words[`kind_${kind}`], kind === "surprise" ? "tag-info" : "")];
  if (state === "planned" && day < today) tags.push(" ", tag(words.overdue, "tag-warn"));
  if (state === "planned" && day === today) tags.push(" ", tag(words.today, "tag-good"));
  card.querySelector("[data-tags]").append(...tags);
  const dated = `${state === "planned" ? words.planned : words.day} ${isoDate(day)}`;
  card.querySelector(".hint").textContent = number ? `${dated} · ${number}` : dated;
  show(card.querySelector("[data-returned]"), state === "returned");
  return card;
}

// ---- the beginning ----

// The store of who is signed in, though its key may not be here yet; else of whose key lies on this phone.
async function openStore() {
  const person = Number(box.dataset.person);
  if (!person) return findOpenStore();
  const own = new Store(person);
  await own.unlock();
  return own;
}

async function start() {
  const all = await allWords();
  words = { ...all.sending, ...all.work };
  store = await openStore();
  await drawAll();
  await showVanished(part("vanished"));
  if (!store?.unlocked) store = (await refresh(store)) ?? store; // just signed in: the key is not on this phone yet
  sender = openSender(store, { onChange: changed });
  for (const turn of ["online", "offline"]) addEventListener(turn, () => drawNews(sender.state));
  part("send-all").addEventListener("click", () => void sender.run({ now: true }));
  if (location.hash === "#waiting") box.focus();
  if (await isBehind()) await refresh(store, { force: true });
  await getReady(store);
  await drawAll();
  setInterval(() => document.visibilityState === "visible" && void draw(), 60_000); // ages go on
}

// The server has drawn a visit here that was not taken along yet: assigned a moment ago.
async function isBehind() {
  if (!box.dataset.person) return false;
  const known = new Set(((await readKit(store).catch(() => null))?.visits ?? []).map(({ inspection }) => `/inspect/${inspection}`));
  return [...document.querySelectorAll(".card h3 a")].some((link) => !known.has(link.pathname));
}

async function drawAll() {
  await drawVisits();
  await draw();
}

if (box && isSupported()) void start();
