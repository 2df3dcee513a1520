// Capture records and the small EXIF reader, on bytes made here as a camera lays them out.
import assert from "node:assert/strict";
import test from "node:test";

import { describe, jpegName, readableSize, record } from "../../static/js/phone/photos.js";
import { fit, readExif } from "../../static/js/phone/shrink-worker.js";

// A JPEG's head with an EXIF block: `main`, `inner`, `gps` are lists of [tag, type, count, value or text or rationals].
function jpeg({ main = [], inner = [], gps = [], little = false, before = [] }) {
  const tiff = [];
  const put = (bytes) => tiff.push(...bytes) - bytes.length;
  const number = (value, size) => {
    const bytes = Array.from({ length: size }, (_, n) => (value >>> (8 * n)) & 255);
    return little ? bytes : bytes.reverse();
  };
  const set = (at, bytes) => bytes.forEach((byte, n) => (tiff[at + n] = byte));
  put(little ? [0x49, 0x49, 42, 0] : [0x4d, 0x4d, 0, 42]);
  put(number(8, 4));
  const write = (entries) => {
    const start = put(number(entries.length, 2));
    entries.forEach(([tag, type, count]) => put([...number(tag, 2), ...number(type, 2), ...number(count, 4), 0, 0, 0, 0]));
    put(number(0, 4));
    entries.forEach(([, , , value], n) => {
      const slot = start + 2 + 12 * n + 8;
      if (typeof value === "number") return set(slot, number(value, 4));
      const bytes = typeof value === "string" ? [...value].map((sign) => sign.charCodeAt(0)) : value.flatMap(([a, b]) => [...number(a, 4), ...number(b, 4)]);
      if (bytes.length <= 4) return set(slot, bytes);
      set(slot, number(tiff.length, 4));
      put(bytes);
    });
    return start;
  };
  const pointers = [...(inner.length ? [[0x8769, 4, 1, 0]] : []), ...(gps.length ? [[0x8825, 4, 1, 0]] : [])];
  write([...main, ...pointers]);
  for (const [tag, entries] of [[0x8769, inner], [0x8825, gps]]) {
    if (!entries.length) continue;
    const place = 8 + 2 + 12 * [...main, ...pointers].findIndex(([one]) => one === tag) + 8;
    set(place, number(write(entries), 4));
  }
  const length = tiff.length + 8;
  const bytes = [0xff, 0xd8, ...before, 0xff, 0xe1, length >> 8, length & 255, 0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff, 0xff, 0xda];
  return new DataView(Uint8Array.from(bytes).buffer);
}

const taken = [0x9003, 2, 20, "2026:11:22 09:29:58\0"];
const zone = [0x9011, 2, 7, "+07:00\0"];
const place = [
  [1, 2, 2, "S\0"],
  [2, 5, 3, [[15, 1], [7, 1], [1200, 100]]],
  [3, 2, 2, "E\0"],
  [4, 5, 3, [[108, 1], [48, 1], [0, 1]]],
];

for (const little of [false, true]) {
  test(`capture time and place are read, ${little ? "little" : "big"} endian`, () => {
    const found = readExif(jpeg({ inner: [taken, zone], gps: place, little }));
    assert.equal(found.takenAt, "2026-11-22T02:29:58.000Z");
    assert.ok(Math.abs(found.lat + 15.12) < 1e-9 && found.lon === 108.8);
  });
}

test("without a zone the time is the phone's own", () => {
  assert.equal(readExif(jpeg({ inner: [taken] })).takenAt, new Date(2026, 10, 22, 9, 29, 58).toISOString());
});

test("the block is found behind others", () => {
  const jfif = [0xff, 0xe0, 0, 6, 1, 2, 3, 4];
  assert.equal(readExif(jpeg({ inner: [taken, zone], before: jfif })).takenAt, "2026-11-22T02:29:58.000Z");
});

test("a zeroed position is no position", () => {
  const zero = place.map(([tag, type, count, value]) => [tag, type, count, Array.isArray(value) ? value.map(() => [0, 1]) : value]);
  assert.deepEqual(readExif(jpeg({ gps: zero })), {});
});

test("anything cut short or foreign is read as nothing", () => {
  const whole = jpeg({ inner: [taken, zone], gps: place });
  for (let end = 0; end < whole.byteLength; end += 1) {
    const found = readExif(new DataView(whole.buffer, 0, end));
    assert.ok(!("lat" in found) || Number.isFinite(found.lat));
  }
  assert.deepEqual(readExif(new DataView(new ArrayBuffer(0))), {});
  assert.deepEqual(readExif(new DataView(new TextEncoder().encode("\x89PNG\r\n\x1a\n and more").buffer)), {});
  assert.deepEqual(readExif(jpeg({ inner: [[0x9003, 2, 20, "????:??:?? ??:??:??\0"]] })), {});
});

test("a picture fits into 2048 pixels and is never enlarged", () => {
  assert.deepEqual(fit(4000, 3000), [2048, 1536]);
  assert.deepEqual(fit(3000, 4000), [1536, 2048]);
  assert.deepEqual(fit(800, 600), [800, 600]);
  assert.deepEqual(fit(50000, 1), [2048, 1]);
});

test("the record names the camera's file only when another one is kept", () => {
  const file = { name: "IMG_1.HEIC", lastModified: Date.UTC(2026, 10, 22) };
  const made = { sha256: "ab", original_sha256: "ab", original_size: 9, takenAt: "2026-11-22T02:29:58.000Z" };
  const coords = { latitude: 15, longitude: 108, accuracy: 7 };
  assert.equal(record("ny_01", file, { source: "camera" }, made, coords).original_sha256, null);
  const shrunk = record("ny_01", file, { source: "camera" }, { ...made, original_sha256: "cd" }, coords);
  assert.deepEqual([shrunk.original_sha256, shrunk.original_size, shrunk.accuracy, shrunk.name], ["cd", 9, 7, "IMG_1.jpg"]);
  const bare = record("ny_01", { lastModified: 0 }, { source: "gallery" }, { sha256: "ab" }, null);
  assert.deepEqual([bare.taken_at, bare.lat, bare.name], [null, null, "ny_01.jpg"]);
});

test("a photo is described by size, time, accuracy and origin", () => {
  const words = { from_gallery: "từ thư viện", masked: "đã che", held: "máy chủ giữ" };
  const taken_at = new Date(2026, 10, 22, 9, 31).toISOString();
  assert.equal(describe({ size: 284_000, taken_at, accuracy: 12.4, source: "gallery", state: "here" }, words), "284 kB · 09:31 · ±12 m · từ thư viện");
  assert.equal(describe({ size: 1_260_000, state: "stored" }, words), "1,3 MB · máy chủ giữ");
});

test("names and sizes read well", () => {
  assert.deepEqual([jpegName("IMG_1.HEIC"), jpegName("ảnh"), jpegName(".png")], ["IMG_1.jpg", "ảnh.jpg", "anh.jpg"]);
  assert.deepEqual([readableSize(1_240_000), readableSize(200)], ["1,2 MB", "1 kB"]);
});
