// A surprise visit that begins on the phone.
import assert from "node:assert/strict";
import test from "node:test";

import { factsOf } from "../../static/js/phone/start.js";

const KIT = { person: { id: 7 }, bodies: { 21040: ["Văn phòng HĐND và UBND"], "": ["Trung tâm phục vụ hành chính công tỉnh"] } };
const UNIT = { code: "21040", name: "Bình Sơn", full: "Xã Bình Sơn", level: "commune" };
const FORM = { form: "dot-xuat@2025.07/commune", checklist: "dot-xuat", version: "2025.07", level: "commune", title: "Đột xuất" };

test("the visit has all that its checklist needs, and what the server must be told of it", () => {
  const facts = factsOf(KIT, UNIT, FORM, "Phản ánh trễ hẹn", null, Date.UTC(2026, 10, 23, 1));
  assert.match(facts.inspection, /^[0-9a-f-]{36}$/);
  assert.deepEqual(facts.unit, { code: "21040", name: "Bình Sơn", full: "Xã Bình Sơn" });
  assert.deepEqual(facts.bodies, ["Văn phòng HĐND và UBND", "Trung tâm phục vụ hành chính công tỉnh"]);
  assert.deepEqual(facts.start, { unit: "21040", checklist: "dot-xuat", reason: "Phản ánh trễ hẹn", clock_offset: null });
  assert.deepEqual(
    [facts.person, facts.kind, facts.state, facts.form, facts.version, facts.day],
    [7, "surprise", "started", FORM.form, "2025.07", "2026-11-23"],
  );
});

test("how far the clock is off is noted when the visit begins, since it may jump before it is sent", () => {
  const facts = factsOf(KIT, UNIT, FORM, "x", -172_800, Date.UTC(2026, 10, 25, 1));
  assert.deepEqual([facts.day, facts.start.clock_offset], ["2026-11-23", -172_800]);
});

test("the day is that of Vietnam", () => {
  const day = (...time) => factsOf(KIT, UNIT, FORM, "x", 0, Date.UTC(2026, 10, 22, ...time)).day;
  assert.equal(day(16, 59), "2026-11-22");
  assert.equal(day(17, 0), "2026-11-23");
});
