// Faces and papers are covered by finger. A photo is laid out in blocks, and a block that is touched becomes its own
// average colour: nothing of what it showed is left. Large blocks for what is near, small ones for what is far.

import { decode, draw, fit, jpeg } from "./picture.js";
import { button, element, fill, openScreen } from "./screen.js";

const SMALL = 48; // blocks along the longer side
const LARGE = 16;
const VIEW = 1024; // pixels of what is painted on; the photo itself is covered only at the end

export function grid(width, height, parts) {
  const size = Math.ceil(Math.max(width, height) / parts);
  return { parts, size, columns: Math.ceil(width / size), rows: Math.ceil(height / size) };
}

// Numbers of the blocks that a box touches.
export function blocksWithin({ size, columns, rows }, left, top, right, bottom) {
  const found = [];
  const last = (at, count) => Math.min(count - 1, Math.ceil(at / size) - 1);
  for (let row = Math.max(0, Math.floor(top / size)); row <= last(bottom, rows); row += 1) {
    for (let column = Math.max(0, Math.floor(left / size)); column <= last(right, columns); column += 1) {
      found.push(row * columns + column);
    }
  }
  return found;
}

// Numbers of the blocks under a brush, as wide as two blocks, that is drawn from one point to another.
export function blocksAlong(lines, [fromX, fromY], [toX, toY]) {
  const found = new Set();
  const reach = lines.size * 0.9;
  const steps = Math.ceil(Math.hypot(toX - fromX, toY - fromY) / (lines.size / 2)) || 1;
  for (let step = 0; step <= steps; step += 1) {
    const x = fromX + ((toX - fromX) * step) / steps;
    const y = fromY + ((toY - fromY) * step) / steps;
    for (const block of blocksWithin(lines, x - reach, y - reach, x + reach, y + reach)) found.add(block);
  }
  return found;
}

// Place and colour of a block of the photo's pixels.
export function blockOf({ data, width, height }, { size, columns }, block) {
  const left = (block % columns) * size;
  const top = Math.floor(block / columns) * size;
  const right = Math.min(width, left + size);
  const bottom = Math.min(height, top + size);
  const sums = [0, 0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let n = 4 * (y * width + left); n < 4 * (y * width + right); n += 4) {
      for (let colour = 0; colour < 3; colour += 1) sums[colour] += data[n + colour];
    }
  }
  const count = (right - left) * (bottom - top);
  return { box: [left, top, right, bottom], colour: `rgb(${sums.map((sum) => Math.round(sum / count))})` };
}

// The photo with what the person covered, as a new JPEG; null when nothing was. `blob` is left as it is.
export async function maskPhoto(blob, words) {
  const status = element("p", { role: "status" });
  const canvas = element("canvas", { tabIndex: 0, role: "application", "aria-label": words.picture });
  const brushes = [[words.small, SMALL], [words.large, LARGE]].map(([text, parts]) =>
    button(text, () => choose(parts), { value: parts, "aria-pressed": "false" }));
  const undo = button(words.undo, takeBack, { disabled: true });
  const cancel = button(words.cancel, () => dialog.close());
  const done = button(words.done, () => dialog.close("done"), { className: "main", disabled: true });
  const dialog = await openScreen(
    words.title,
    "mask",
    element("p", { className: "help", textContent: words.help }),
    element("div", { className: "frame" }, canvas),
    element("div", { className: "tools" }, ...brushes, undo),
    element("div", { className: "reach" }, cancel, status, done),
  );
  const closed = new Promise((answer) => dialog.addEventListener("close", answer));

  const strokes = []; // {lines, blocks}
  const known = new Map();
  let whole;
  let pixels;
  let plain;
  let lines;
  let frame = null; // of the keyboard: {x, y, wide, high} in pixels of the photo
  let from = null; // where the finger was

  try {
    const picture = await decode(blob);
    whole = draw(picture, picture.width, picture.height);
    picture.close?.();
    pixels = whole.getContext("2d").getImageData(0, 0, whole.width, whole.height);
    plain = draw(whole, ...fit(whole.width, whole.height, VIEW));
    Object.assign(canvas, { width: plain.width, height: plain.height });
    choose(LARGE);
    canvas.onpointerdown = press;
    canvas.onpointermove = move;
    canvas.onpointerup = canvas.onpointercancel = () => {
      from = null;
    };
    canvas.onkeydown = key;
    paint();
  } catch {
    status.textContent = words.failed;
    canvas.hidden = true;
  }
  await closed;
  if (dialog.returnValue !== "done" || !strokes.length) return null;
  cover(whole.getContext("2d"), 1);
  return jpeg(whole, 0.92);

  function choose(parts) {
    lines = grid(whole.width, whole.height, parts);
    for (const brush of brushes) brush.setAttribute("aria-pressed", Number(brush.value) === parts);
  }

  // Large blocks last: a small one over them would bring detail back.
  function cover(pen, scale) {
    for (const stroke of [...strokes].sort((one, other) => other.lines.parts - one.lines.parts)) {
      for (const block of stroke.blocks) {
        const name = `${stroke.lines.parts} ${block}`;
        if (!known.has(name)) known.set(name, blockOf(pixels, stroke.lines, block));
        const { box, colour } = known.get(name);
        const [left, top, right, bottom] = box.map((at) => Math.round(at * scale));
        pen.fillStyle = colour;
        pen.fillRect(left, top, right - left, bottom - top);
      }
    }
  }

  function paint() {
    const pen = canvas.getContext("2d");
    const scale = canvas.width / whole.width;
    pen.drawImage(plain, 0, 0);
    cover(pen, scale);
    if (frame) {
      const box = [frame.x, frame.y, frame.wide, frame.high].map((at) => at * scale);
      for (const [strokeStyle, lineWidth] of [["#000", 9], ["#ffbf2b", 4]]) {
        Object.assign(pen, { strokeStyle, lineWidth }).strokeRect(...box);
      }
    }
    undo.disabled = done.disabled = !strokes.length;
  }

  function pointOf({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.x) / box.width) * whole.width, ((clientY - box.y) / box.height) * whole.height];
  }

  function press(event) {
    if (!event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    frame = null;
    strokes.push({ lines, blocks: new Set() });
    from = pointOf(event);
    move(event);
  }

  function move(event) {
    if (!from || !event.isPrimary) return;
    const to = pointOf(event);
    for (const block of blocksAlong(lines, from, to)) strokes.at(-1).blocks.add(block);
    from = to;
    requestAnimationFrame(paint);
  }

  function takeBack() {
    strokes.pop();
    status.textContent = words.undone;
    paint();
    if (undo.disabled) canvas.focus(); // a button that is off cannot hold the focus
  }

  // Arrows move the frame, with Shift they change its size; Enter covers what lies in it.
  function key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (!way && (event.key !== "Enter" || !frame)) return;
    event.preventDefault();
    const { width, height } = whole;
    const step = Math.max(width, height) / SMALL;
    if (!way) {
      const { x, y, wide, high } = frame;
      strokes.push({ lines, blocks: new Set(blocksWithin(lines, x, y, x + wide, y + high)) });
      status.textContent = words.covered;
      return paint();
    }
    const kept = (value, least, most) => Math.max(least, Math.min(most, value));
    frame ??= { x: width / 2 - 3 * step, y: height / 2 - 3 * step, wide: 6 * step, high: 6 * step };
    if (event.shiftKey) {
      frame.wide = kept(frame.wide + way[0] * step, step, width - frame.x);
      frame.high = kept(frame.high + way[1] * step, step, height - frame.y);
    } else {
      frame.x = kept(frame.x + way[0] * step, 0, width - frame.wide);
      frame.y = kept(frame.y + way[1] * step, 0, height - frame.high);
    }
    const percent = (at, all) => Math.round((100 * at) / all);
    status.textContent = fill(words.frame, {
      x: percent(frame.x + frame.wide / 2, width), y: percent(frame.y + frame.high / 2, height),
    });
    paint();
  }
}
