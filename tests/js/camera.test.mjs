// What the camera tells of time, place and refusal, and which blocks of a photo a finger covers.
import assert from "node:assert/strict";
import test from "node:test";

import { clock, describePlace, placeOf, reasonOf } from "../../static/js/phone/camera.js";
import { boxOf, cellsAlong, cellsWithin, colourOf, grid } from "../../static/js/phone/mask.js";

const words = { searching: "looking", no_place: "none", place: "±%(metres)s m", poor: "poor ±%(metres)s m" };
const fix = (accuracy, at = 0) => ({ coords: { latitude: 14.8, longitude: 108.9, accuracy }, at });

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

test("cells cover the whole photo, the last ones cut at its edge", () => {
  const lines = grid(100, 50);
  assert.deepEqual(lines, { width: 100, height: 50, size: 3, columns: 34, rows: 17 });
  assert.equal(cellsWithin(lines, -10, -10, 500, 500).length, 34 * 17);
  assert.deepEqual(cellsWithin(lines, 3, 0, 6, 3), [1]);
  assert.deepEqual(cellsWithin(lines, 2.9, 0, 6.1, 3), [0, 1, 2]);
  assert.deepEqual(cellsWithin(lines, 200, 200, 210, 210), []);
  assert.deepEqual([boxOf(lines, 1), boxOf(lines, 34 * 17 - 1)], [[3, 0, 6, 3], [99, 48, 100, 50]]);
});

test("a fast finger leaves no gap", () => {
  const lines = grid(4800, 4800);
  const covered = new Set(cellsAlong(lines, 0.9, [50, 2050], [4750, 2050]));
  for (let column = 0; column < 48; column += 1) assert.ok(covered.has(20 * 48 + column));
  assert.ok(![...covered].some((cell) => cell < 19 * 48 || cell >= 22 * 48));
});

test("cells take the colour of their large block, so that no fine detail is left", () => {
  const lines = grid(480, 480);
  const blocks = new Set(cellsWithin(lines, 0, 0, 480, 480).map((cell) => boxOf(lines, cell, 4).join()));
  assert.equal(blocks.size, 12 * 12);
  assert.deepEqual([boxOf(lines, 3 * 48 + 5, 4), boxOf(grid(470, 100), 9 * 47 + 46, 4)], [[40, 0, 80, 40], [440, 80, 470, 100]]);
});

test("a box's colour is the mean of its own pixels", () => {
  const data = Uint8ClampedArray.from([0, 10, 20, 255, 100, 20, 20, 255, 9, 9, 9, 255]);
  assert.equal(colourOf({ data, width: 3 }, [0, 0, 2, 1]), "rgb(50,15,20)");
  assert.equal(colourOf({ data, width: 3 }, [2, 0, 3, 1]), "rgb(9,9,9)");
});
