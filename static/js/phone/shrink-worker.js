// One photo made ready to be kept: its hash, time and place, the picture at no more than 2048 pixels, a thumbnail, and
// whether it looks dark or blurred. Runs as a worker ({id, file} is answered {id, ...}) or, imported, on the page.

import { decode, draw, fit, jpeg } from "./picture.js";

export { fit };

const QUALITY = 0.85;
const SMALL_ENOUGH = 600_000; // bytes; below this a picture that fits is kept as it is, with its EXIF
const THUMB = 160;

// Judged on a copy of 512 pixels; limits by experiment on drawn notices, rooms, walls and the demo's photos. Mean light:
// 145 to 215 by day, 43 to 63 with 30 % of it (readable), 28 to 41 with 20 %. Variance of the Laplacian: sharp 33 to 7000,
// with noise in poor light still 22; blurred by 2 pixels 1 to 12. The doubtful passes: false alarms are soon ignored.
const LOOKED_AT = 512;
const DARK = 42;
const BLURRED = 18;

// Capture time (ISO, UTC) and position in a JPEG's EXIF; {} for anything unreadable. `view`: the first bytes of the file.
export function readExif(view) {
  try {
    const start = findTiff(view);
    if (start === null) return {};
    const little = view.getUint16(start) === 0x4949;
    const short = (at) => view.getUint16(start + at, little);
    const long = (at) => view.getUint32(start + at, little);
    const tags = (at) => {
      const found = new Map();
      for (let n = 0; n < short(at); n += 1) {
        const entry = at + 2 + 12 * n;
        found.set(short(entry), { count: long(entry + 4), at: entry + 8 });
      }
      return found;
    };
    const text = ({ count, at }) => {
      const from = start + (count > 4 ? long(at) : at);
      let read = "";
      for (let n = 0; n < count - 1; n += 1) read += String.fromCharCode(view.getUint8(from + n));
      return read;
    };
    const degrees = ({ at }) => {
      const from = long(at);
      const part = (n) => long(from + 8 * n) / long(from + 8 * n + 4);
      return part(0) + part(1) / 60 + part(2) / 3600;
    };
    const main = tags(long(4));
    const inner = main.has(0x8769) ? tags(long(main.get(0x8769).at)) : new Map();
    const gps = main.has(0x8825) ? tags(long(main.get(0x8825).at)) : new Map();
    const found = {};
    const taken = inner.get(0x9003) ?? main.get(0x0132);
    if (taken) found.takenAt = moment(text(taken), inner.has(0x9011) ? text(inner.get(0x9011)) : "");
    if ([1, 2, 3, 4].every((tag) => gps.has(tag))) {
      const lat = degrees(gps.get(2)) * (text(gps.get(1)).startsWith("S") ? -1 : 1);
      const lon = degrees(gps.get(4)) * (text(gps.get(3)).startsWith("W") ? -1 : 1);
      if (Number.isFinite(lat) && Number.isFinite(lon) && (lat || lon)) Object.assign(found, { lat, lon });
    }
    return found;
  } catch {
    return {};
  }
}

function findTiff(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return at + 10;
    if (marker < 0xffe0 || marker === 0xffda) return null;
  }
  return null;
}

// EXIF writes "2026:11:22 09:30:00", its zone (if any) apart; without one it is the phone's own clock.
function moment(text, zone) {
  const [, y, mo, d, h, mi, s] = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(text).map(Number);
  const away = /^([+-])(\d\d):(\d\d)/.exec(zone);
  const when = away
    ? Date.UTC(y, mo - 1, d, h, mi, s) - (away[1] === "-" ? -1 : 1) * (away[2] * 60 + +away[3]) * 60_000
    : +new Date(y, mo - 1, d, h, mi, s);
  return new Date(when).toISOString();
}

async function hash(bytes) {
  if (!globalThis.crypto?.subtle) return null; // only secure pages have it
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Mean luminance and variance of the Laplacian (0 for a picture without any edge) of RGBA pixels.
export function measure({ data, width, height }) {
  const grey = new Float32Array(width * height);
  let total = 0;
  for (let n = 0; n < grey.length; n += 1) {
    grey[n] = 0.299 * data[4 * n] + 0.587 * data[4 * n + 1] + 0.114 * data[4 * n + 2];
    total += grey[n];
  }
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let n = y * width + 1; n < (y + 1) * width - 1; n += 1) {
      const edge = grey[n - width] + grey[n + width] + grey[n - 1] + grey[n + 1] - 4 * grey[n];
      sum += edge;
      squares += edge * edge;
    }
  }
  const count = Math.max(1, (width - 2) * (height - 2));
  return { light: total / grey.length, edges: squares / count - (sum / count) ** 2 };
}

// What can be told only of a picture that this browser can read.
async function looked(file) {
  const picture = await decode(file);
  try {
    const [width, height] = fit(picture.width, picture.height);
    const whole = draw(picture, width, height);
    const copy = draw(whole, ...fit(width, height, LOOKED_AT));
    const { light, edges } = measure(copy.getContext("2d").getImageData(0, 0, copy.width, copy.height));
    const found = { width, height, dark: light < DARK, blurred: edges < BLURRED };
    found.thumb = await jpeg(draw(whole, ...fit(width, height, THUMB)), 0.6);
    if (width < picture.width || file.size > SMALL_ENOUGH) {
      const small = await jpeg(whole, QUALITY);
      if (small.size < file.size) found.blob = small;
      else Object.assign(found, { width: picture.width, height: picture.height });
    }
    return found;
  } finally {
    picture.close?.();
  }
}

// {sha256, original_sha256, original_size, width, height, takenAt, lat, lon, blob, thumb, dark, blurred}: `blob` is what is
// to be kept; the file's own bytes when they are small already or cannot be read here (then without width and thumb).
export async function shrink(file) {
  const bytes = await file.arrayBuffer(); // before anything else: iOS loses files that are read late
  const own = new Blob([bytes], { type: file.type });
  const hashed = await hash(bytes);
  const known = readExif(new DataView(bytes, 0, Math.min(bytes.byteLength, 262_144)));
  const plain = { blob: own, thumb: null, width: null, height: null, dark: false, blurred: false };
  const made = { ...plain, ...known, ...(await looked(own).catch(() => ({}))) };
  const sha256 = made.blob === own ? hashed : await hash(await made.blob.arrayBuffer());
  return { ...made, sha256, original_sha256: hashed, original_size: bytes.byteLength };
}

// What fails here is thrown, so that the page hears of it and does the work itself.
function work({ data: { id, file } }) {
  if (!globalThis.OffscreenCanvas) throw new Error("no canvas in workers");
  shrink(file).then((made) => postMessage({ id, ...made })).catch((error) => setTimeout(() => { throw error; }));
}

if (typeof WorkerGlobalScope !== "undefined") globalThis.onmessage = work;
