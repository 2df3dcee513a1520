// The checklist page follows its conditions: what is asked, what is wrong, how far the work is. The judging is pure and
// stands in follow.js; here it meets the page.

import { follow, nextGap, plain, progress } from "./follow.js";

const ANSWERED = ["pass", "fail", "none"];

export function watch(form, words) {
  const conditions = JSON.parse(document.getElementById("conditions").textContent);
  const boxes = [...form.querySelectorAll(".q")];
  const news = form.querySelector("[data-news]");
  let found = { hidden: new Set(), sections: new Set(), faults: new Map() };

  const value = (name) => {
    const control = form.elements.namedItem(name);
    if (!control) return "";
    const parts = ("tagName" in control ? [control] : [...control]).filter((part) => part.tagName !== "FIELDSET");
    if (!["radio", "checkbox"].includes(parts[0].type)) return plain(parts[0].value, parts[0].inputMode);
    return parts.filter((box) => box.checked).map((box) => box.value).join(" ");
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

  // What belongs to a name: its row, its question, or around a single control what holds it and its label.
  const holder = (name) => {
    const box = form.querySelector(`[data-row="${name}"]`) ?? document.getElementById(name);
    return box?.matches("input, textarea, select") ? box.parentElement : box;
  };

  const say = (name, message) => {
    const box = holder(name);
    if (!box) return;
    const control = box.querySelector(`[id="${name}"]:is(input, textarea, select)`) ?? box.querySelector("input:not([type=radio]):not([type=checkbox]), textarea");
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
    const values = Object.fromEntries(Object.keys(conditions.paths).map((name) => [name, value(name)]));
    found = follow(conditions, values, new Date(), words);
    for (const { name, relevant } of conditions.rows) {
      const box = holder(name);
      if (!box || !relevant) continue;
      box.hidden = found.hidden.has(name);
      // What hangs on more than the outcome above it has no CSS class; what has one is shown by its class.
    }
    for (const { name } of conditions.sections)
      form.querySelector(`[data-part="${name}"]`).hidden = found.sections.has(name);
  };

  const goTo = (name) => {
    const box = holder(name);
    const control = document.getElementById(name);
    const target = box.matches(".q, fieldset") ? box : control?.matches("input, textarea, select") ? control : box.querySelector("input, textarea, select");
    target.focus({ preventScroll: true });
    (box.matches(".q") ? box : target).scrollIntoView({ block: box.matches(".q, fieldset") ? "start" : "center" });
  };

  // CSS unfolds at once; what script adds comes after that is painted, so that a slow phone answers the thumb first.
  form.addEventListener("change", ({ target: { name } }) => {
    requestAnimationFrame(() =>
      setTimeout(() => {
        judge();
        count();
        if (conditions.rows.some((row) => row.name === name && row.constraint)) say(name, found.faults.get(name) ?? "");
      }),
    );
  });
  // Not at "change": that comes between press and release of a button, which must not move under the finger.
  form.addEventListener("input", () => {
    if (!form.dataset.busy) news.textContent = "";
  });

  form.querySelector("[data-gap]")?.addEventListener("click", (event) => {
    const list = criteria();
    const here = list.findIndex(({ box, shown }) => shown && box.getBoundingClientRect().top > 40);
    const next = nextGap(list, Math.max(here, 0));
    if (!next) return;
    event.preventDefault();
    goTo(next.name);
  });
  form.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link?.hash === "#sections") document.getElementById("sections").open = true;
  });

  judge();
  count();
  // The browser focuses the first fault (autofocus); a whole question is shown from its top, a field in the middle.
  const first = document.querySelector("[autofocus]");
  first?.scrollIntoView({ block: first.matches("fieldset") ? "start" : "center" });
  performance.mark("conditions-judged");

  return {
    say,
    goTo,
    // What is wrong by the conditions, shown at every question: Map of name to sentence.
    faults() {
      judge();
      for (const { name } of conditions.rows) say(name, found.faults.get(name) ?? "");
      return found.faults;
    },
  };
}
