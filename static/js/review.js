// Keyboard of the reviewer's desk. Every key presses something that is on the page and works without it.
//
// data-key="c" on a link, button or summary: that key presses it. data-opens="id": it opens that <details> or
// <dialog> instead. A key pressed while typing in a field is typed, with two exceptions: Escape leaves the field and
// closes its box, and 1-9 choose a ready reason while one of its radio buttons has the focus.

const FIELDS = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const here = event.target instanceof Element ? event.target : document.body;
  if (here.closest("dialog[open]")) return; // a closed one may hold the focus until the next frame
  if (event.key === "Escape") return leave(here);
  if (here.matches(FIELDS)) return pick(event, here);
  const wanted = find(event.key);
  if (!wanted) return;
  event.preventDefault();
  press(wanted);
});

function find(key) {
  const name = key.length === 1 ? key.toLowerCase() : key;
  return [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === name && !one.disabled);
}

function press(one) {
  const box = one.matches("summary") ? one.parentElement : null;
  if (box) {
    box.open = !box.open;
    if (box.open) enter(box);
  } else {
    one.click();
  }
}

document.addEventListener("click", (event) => {
  const opener = event.target instanceof Element && event.target.closest("[data-opens]");
  const box = opener && document.getElementById(opener.dataset.opens);
  if (!box) return;
  event.preventDefault();
  if (box instanceof HTMLDialogElement) return void box.showModal();
  box.open = true;
  enter(box);
});

function enter(box) {
  const first = box.querySelector("[data-first]") ?? box.querySelector("form :is(input:not([type=hidden]), textarea, select)");
  first?.focus();
  box.scrollIntoView({ block: "nearest" });
}

function leave(here) {
  const box = here.closest("details[open]") ?? document.querySelector(".acts details[open]");
  if (!box) return;
  box.open = false;
  box.querySelector("summary")?.focus();
}

function pick(event, here) {
  if (here.type !== "radio" || !/^[1-9]$/.test(event.key)) return;
  const group = here.form?.querySelectorAll(`input[type=radio][name="${CSS.escape(here.name)}"]`) ?? [];
  const chosen = group[Number(event.key) - 1];
  if (!chosen) return;
  event.preventDefault();
  chosen.checked = true;
  chosen.focus();
}

// A photo is enlarged in its place; without script its link opens it alone.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("[data-zoom]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  link.classList.toggle("zoomed");
});

for (const one of document.querySelectorAll(".js-only")) one.hidden = false;
document.getElementById("faults")?.focus();

// The photo that will be looked at next is fetched while this one is read.
const ahead = document.querySelector("[data-ahead]")?.dataset.ahead;
if (ahead) addEventListener("load", () => (new Image().src = ahead), { once: true });
