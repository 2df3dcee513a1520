// Worker: hash and size of the camera's file, its time and place, then the same picture at no more than 2048 pixels.
// Answers {id, sha256, takenAt, lat, lon, blob}; without `blob` the original is to be sent, whatever the reason.

const LONGEST = 2048;
const QUALITY = 0.85;
const SMALL_ENOUGH = 600_000; // bytes; below this a picture that fits is sent as it is, with its EXIF

export function fit(width, height, box = LONGEST) {
  const scale = Math.min(1, box / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

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

async function shrunk(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  try {
    const [width, height] = fit(picture.width, picture.height);
    if (width === picture.width && file.size <= SMALL_ENOUGH) return null;
    const canvas = new OffscreenCanvas(width, height);
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.fillStyle = "#fff"; // see-through screenshots get a white ground
    pen.fillRect(0, 0, width, height);
    pen.drawImage(picture, 0, 0, width, height);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
    return blob.size < file.size ? blob : null;
  } finally {
    picture.close();
  }
}

async function work({ data: { id, file } }) {
  const answer = { id };
  try {
    const bytes = await file.arrayBuffer();
    answer.sha256 = await hash(bytes);
    Object.assign(answer, readExif(new DataView(bytes, 0, Math.min(bytes.byteLength, 262_144))));
    answer.blob = await shrunk(file);
  } catch {
    // Unknown format, too little memory, an old browser: the original is sent.
  }
  postMessage(answer);
}

if (typeof WorkerGlobalScope !== "undefined") globalThis.onmessage = work;
