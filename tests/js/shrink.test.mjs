// What the worker measures of a picture, and what it answers where the picture cannot be read.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { fit, measure, shrink } from "../../static/js/phone/shrink-worker.js";

const pixels = (width, height, grey) => {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let n = 0; n < width * height; n += 1) data.fill(grey(n % width, Math.floor(n / width)), 4 * n, 4 * n + 4);
  return { data, width, height };
};

test("an even picture has its light and no edges, a slope neither", () => {
  const even = measure(pixels(20, 10, () => 40));
  assert.ok(Math.abs(even.light - 40) < 0.01 && even.edges < 0.01);
  assert.ok(measure(pixels(20, 10, (x) => 5 * x)).edges < 0.01);
});

test("fine stripes have strong edges, the same stripes washed out have few", () => {
  const sharp = measure(pixels(64, 64, (x) => (x % 8 < 4 ? 0 : 255)));
  const soft = measure(pixels(64, 64, (x) => 127 + 127 * Math.sin((x * Math.PI) / 32)));
  assert.ok(sharp.edges > 1000 && soft.edges < 18, `${sharp.edges} and ${soft.edges}`);
  assert.ok(Math.abs(sharp.light - 127.5) < 0.5);
});

test("the smallest pictures are measured, too", () => {
  for (const [width, height] of [[1, 1], [2, 1], [3, 3]]) {
    const { light, edges } = measure(pixels(width, height, () => 255));
    assert.ok(light > 254 && Math.abs(edges) < 0.01);
  }
});

test("a picture fits into its box and is never enlarged", () => {
  assert.deepEqual([fit(4000, 3000), fit(800, 600), fit(50000, 1), fit(1024, 512, 512)], [[2048, 1536], [800, 600], [2048, 1], [512, 256]]);
});

test("what cannot be read is kept as it is, byte for byte", async () => {
  const bytes = new TextEncoder().encode("no picture at all");
  const made = await shrink(new Blob([bytes], { type: "image/heic" }));
  const digest = createHash("sha256").update(bytes).digest("hex");
  assert.deepEqual([made.sha256, made.original_sha256, made.original_size], [digest, digest, bytes.length]);
  assert.deepEqual(new Uint8Array(await made.blob.arrayBuffer()), bytes);
  assert.deepEqual([made.thumb, made.width, made.dark, made.blurred, made.blob.type], [null, null, false, false, "image/heic"]);
});
