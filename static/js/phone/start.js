// Starting a surprise visit without a network: unit, checklist and reason make a visit on this phone. It is told to the
// server when there is a network, before anything that was answered in it.

import { Draft, newId } from "./journal.js";
import { prepare, readableDistance, search } from "./places.js";
import { start as makeReady } from "./ready.js";
import { findOpenStore } from "./store.js";
import { words as allWords } from "./words.js";

const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }); // yyyy-mm-dd

const find = (id) => document.getElementById(id);

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter(Boolean));
  return made;
}

// The visit as every page of the phone knows it (web/visit_facts.py). `unit`, `form` as in the kit.
export function factsOf(kit, unit, form, reason, now) {
  return {
    person: kit.person.id, inspection: newId(), number: null, kind: "surprise", state: "started",
    unit: { code: unit.code, name: unit.name, full: unit.full }, day: DAY.format(now), reason,
    checklist: form.checklist, version: form.version, level: form.level, form: form.form, title: form.title,
    submission: null, replaces: null, base: {}, draft: null, photos: [], comments: {},
    bodies: [...(kit.bodies[unit.code] ?? []), ...(kit.bodies[""] ?? [])],
    start: { unit: unit.code, checklist: form.checklist, version: form.version, reason },
  };
}

function where() {
  return new Promise((answer) => {
    if (!navigator.geolocation) return answer(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => answer({ lat: coords.latitude, lon: coords.longitude }),
      () => answer(null),
      { maximumAge: 600_000, timeout: 20_000 },
    );
  });
}

async function start() {
  const words = (await allWords()).start;
  const store = await findOpenStore();
  const row = await store?.get("kits", "offline");
  if (!row) {
    find("no-kit").hidden = false;
    if (store) void makeReady(store).then(() => location.reload());
    return;
  }
  const kit = await store.unseal(row);
  const page = new Page(store, kit, words);
  page.draw();
  find("start").hidden = false;
  document.documentElement.dataset.ready = "start";
  void where().then((place) => page.move(place));
  void makeReady(store);
}

class Page {
  constructor(store, kit, words) {
    Object.assign(this, { store, kit, words, here: null, prepared: prepare(kit.units) });
    this.form = find("start");
    this.rows = new Map();
    find("q").value = new URLSearchParams(location.search).get("q") ?? "";
    find("q").addEventListener("input", () => this.list());
    find("q").form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", ({ target }) => target.name === "unit" && this.choose(target.value));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.begin();
    });
  }

  get unit() {
    const code = new FormData(this.form).get("unit");
    return this.kit.units.find((unit) => unit.code === code);
  }

  draw() {
    for (const reason of this.kit.reasons)
      find("quick-reasons").append(element("button", { type: "button", className: "chip", textContent: reason }));
    find("quick-reasons").addEventListener("click", ({ target }) => {
      if (target.type !== "button") return;
      find("reason").value = target.textContent;
      find("reason").focus();
    });
    this.list();
    this.forms(null);
  }

  move(place) {
    this.here = place;
    this.list();
  }

  // Rows are made once and put in order; what is not found is hidden.
  list() {
    const found = search(this.prepared, find("q").value, this.here);
    const box = find("offices");
    for (const row of this.rows.values()) row.hidden = true;
    for (const { unit, km } of found) {
      const row = this.rows.get(unit.code) ?? this.row(unit);
      row.hidden = false;
      row.querySelector(".km").textContent = readableDistance(km);
      box.append(row);
    }
    const chosen = this.unit;
    if (chosen) this.rows.get(chosen.code).hidden = false;
    find("no-office").hidden = found.length > 0;
  }

  row(unit) {
    const id = `unit-${unit.code}`;
    const area = unit.area && element("span", { className: "hint", textContent: ` ${this.words.area.replace("%s", unit.area)}` });
    const label = element("label", { htmlFor: id }, unit.full, " ", area, " ", element("strong", { className: "km" }));
    const row = element("div", { className: "choice" }, element("input", { type: "radio", name: "unit", id, value: unit.code }), label);
    this.rows.set(unit.code, row);
    return row;
  }

  // Checklists that suit the level of the chosen office; one alone is chosen.
  forms(unit) {
    const fitting = this.kit.forms.filter((form) => form.surprise && (!unit || form.level === unit.level));
    const kept = new FormData(this.form).get("checklist");
    const chosen = fitting.find(({ checklist }) => checklist === kept) ?? fitting.find(({ checklist }) => checklist === "dot-xuat") ?? fitting[0];
    const seen = new Set();
    const rows = fitting.filter(({ checklist }) => !seen.has(checklist) && seen.add(checklist)).map((form) => {
      const id = `checklist-${form.checklist}`;
      const input = element("input", { type: "radio", name: "checklist", id, value: form.checklist, checked: form === chosen });
      return element("div", { className: "choice" }, input, element("label", { htmlFor: id, textContent: form.title }));
    });
    find("forms").replaceChildren(...rows);
  }

  choose(code) {
    this.forms(this.unit);
    const found = this.kit.findings[code] ?? [];
    find("last").hidden = false;
    find("last-none").hidden = found.length > 0;
    find("last-list").replaceChildren(
      ...found.map(({ day, criterion, label, severity }) => {
        const date = day.split("-").reverse().join("/");
        return element("li", {}, element("strong", { textContent: criterion }), ` ${label} · ${this.words.severity.replace("%s", severity)} · ${date}`);
      }),
    );
  }

  say(name, text) {
    const line = find(`${name}-error`);
    line.textContent = text;
    line.hidden = !text;
    line.parentElement.classList.toggle("has-error", Boolean(text));
    return text && (find(name) ?? find("q"));
  }

  async begin() {
    const { unit } = this;
    const reason = find("reason").value.normalize().trim();
    const checklist = new FormData(this.form).get("checklist");
    const form = this.kit.forms.find((one) => one.surprise && one.checklist === checklist && one.level === unit?.level);
    const wrong = [
      this.say("unit", unit ? "" : this.words.choose_unit),
      this.say("checklist", !unit || form ? "" : this.words.choose_form),
      this.say("reason", reason ? "" : this.words.give_reason),
    ].filter(Boolean);
    if (wrong.length) return wrong[0].focus();
    if (this.begun) return undefined; // a double click starts one visit
    this.begun = true;
    const offset = Number(localStorage.getItem("offset") ?? 0);
    const facts = factsOf(this.kit, unit, form, reason, Date.now() + offset);
    const draft = await Draft.begin(this.store, facts);
    await draft.note("@place", "");
    await draft.settled();
    return location.assign(`/inspect/${facts.inspection}`);
  }
}

if (typeof document !== "undefined" && find("start")) void start();
