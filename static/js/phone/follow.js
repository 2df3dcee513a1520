// Conditions of the checklist: which questions are asked, and what is wrong with the answers. Pure; loaded after the
// page can be used, since CSS unfolds what hangs on one outcome and the server judges all of it again.
import { truth } from "../expressions.js";
import { FOLLOW_UP } from "./journal.js";

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
export function follow({ paths, rows, sections }, values, now, words) {
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
