// The pure parts of the checklist page's scripts: values, conditions, progress, gaps, the picker's search.
import assert from "node:assert/strict";
import test from "node:test";

import { follow, nested, nextGap, plain, progress } from "../../static/js/phone/follow.js";
import { fold, matches } from "../../static/js/phone/places.js";

const path = (...steps) => ["p", "/", ["data"], ...steps.map((step) => [step])];
const here = ["p", "", ["."]];
const NOW = "2026-11-22T10:00:00+07:00";
const words = { required: "Bắt buộc.", wrong: "Không hợp lệ." };
const conditions = {
  paths: {
    ns_01: "/data/counter/ns_01_g/ns_01",
    ns_01_n: "/data/counter/ns_01_g/ns_01_n",
    absent: "/data/counter/absent",
    why: "/data/counter/why",
    site: "/data/closing/site",
  },
  rows: [
    {
      name: "absent",
      path: "/data/counter/absent",
      relevant: ["op", "=", path("counter", "ns_01_g", "ns_01"), ["s", "fail"]],
      required: true,
      constraint: ["op", "<=", here, path("counter", "ns_01_g", "ns_01_n")],
      message: "Không được nhiều hơn số người vắng.",
    },
    {
      name: "why",
      path: "/data/counter/why",
      relevant: ["op", ">", path("counter", "absent"), ["n", 0]],
      required: false,
      constraint: null,
      message: null,
    },
  ],
  sections: [{ name: "closing", names: ["site"], relevant: ["op", "!=", path("counter", "ns_01_g", "ns_01"), ["s", "none"]] }],
};
const judged = (values) => follow(conditions, values, NOW, words);

test("numbers are read as the server reads them", () => {
  assert.equal(plain(" 12,5 ", "decimal"), "12.5");
  assert.equal(plain("1.234,5", "decimal"), "1234.5");
  assert.equal(plain("12.5", "decimal"), "12.5");
  assert.equal(plain("1.200", "numeric"), "1200");
  assert.equal(plain("1.20", "numeric"), "1.20");
  assert.equal(plain("1.200", ""), "1.200");
});

test("the instance holds every known node, empty if unanswered", () => {
  assert.deepEqual(nested({ a: "/data/x/a", b: "/data/x/b" }, { a: "1" }), { data: { x: { a: "1", b: "" } } });
});

test("a hidden question hides what hangs on it, and is neither required nor judged", () => {
  const { hidden, faults } = judged({ ns_01: "pass", absent: "9", why: "x" });
  assert.deepEqual([...hidden].sort(), ["absent", "why"]);
  assert.equal(faults.size, 0);
});

test("a shown question is required, then held to its constraint", () => {
  assert.deepEqual([...judged({ ns_01: "fail", ns_01_n: "2" }).faults], [["absent", "Bắt buộc."]]);
  assert.deepEqual([...judged({ ns_01: "fail", ns_01_n: "2", absent: "3" }).faults], [["absent", "Không được nhiều hơn số người vắng."]]);
  const fine = judged({ ns_01: "fail", ns_01_n: "2", absent: "2" });
  assert.equal(fine.faults.size + fine.hidden.size, 0);
});

test("what only a fail unfolds counts as empty under another outcome", () => {
  const open = structuredClone(conditions);
  open.rows[0].relevant = null;
  const left = follow(open, { ns_01: "pass", ns_01_n: "5", absent: "1" }, NOW, words);
  assert.equal(left.faults.size, 1, "the count of five stands in a closed block");
});

test("a closed section closes its questions", () => {
  const { hidden, sections } = judged({ ns_01: "none" });
  assert.ok(sections.has("closing") && hidden.has("site"));
  assert.equal(judged({ ns_01: "pass" }).sections.size, 0);
});

const work = [
  { name: "a", part: "one", outcome: "pass", shown: true },
  { name: "b", part: "one", outcome: "unchecked", shown: true },
  { name: "c", part: "two", outcome: "unchecked", shown: false },
  { name: "d", part: "two", outcome: "fail", shown: true },
  { name: "e", part: "two", outcome: "unchecked", shown: true },
];

test("progress counts what is shown, by part and in all", () => {
  const { done, total, failed, parts } = progress(work);
  assert.deepEqual([done, total, failed], [2, 4, 1]);
  assert.deepEqual(Object.fromEntries(parts), { one: { done: 1, total: 2 }, two: { done: 1, total: 2 } });
});

test("the next gap is below, then from the top, then nowhere", () => {
  assert.equal(nextGap(work, 0).name, "b");
  assert.equal(nextGap(work, 2).name, "e");
  assert.equal(nextGap(work.slice(0, 4), 3).name, "b");
  assert.equal(nextGap([work[0], work[3]], 0), undefined);
});

test("offices are found without accents", () => {
  assert.equal(fold("Phường Đức Phổ"), "phuong duc pho");
  assert.ok(matches("Xã Ia H'Drai, huyện Ia H'Drai", "ia hdrai"));
  assert.ok(matches("Xã Ia H'Drai", "h'drai"));
  assert.ok(matches("Xã Ngọk Réo", "ngok re"));
  assert.ok(!matches("Xã Lân Phong, huyện Mộ Đức", "duc pho"));
  assert.ok(matches("Xã Lân Phong", ""));
});
