// Starting a surprise visit without a network: office, checklist and reason make a visit on this phone. It opens at once
// and is announced to the server as soon as that can be reached (sender.js).

import { Draft, newId } from "./journal.js";
import { findOpenStore } from "./persons.js";
import { prepare, readableDistance, search } from "./places.js";
import { readKit, refresh, start as makeReady } from "./ready.js";
import { recall } from "./store.js";
import { words as allWords } from "./words.js";

const VIETNAM = 7 * 3_600_000; // milliseconds ahead of UTC, all the year
const find = (id) => document.getElementById(id);
const part = (name) => document.querySelector(`[data-${name}]`);

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const choice = (name, value, label) => {
  const id = `${name}-${value}`;
  const input = element("input", { type: "radio", name, id, value });
  return element("div", { className: "choice" }, input, element("label", { htmlFor: id }, ...label));
};

// The visit in the shape every page of the phone knows (web/visit_facts.py); `unit` and `form` as they were taken along.
// `offset`: seconds from this phone's clock to the server's, as far as it is known at this moment; the clock may jump later.
export function factsOf(kit, unit, form, reason, offset, now = Date.now()) {
  const { checklist, version, level, title } = form;
  return {
    person: kit.person.id, inspection: newId(), number: null, kind: "surprise", state: "started",
    unit: { code: unit.code, name: unit.name, full: unit.full },
    day: new Date(now + 1000 * (offset ?? 0) + VIETNAM).toISOString().slice(0, 10),
    reason, checklist, version, level, form: form.form, title,
    submission: null, replaces: null, base: {}, draft: null, photos: [], comments: {},
    bodies: [...(kit.bodies?.[unit.code] ?? []), ...(kit.bodies?.[""] ?? [])],
    start: { unit: unit.code, checklist, reason, clock_offset: offset },
  }; // prettier-ignore
}

// ---- where the phone is ----

const mayLocate = async () =>
  (await navigator.permissions?.query({ name: "geolocation" }).catch(() => null))?.state === "granted";

const locate = () =>
  new Promise((done, fail) => {
    const options = { enableHighAccuracy: false, maximumAge: 600_000, timeout: 20_000 };
    navigator.geolocation.getCurrentPosition(({ coords }) => done({ lat: coords.latitude, lon: coords.longitude }), fail, options);
  });

// ---- the page ----

class Page {
  constructor(store, kit, words) {
    Object.assign(this, { store, kit, words, form: find("start"), search: find("q") });
    this.units = new Map(kit.units.map((unit) => [unit.code, unit]));
    this.rows = new Map(kit.units.map((unit) => [unit.code, this.row(unit)]));
    this.prepared = prepare(kit.units);
    this.search.value = new URLSearchParams(location.search).get("q") ?? "";
  }

  draw() {
    this.list();
    this.offerForms();
    find("quick-reasons").append(
      ...this.kit.reasons.map((textContent) => element("button", { type: "button", className: "chip", textContent })),
    );
    this.search.form.hidden = this.form.hidden = false;
    this.watch();
  }

  watch() {
    this.search.addEventListener("input", () => this.list());
    this.search.form.addEventListener("submit", (event) => event.preventDefault());
    find("offices").addEventListener("change", () => this.chosen());
    find("quick-reasons").addEventListener("click", ({ target }) => {
      if (target.type !== "button") return;
      find("reason").value = target.textContent;
      find("reason").focus();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.begin();
    });
  }

  value(name) {
    return new FormData(this.form).get(name);
  }

  // ---- the office ----

  row({ code, full, area }) {
    const far = element("strong", { className: "km" });
    const hint = area ? [element("span", { className: "hint", textContent: this.words.area.replace("%s", area) })] : [];
    return choice("unit", code, [full, " ", far, ...hint]);
  }

  list() {
    const found = search(this.prepared, this.search.value).map(({ unit }) => unit.code);
    const chosen = this.value("unit");
    if (chosen && !found.includes(chosen)) found.unshift(chosen);
    find("offices").replaceChildren(...found.map((code) => this.rows.get(code)));
    find("offices").scrollTop = 0;
    find("no-office").hidden = found.length > 0;
  }

  offerNearby() {
    const button = part("nearby");
    if (!navigator.geolocation) return;
    button.addEventListener("click", () => void this.sortByDistance());
    void mayLocate().then((known) => (known ? this.sortByDistance() : (button.hidden = false)));
  }

  async sortByDistance() {
    const say = (text) => (part("position").textContent = text);
    part("nearby").hidden = true;
    say(this.words.locating);
    try {
      this.prepared = prepare(this.kit.units, await locate());
      const { lang } = document.documentElement;
      for (const { unit, km } of this.prepared)
        this.rows.get(unit.code).querySelector(".km").textContent = readableDistance(km, lang);
      say(this.words.nearest);
      this.list();
    } catch {
      say(this.words.no_position);
      part("nearby").hidden = false;
    }
  }

  // What was found at the chosen office before, and the checklists for its level.
  chosen() {
    const unit = this.units.get(this.value("unit"));
    const findings = this.kit.findings[unit.code] ?? [];
    const box = find("last");
    box.querySelector("h2").textContent = this.words.last.replace("%s", unit.full);
    box.querySelector("p").hidden = findings.length > 0;
    box.querySelector("ul").replaceChildren(...findings.map((finding) => this.finding(finding)));
    box.hidden = false;
    this.offerForms(unit);
  }

  finding({ criterion, label, severity, day }) {
    const facts = [this.words[`severity_${severity}`], day.split("-").reverse().join("/")].filter(Boolean).join(" · ");
    return element("li", {}, element("strong", { textContent: criterion }), ` ${label} `, element("span", { className: "hint", textContent: facts }));
  }

  // ---- the checklist ----

  offered(unit) {
    return this.kit.forms.filter((form) => form.surprise && (!unit || form.level === unit.level));
  }

  offerForms(unit) {
    const titles = new Map(this.offered(unit).map(({ checklist, title }) => [checklist, title]));
    const before = this.value("checklist");
    const wanted = [before, "dot-xuat", [...titles.keys()][0]].find((key) => titles.has(key));
    find("forms").replaceChildren(...[...titles].map(([key, title]) => choice("checklist", key, [title])));
    const box = wanted && find(`checklist-${wanted}`);
    if (box) box.checked = true;
  }

  // ---- the visit ----

  say(name, text) {
    const line = find(`${name}-error`);
    line.textContent = text;
    line.hidden = !text;
    line.parentElement.classList.toggle("has-error", Boolean(text));
    return Boolean(text);
  }

  async begin() {
    const unit = this.units.get(this.value("unit"));
    const form = this.offered(unit).find(({ checklist }) => checklist === this.value("checklist"));
    const reason = find("reason").value.normalize().trim();
    const missing = { unit: !unit && "choose_unit", checklist: !form && "choose_form", reason: !reason && "give_reason" };
    const wrong = Object.keys(missing).filter((name) => this.say(name, this.words[missing[name]] ?? ""));
    if (wrong.length) return find(wrong[0]).focus();
    if (this.form.dataset.busy) return undefined; // a double tap starts one visit
    this.form.dataset.busy = "yes";
    try {
      const known = recall("offset");
      const facts = factsOf(this.kit, unit, form, reason, known === null ? null : Math.round(known / 1000));
      const draft = await Draft.begin(this.store, facts);
      await draft.note("@place", "");
      await draft.settled();
      return location.assign(`/inspect/${facts.inspection}`);
    } catch {
      delete this.form.dataset.busy;
      return this.say("begin", this.words.unkept);
    }
  }
}

async function start() {
  let store = await findOpenStore();
  let kit = await readKit(store).catch(() => null);
  if (!kit) {
    store = await refresh(store, { force: true }).catch(() => null);
    kit = await readKit(store).catch(() => null);
  }
  part("no-kit").hidden = Boolean(kit);
  if (kit) {
    const page = new Page(store, kit, (await allWords()).start);
    page.draw();
    page.offerNearby();
    addEventListener("pageshow", () => delete page.form.dataset.busy);
    document.documentElement.dataset.ready = "start";
  }
  void makeReady(store);
}

if (globalThis.document?.getElementById("start")) void start();
