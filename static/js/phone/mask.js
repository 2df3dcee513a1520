// Faces and papers are covered by finger. A photo is laid out in small cells, which the finger marks; a marked cell takes
// the average colour of the large block it lies in, so that a fine brush leaves no more of a face than a broad one.

import { decode, draw, fit, jpeg } from "./picture.js";
import { button, element, fill, isOpen, openScreen } from "./screen.js";

const CELLS = 48; // along the longer side
const BLOCK = 4; // cells along a block's side: what is covered is at most 12 blocks wide, however large it was
const SMALL = 0.9; // how far a brush reaches, in cells
const LARGE = 2.9;
const VIEW = 1024; // pixels of what is painted on; the photo itself is covered only at the end

export function grid(width, height) {
  const size = Math.ceil(Math.max(width, height) / CELLS);
  return { width, height, size, columns: Math.ceil(width / size), rows: Math.ceil(height / size) };
}

// Numbers of the cells that a box touches.
export function cellsWithin({ size, columns, rows }, left, top, right, bottom) {
  const found = [];
  const last = (at, count) => Math.min(count - 1, Math.ceil(at / size) - 1);
  for (let row = Math.max(0, Math.floor(top / size)); row <= last(bottom, rows); row += 1) {
    for (let column = Math.max(0, Math.floor(left / size)); column <= last(right, columns); column += 1) {
      found.push(row * columns + column);
    }
  }
  return found;
}

// Numbers of the cells under a brush that is drawn from one point to another. `reach` in cells.
export function cellsAlong(lines, reach, [fromX, fromY], [toX, toY]) {
  const found = [];
  const far = reach * lines.size;
  const steps = Math.ceil(Math.hypot(toX - fromX, toY - fromY) / (lines.size / 2)) || 1;
  for (let step = 0; step <= steps; step += 1) {
    const x = fromX + ((toX - fromX) * step) / steps;
    const y = fromY + ((toY - fromY) * step) / steps;
    found.push(...cellsWithin(lines, x - far, y - far, x + far, y + far));
  }
  return found;
}

// Left, top, right and bottom of a cell, or of the block of so many cells that it lies in.
export function boxOf({ width, height, size, columns }, cell, cells = 1) {
  const side = size * cells;
  const left = Math.floor((cell % columns) / cells) * side;
  const top = Math.floor(Math.floor(cell / columns) / cells) * side;
  return [left, top, Math.min(width, left + side), Math.min(height, top + side)];
}

// The average colour of a box of pixels.
export function colourOf({ data, width }, [left, top, right, bottom]) {
  const sums = [0, 0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let n = 4 * (y * width + left); n < 4 * (y * width + right); n += 4) {
      for (let colour = 0; colour < 3; colour += 1) sums[colour] += data[n + colour];
    }
  }
  const count = (right - left) * (bottom - top);
  return `rgb(${sums.map((sum) => Math.round(sum / count))})`;
}

// The photo with what the person covered, as a new JPEG; null when nothing was. `blob` is left as it is.
export async function maskPhoto(blob, words) {
  if (isOpen()) return null;
  const help = element("p", { className: "help", textContent: words.help });
  const status = element("p", { role: "status" });
  const canvas = element("canvas", { tabIndex: 0, role: "application", "aria-label": words.picture });
  const brushes = [[words.small, SMALL], [words.large, LARGE]].map(([text, cells]) =>
    button(text, () => choose(cells), { value: cells, "aria-pressed": "false" }));
  const undo = button(words.undo, takeBack, { disabled: true });
  const cancel = button(words.cancel, () => dialog.close());
  const done = button(words.done, finish, { className: "main", disabled: true });
  const dialog = await openScreen(
    words.title,
    "mask",
    help,
    element("div", { className: "frame" }, canvas),
    element("div", { className: "tools" }, ...brushes, undo),
    element("div", { className: "reach" }, cancel, status, done),
  );
  const closed = new Promise((answer) => dialog.addEventListener("close", answer));

  const strokes = []; // a set of cells each
  const colours = new Map(); // of blocks
  let whole;
  let pixels;
  let plain;
  let lines;
  let reach;
  let frame = null; // of the keyboard: {x, y, wide, high} in pixels of the photo
  let from = null; // where the finger was
  let made = null;

  try {
    const picture = await decode(blob);
    whole = draw(picture, picture.width, picture.height);
    picture.close?.();
    lines = grid(whole.width, whole.height);
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
    canvas.onfocus = explainKeys;
    explainKeys();
    paint();
  } catch {
    status.textContent = words.failed;
    canvas.hidden = true;
  }
  await closed;
  return made;

  async function finish() {
    try {
      cover(whole.getContext("2d"), 1);
      made = await jpeg(whole, 0.92);
      dialog.close();
    } catch {
      status.textContent = words.failed;
    }
  }

  function choose(cells) {
    reach = cells;
    for (const brush of brushes) brush.setAttribute("aria-pressed", Number(brush.value) === cells);
  }

  // Only to who works by keys and sees; a screen reader reads it anyway.
  function explainKeys() {
    if (canvas.matches(":focus-visible")) help.textContent = `${words.help} ${words.picture}`;
  }

  function cover(pen, scale) {
    for (const cell of new Set(strokes.flatMap((cells) => [...cells]))) {
      const block = boxOf(lines, cell, BLOCK);
      const name = block.join();
      if (!colours.has(name)) colours.set(name, colourOf(pixels, block));
      pen.fillStyle = colours.get(name);
      const [left, top, right, bottom] = boxOf(lines, cell).map((at) => Math.round(at * scale));
      pen.fillRect(left, top, right - left, bottom - top);
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
    strokes.push(new Set());
    from = pointOf(event);
    move(event);
  }

  function move(event) {
    if (!from || !event.isPrimary) return;
    const to = pointOf(event);
    for (const cell of cellsAlong(lines, reach, from, to)) strokes.at(-1).add(cell);
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
    const step = lines.size;
    if (!way) {
      const { x, y, wide, high } = frame;
      strokes.push(new Set(cellsWithin(lines, x, y, x + wide, y + high)));
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
