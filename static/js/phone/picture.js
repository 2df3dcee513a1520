// Pictures and canvases, alike on the page and in a worker.

// A blob as something that can be drawn, turned as its EXIF says; fails for what this browser cannot read.
export async function decode(blob) {
  if (globalThis.createImageBitmap) return createImageBitmap(blob, { imageOrientation: "from-image" });
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  await image.decode().finally(() => URL.revokeObjectURL(image.src));
  return image;
}

const LONGEST = 2048; // pixels of a photo that is kept

// Width and height within a square box, never enlarged.
export function fit(width, height, box = LONGEST) {
  const scale = Math.min(1, box / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

function canvas(width, height) {
  if (!globalThis.document) return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement("canvas"), { width, height });
}

// The picture on a canvas of this size, what is see-through on white.
export function draw(picture, width, height) {
  const made = canvas(width, height);
  const pen = made.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(picture, 0, 0, width, height);
  return made;
}

// In one go on a page: there Chromium's toBlob() and convertToBlob() wait for idle moments, seven seconds at times.
export async function jpeg(made, quality) {
  const type = "image/jpeg";
  if (made.convertToBlob) return made.convertToBlob({ type, quality });
  const base64 = made.toDataURL(type, quality).split(",")[1];
  if (!base64) throw new Error("no room for the picture");
  return new Blob([Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))], { type });
}
