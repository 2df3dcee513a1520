// The checklist page with script: follows conditions, counts, leads to the next gap and to faults, sends once.
// Without it the page works as well (the server judges); here it only saves ways. Pure parts are exported for tests.

const FOLLOW_UP = /_(note|n|of|severity|cause|responsible)$/;
const FAIL_ONLY = /_(n|of|severity|cause|responsible)$/;
const ANSWERED = ["pass", "fail", "none"];

// What a person types as what an expression reads: "12,5" is 12.5, "1.200" is 1200 (as domain/answers.py reads it).
export function plain(text, mode) {
  const typed = text.trim();
  if (mode === "numeric" && /^\d{1,3}(\.\d{3})+$/.test(typed)) return typed.replaceAll(".", "");
  if (mode === "decimal" && typed.includes(",")) return typed.replaceAll(".", "").replace(",", ".");
  return typed;
}

// The nested instance of expressions.js from {name: "/data/a/b"} and {name: value}.
export function nested(paths, values) {
  const root = {};
  for (const [name, path] of Object.entries(paths)) {
    const steps = path.split("/").filter(Boolean);
    const last = steps.pop();
    let node = root;
    for (const step of steps) node = node[step] ??= {};
    node[last] = values[name] ?? "";
  }
  return root;
}

// Which questions are not asked, and what is wrong with the rest: {hidden: Set of names, sections: Set, faults: Map}.
export function follow({ paths, rows, sections }, values, truth, now, words) {
  const holds = (tree, instance, context) => truth(tree, instance, { context, now });
  let hidden = new Set();
  let closed = new Set();
  let instance = {};
  for (let round = 0; round <= rows.length; round += 1) {
    const seen = {};
    for (const name of Object.keys(paths)) {
      const question = name.replace(FOLLOW_UP, "");
      const asked = !hidden.has(name) && !hidden.has(question);
      const unfolded = question === name || !FAIL_ONLY.test(name) || !(question in values) || values[question] === "fail";
      seen[name] = asked && unfolded ? values[name] : "";
    }
    instance = nested(paths, seen);
    closed = new Set(sections.filter((part) => !holds(part.relevant, instance, "/data")).map((part) => part.name));
    const next = new Set(sections.filter((part) => closed.has(part.name)).flatMap((part) => part.names));
    for (const row of rows) if (row.relevant && !holds(row.relevant, instance, row.path)) next.add(row.name);
    if (next.size === hidden.size && [...next].every((name) => hidden.has(name))) break;
    hidden = next;
  }
  const faults = new Map();
  for (const row of rows) {
    if (hidden.has(row.name)) continue;
    const value = values[row.name] ?? "";
    const empty = value === "" || value === "unchecked";
    const demanded = row.required === true || (row.required && holds(row.required, instance, row.path));
    if (demanded && empty) faults.set(row.name, words.required);
    else if (row.constraint && value !== "" && !holds(row.constraint, instance, row.path))
      faults.set(row.name, row.message || words.wrong);
  }
  return { hidden, sections: closed, faults };
}

// Where the work stands. `criteria`: [{name, part, outcome, shown}] in the order of the page.
export function progress(criteria) {
  const parts = new Map();
  let done = 0;
  let total = 0;
  let failed = 0;
  for (const { part, outcome, shown } of criteria) {
    const answered = ANSWERED.includes(outcome);
    if (outcome === "fail") failed += 1;
    if (!shown) continue;
    const count = parts.get(part) ?? { done: 0, total: 0 };
    parts.set(part, count);
    total += 1;
    count.total += 1;
    if (answered) {
      done += 1;
      count.done += 1;
    }
  }
  return { done, total, failed, parts };
}

// The first open criterion after `from`, else the first of all; undefined when none is left.
export function nextGap(criteria, from) {
  const open = (criterion) => criterion.shown && !ANSWERED.includes(criterion.outcome);
  return criteria.slice(from).find(open) ?? criteria.find(open);
}

// The controls of one name: a question's fieldset has its name as an id and is found with them.
const partsOf = (found) => ("tagName" in found ? [found] : [...found]).filter((part) => part.tagName !== "FIELDSET");

// What a control holds, as text; `drawn`: as the server drew the page, whatever was done to it since.
function held(control, drawn = false) {
  const parts = partsOf(control);
  const [first] = parts;
  if (first.type === "radio" || first.type === "checkbox")
    return parts.filter((box) => (drawn ? box.defaultChecked : box.checked)).map((box) => box.value).join(" ");
  if (!drawn) return first.value;
  return first.options ? ([...first.options].find((one) => one.defaultSelected) ?? first.options[0]).value : first.defaultValue;
}

function fill(control, text) {
  const parts = partsOf(control);
  const chosen = text.split(" ");
  for (const part of parts)
    if (part.type === "radio" || part.type === "checkbox") part.checked = chosen.includes(part.value);
    else part.value = text;
  const more = parts[0].closest(".q")?.querySelector(".more");
  if (more && parts[0].type === "textarea" && text) more.checked = true;
}

const same = (one, other) => one.normalize().trim() === other.normalize().trim();

// Typed answers outlive a reload and a killed tab: one entry a field, of this person and page, until the server drew it.
// Files cannot be kept so: noted is how many the server had, so that those which did not arrive can be named.
function memory(form, words, say) {
  const prefix = `typed:${form.dataset.keep}:`;
  const stored = (box) => box.querySelectorAll("[name=remove_photo]").length;
  const keep = ({ target }) => {
    const box = target.type === "file" && target.closest("[data-photos]");
    const control = form.elements.namedItem(target.name ?? "");
    try {
      if (box) localStorage.setItem(`${prefix}#${box.dataset.photos}`, stored(box));
      else if (control && target.name) localStorage.setItem(prefix + target.name, held(control));
    } catch {
      say(words.unkept);
    }
  };
  const giveBack = () => {
    const again = [];
    let filled = 0;
    for (const key of Object.keys(localStorage).filter((one) => one.startsWith(prefix))) {
      const name = key.slice(prefix.length);
      const kept = localStorage.getItem(key);
      const box = name.startsWith("#") && form.querySelector(`[data-photos="${name.slice(1)}"]`);
      const control = form.elements.namedItem(name);
      if (box && stored(box) <= Number(kept)) again.push(box.closest(".q").querySelector(".code").textContent);
      if (box || (control && same(kept, held(control, true)))) localStorage.removeItem(key);
      else if (control && !same(kept, held(control))) {
        fill(control, kept);
        filled += 1;
      }
    }
    if (filled) say(words.restored);
    if (again.length) say(`${filled ? `${words.restored} ` : ""}${words.again} ${again.join(", ")}`);
    return filled;
  };
  return { keep, giveBack };
}

const read = (id) => JSON.parse(document.getElementById(id).textContent);

function start(form) {
  const conditions = read("conditions");
  const words = read("words");
  const boxes = [...form.querySelectorAll(".q")];
  const news = form.querySelector("[data-news]");
  let truth = null;
  let photos = null;
  let dirty = false;
  let sending = false;
  let found = { hidden: new Set(), sections: new Set(), faults: new Map() };

  const typed = memory(form, words, (text) => {
    news.textContent = text;
  });

  const value = (name) => {
    const control = form.elements.namedItem(name);
    return control ? plain(held(control), control.inputMode) : "";
  };

  const criteria = () => {
    const all = form.elements.namedItem("show")?.value !== "core";
    return boxes.map((box) => {
      const outcome = box.querySelector(".seg > input[type=radio]:checked")?.value ?? "unchecked";
      const kept = box.classList.contains("kept") || ANSWERED.includes(outcome);
      const shown = !box.hidden && (all || kept || !box.classList.contains("extra"));
      return { box, name: box.id, part: box.closest("[data-part]").dataset.part, outcome, shown };
    });
  };

  const count = () => {
    const list = criteria();
    const { done, total, failed, parts } = progress(list);
    form.querySelector("[data-done]").textContent = `${done}/${total}`;
    form.querySelector("[data-failed]").textContent = failed;
    for (const badge of form.querySelectorAll("[data-progress]")) {
      const part = parts.get(badge.dataset.progress) ?? { done: 0, total: 0 };
      badge.textContent = `${part.done}/${part.total}`;
      badge.classList.toggle("all", part.total > 0 && part.done === part.total);
    }
    const gap = form.querySelector("[data-gap]");
    const next = nextGap(list, 0);
    if (gap) {
      gap.hidden = !next;
      gap.href = `#${next ? next.name : "sections"}`;
    }
  };

  const holder = (name) => form.querySelector(`[data-row="${name}"]`) ?? document.getElementById(name);

  const say = (name, message) => {
    const box = holder(name);
    if (!box) return;
    const control = box.querySelector("input:not([type=radio]):not([type=checkbox]), textarea");
    let line = document.getElementById(`${name}-error`);
    box.classList.toggle("has-error", Boolean(message));
    if (!message) {
      line?.remove();
      control?.removeAttribute("aria-invalid");
      return;
    }
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "error", id: `${name}-error` });
      box.querySelector("label, legend").after(line);
    }
    line.textContent = message;
    control?.setAttribute("aria-invalid", "true");
    control?.setAttribute("aria-describedby", line.id);
  };

  const judge = () => {
    if (!truth) return;
    const values = Object.fromEntries(Object.keys(conditions.paths).map((name) => [name, value(name)]));
    found = follow(conditions, values, truth, new Date(), words);
    for (const { name, relevant } of conditions.rows) {
      const box = holder(name);
      if (!box || !relevant) continue;
      box.hidden = found.hidden.has(name);
      // What hangs on more than the outcome above it has no CSS class; what has one is shown by its class.
    }
    for (const { name } of conditions.sections)
      form.querySelector(`[data-part="${name}"]`).hidden = found.sections.has(name);
  };

  const mark = (names) => {
    for (const name of names) say(name, found.faults.get(name) ?? "");
  };

  const goTo = (box) => {
    const target = box.matches(".q, fieldset") ? box : box.querySelector("input, textarea, select");
    target.focus({ preventScroll: true });
    box.scrollIntoView({ block: "start" });
  };

  // CSS unfolds at once; what script adds comes after that is painted, so that a slow phone answers the thumb first.
  form.addEventListener("change", ({ target: { name } }) => {
    dirty = true;
    requestAnimationFrame(() =>
      setTimeout(() => {
        judge();
        count();
        if (conditions.rows.some((row) => row.name === name && row.constraint)) mark([name]);
      }),
    );
  });
  // Not at "change": that comes between press and release of a button, which must not move under the finger.
  form.addEventListener("input", (event) => {
    dirty = true;
    if (!sending) news.textContent = "";
    typed.keep(event);
  });

  form.querySelector("[data-gap]")?.addEventListener("click", (event) => {
    const list = criteria();
    const here = list.findIndex(({ box, shown }) => shown && box.getBoundingClientRect().top > 40);
    const next = nextGap(list, Math.max(here, 0));
    if (!next) return;
    event.preventDefault();
    goTo(next.box);
  });

  const choose = (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link?.hash === "#sections") document.getElementById("sections").open = true;
  };
  form.addEventListener("click", choose);

  form.addEventListener("submit", async (event) => {
    if (sending) {
      event.preventDefault();
      return;
    }
    const button = event.submitter;
    if (button?.value === "send" && truth) {
      judge();
      mark(conditions.rows.map((row) => row.name));
      const first = [...found.faults.keys()][0];
      if (first) {
        event.preventDefault();
        news.textContent = found.faults.get(first);
        goTo(holder(first));
        return;
      }
    }
    if (photos?.busy()) {
      event.preventDefault();
      sending = true;
      news.textContent = words.waiting;
      await photos.settled();
      sending = false;
      form.requestSubmit(button);
      return;
    }
    sending = true;
    news.textContent = words.sending;
    // After the form's data is taken, so that the pressed button is part of it.
    setTimeout(() => form.querySelectorAll("button[name=action]").forEach((one) => one.setAttribute("aria-disabled", "true")));
  });

  // What was left empty says nothing: without it a post has a third of the parts for a slow net and the server.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "" || value.name === "") formData.delete(name);
  });

  addEventListener("beforeunload", (event) => {
    if (dirty && !sending) event.preventDefault();
  });
  addEventListener("pageshow", () => {
    sending = false;
    news.textContent = "";
    form.querySelectorAll("button[name=action]").forEach((one) => one.removeAttribute("aria-disabled"));
    if (typed.giveBack()) dirty = true;
    judge();
    count(); // the browser may have restored answers after the page was drawn
  });

  import(form.dataset.expressions).then((twin) => {
    truth = twin.truth;
    judge();
    count();
    performance.mark("conditions-judged");
  });
  import(form.dataset.photos).then((twin) => {
    photos = twin.setUp(form, words);
  });
  // The browser focuses the first fault (autofocus); a whole question is shown from its top, a field in the middle.
  const first = document.querySelector("[autofocus]");
  first?.scrollIntoView({ block: first.matches("fieldset") ? "start" : "center" });
  document.documentElement.dataset.ready = "form";
}

if (typeof document !== "undefined") start(document.getElementById("checklist"));
