// What the camera tells of time, place and refusal, and which blocks of a photo a finger covers.
import assert from "node:assert/strict";
import test from "node:test";

import { clock, describePlace, placeOf, reasonOf } from "../../static/js/phone/camera.js";
import { blockOf, blocksAlong, blocksWithin, grid } from "../../static/js/phone/mask.js";

const words = { searching: "looking", no_place: "none", place: "±%(metres)s m", poor: "poor ±%(metres)s m" };
const fix = (accuracy, timestamp = 0) => ({ coords: { latitude: 14.8, longitude: 108.9, accuracy }, timestamp });

test("the clock is Vietnam's, wherever the phone thinks it is", () => {
  assert.equal(clock(new Date("2026-11-23T02:31:05.900Z")), "23/11/2026 09:31:05");
  assert.equal(clock(new Date("2026-12-31T17:00:00Z")), "01/01/2027 00:00:00");
});

test("a position is called poor above 100 metres", () => {
  assert.deepEqual(describePlace(null, words), { text: "looking", poor: false });
  assert.deepEqual(describePlace(false, words), { text: "none", poor: true });
  assert.deepEqual(describePlace(fix(99.6), words), { text: "±100 m", poor: false });
  assert.deepEqual(describePlace(fix(1500), words), { text: "poor ±1500 m", poor: true });
});

test("a photo bears the last position, unless that is of another time", () => {
  assert.deepEqual(placeOf(fix(1500, 1000), 60_000), { lat: 14.8, lon: 108.9, accuracy: 1500 });
  for (const none of [null, false, fix(5, 0)]) {
    assert.deepEqual(placeOf(none, 120_001), { lat: null, lon: null, accuracy: null });
  }
});

test("every refusal has one of three reasons", () => {
  const reasons = ["NotAllowedError", "NotReadableError", "NotFoundError", "OverconstrainedError", "x"].map((name) => reasonOf({ name }));
  assert.deepEqual(reasons, ["denied", "busy", "none", "none", "none"]);
});

test("blocks cover the whole photo, the last ones cut at its edge", () => {
  const lines = grid(100, 50, 16);
  assert.deepEqual(lines, { parts: 16, size: 7, columns: 15, rows: 8 });
  assert.equal(blocksWithin(lines, -10, -10, 500, 500).length, 15 * 8);
  assert.deepEqual(blocksWithin(lines, 7, 0, 14, 7), [1]);
  assert.deepEqual(blocksWithin(lines, 6.9, 0, 14.1, 7), [0, 1, 2]);
  assert.deepEqual(blocksWithin(lines, 200, 200, 210, 210), []);
});

test("a fast finger leaves no gap", () => {
  const lines = grid(1600, 1600, 16);
  const covered = blocksAlong(lines, [50, 850], [1550, 850]);
  for (let column = 0; column < 16; column += 1) assert.ok(covered.has(8 * 16 + column));
  assert.ok(![...covered].some((block) => block < 7 * 16 || block >= 10 * 16));
});

test("a block's colour is the mean of its own pixels", () => {
  const data = Uint8ClampedArray.from([0, 10, 20, 255, 100, 20, 20, 255, 9, 9, 9, 255]);
  const lines = { size: 2, columns: 2 };
  assert.deepEqual(blockOf({ data, width: 3, height: 1 }, lines, 0), { box: [0, 0, 2, 1], colour: "rgb(50,15,20)" });
  assert.deepEqual(blockOf({ data, width: 3, height: 1 }, lines, 1), { box: [2, 0, 3, 1], colour: "rgb(9,9,9)" });
});
