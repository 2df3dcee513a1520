// What was seen of a phone, and what its owner is told of it.
import assert from "node:assert/strict";
import test from "node:test";

import { diagnose } from "../../static/js/phone/doctor.js";

const NOW = Date.UTC(2026, 10, 23);
const WELL = {
  app: null, apple: false, webkit: false, installed: true, persisted: true, works: true, secret: false, free: 5e9, copy: true,
  held: { drafts: 0, waiting: 0, since: null }, camera: "granted", place: "prompt", ready: { ready: true }, signedIn: true,
}; // prettier-ignore
const told = (changes) => diagnose({ ...WELL, ...changes }, NOW);
const of = (level, changes) => told(changes).filter((one) => one.level === level).map(({ key }) => key);

test("of a phone that is well nothing but good is told", () => {
  assert.deepEqual(of("warn", {}), []);
  assert.deepEqual(of("bad", {}), []);
  assert.deepEqual(of("good", {}), ["works", "ready", "installed", "persisted", "room", "copy", "nothing_held"]);
});

test("what loses answers is told first", () => {
  assert.deepEqual(of("bad", { app: "Zalo", works: false, secret: true }), ["inside_app", "no_works", "secret"]);
  assert.equal(told({ persisted: false, app: "app" })[0].key, "inside");
});

test("Safari forgets after a week without a visit, unless the page is installed", () => {
  const safari = { apple: true, webkit: true };
  assert.deepEqual(of("warn", { ...safari, installed: false }), ["install_apple", "safari"]);
  assert.deepEqual(of("warn", safari), []);
  assert.match(told({ ...safari, installed: false }).find(({ key }) => key === "safari").values.d, /30/);
});

test("little room, refused permissions, unsent work and an ended session are told", () => {
  const held = { drafts: 1, waiting: 2, since: "2026-11-20T00:00:00Z" };
  const seen = { free: 5e7, camera: "denied", place: "denied", held, signedIn: false, copy: false };
  assert.deepEqual(of("warn", seen), ["little", "no_copy", "held", "signed_out", "no_camera", "no_place"]);
  assert.deepEqual(of("warn", { free: null }), []);
});
