// The phone's evaluator against what JavaRosa answered. The trees come from Python's parser: EXPRESSION_TREES names a
// JSON file with one tree for each case of the table (see tests/domain/test_expression_twins.py); without it, Python is run.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { ExpressionError, evaluate, truth } from "../../static/js/expressions.js";

const HOUSE = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const TABLE = JSON.parse(readFileSync(join(HOUSE, "tests", "expressions", "cases.json"), "utf8"));
const TREES = JSON.parse(process.env.EXPRESSION_TREES ? readFileSync(process.env.EXPRESSION_TREES, "utf8") : parsed());

function parsed() {
  const own = join(HOUSE, ".venv", "bin", "python");
  return execFileSync(existsSync(own) ? own : "python3", ["-m", "tests.expressions.trees"], {
    cwd: HOUSE,
    encoding: "utf8",
    maxBuffer: 1e8,
  });
}

function answer(tree, { instance, context, expected }) {
  const options = { context, now: TABLE.now, today: TABLE.now.slice(0, 10), choices: TABLE.choices };
  let value;
  try {
    value = evaluate(tree, TABLE.instances[instance], options);
  } catch (error) {
    if (error instanceof ExpressionError) return { type: "error" };
    throw error;
  }
  if (Array.isArray(value)) return { type: "nodes", value };
  if (typeof value === "boolean") return { type: "boolean", value };
  if (typeof value === "number") return { type: "number", value: Number.isFinite(value) ? value + 0 : String(value) };
  return { type: expected.type === "date" ? "date" : "string", value };
}

TABLE.cases.forEach((one, place) => {
  test(`${one.topic}: ${one.expression} at ${one.context}`, () => {
    assert.deepEqual(answer(TREES[place], one), one.expected);
  });
});

test("truth is what a condition makes of the value", () => {
  const options = { now: TABLE.now, context: "/data" };
  assert.equal(truth(["op", "=", ["p", "/", ["data"], ["a"]], ["s", "x"]], { data: { a: "x" } }, options), true);
  assert.equal(truth(["p", "/", ["data"], ["a"]], { data: { a: "" } }, options), false);
  assert.equal(truth(["f", "today"], { data: {} }, options), true);
});

test("a Date may be the clock, in the zone of the device", () => {
  const at = new Date(2026, 10, 22, 23, 51);
  assert.equal(evaluate(["f", "today"], { data: {} }, { now: at }), "2026-11-22");
  const time = ["f", "format-date", ["f", "now"], ["s", "%d/%m/%Y %H:%M"]];
  assert.equal(evaluate(time, { data: {} }, { now: at }), "22/11/2026 23:51");
});

test("the module stays small enough for the phone", async () => {
  const { gzipSync } = await import("node:zlib");
  const bytes = readFileSync(join(HOUSE, "static", "js", "expressions.js"));
  assert.ok(gzipSync(bytes, { level: 6 }).length < 4600);
});
