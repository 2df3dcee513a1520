// Photos of the checklist on this phone: taken in the page or chosen, made small in a worker, kept in the store at once,
// shown with what is known of them. The server's list of a drawn page is redrawn here, so that all photos look alike.

import { fold, photosOf } from "./journal.js";
import { words as allWords } from "./words.js";

const WAIT_FOR_PLACE = 3000; // milliseconds after the picture came back; a photo never waits longer for its position
const WAIT_FOR_WORKER = 30000;

export function readableSize(bytes) {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1).replace(".", ",")} MB`;
  return `${Math.max(1, Math.round(bytes / 1000))} kB`;
}

export function jpegName(name) {
  return `${name.replace(/\.[^.]*$/, "") || "anh"}.jpg`;
}

const clockTime = (iso) => new Date(iso).toTimeString().slice(0, 5);

// "284 kB · 09:31 · ±12 m · từ thư viện ảnh"
export function describe(photo, words) {
  return [
    readableSize(photo.size),
    photo.taken_at && clockTime(photo.taken_at),
    photo.accuracy != null && `±${Math.round(photo.accuracy)} m`,
    photo.source === "gallery" && words.from_gallery,
    photo.source === "masked" && words.masked,
    ["held", "stored"].includes(photo.state) && words.held,
  ].filter(Boolean).join(" · ");
}

// What is known of the taking of a photo. `taken` by the page's camera or the file, `made` by the worker, `coords` of the phone.
export function record(question, file, { takenAt, ...taken }, made, coords) {
  const place = coords ? { lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy } : {};
  const shrunk = Boolean(made.original_sha256) && made.original_sha256 !== made.sha256;
  const modified = file.lastModified ? new Date(file.lastModified).toISOString() : null;
  return {
    question,
    name: !file.name ? `${question}.jpg` : shrunk ? jpegName(file.name) : file.name,
    sha256: made.sha256,
    taken_at: takenAt ?? made.takenAt ?? modified,
    lat: taken.lat ?? place.lat ?? made.lat ?? null,
    lon: taken.lon ?? place.lon ?? made.lon ?? null,
    accuracy: taken.accuracy ?? place.accuracy ?? null,
    source: taken.source,
    covers: taken.covers ?? null,
    caption: "",
    original_sha256: shrunk ? made.original_sha256 : null,
    original_size: shrunk ? made.original_size : null,
    dark: Boolean(made.dark),
    blurred: Boolean(made.blurred),
  };
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter(Boolean));
  return made;
}

function askPlace() {
  return new Promise((answer) => {
    if (!navigator.geolocation) return answer(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => answer(coords),
      () => answer(null),
      { enableHighAccuracy: true, maximumAge: 60000, timeout: 60000 },
    );
  });
}

const within = (promise, milliseconds) =>
  Promise.race([promise, new Promise((answer) => setTimeout(answer, milliseconds, null))]);

// One picture after the other through the worker; without it (or when it dies) the same code works on this page.
function openShrinker() {
  const waiting = new Map();
  let worker = null;
  let last = 0;
  const address = new URL("./shrink-worker.js", import.meta.url);
  const here = async (file) => (await import(address)).shrink(file);
  const open = () => {
    worker = new Worker(address, { type: "module" });
    worker.onmessage = ({ data }) => {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    };
    worker.onerror = () => {
      for (const answer of waiting.values()) answer(null);
      waiting.clear();
    };
  };
  const ask = (file) =>
    new Promise((answer) => {
      if (!worker) open();
      last += 1;
      const id = last;
      waiting.set(id, answer);
      setTimeout(() => waiting.delete(id) && answer(null), WAIT_FOR_WORKER);
      worker.postMessage({ id, file });
    });
  return async (file) => (await ask(file).catch(() => null)) ?? here(file);
}

const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

export async function setUp(form, draft) {
  const words = (await allWords()).photos;
  const shrink = openShrinker();
  const news = form.querySelector("[data-news]");
  const boxes = new Map([...form.querySelectorAll("[data-photos]")].map((box) => [box.dataset.photos, box]));
  const lists = new Map();
  const stored = draft.row.clear.photos ? await draft.store.photos(draft.submission) : [];
  let queue = Promise.resolve();
  let running = 0;

  // One after the other; what fails is told here, and by the promise to who wants to know.
  const inLine = (work) => {
    running += 1;
    const done = queue.then(work);
    queue = done.then(() => {}, () => {
      news.textContent = words.full;
    }).then(() => {
      running -= 1;
    });
    return done;
  };
  const inLineAnyway = (work) => void inLine(work).catch(() => {});

  for (const [question, box] of boxes) furnish(question, box);
  const covered = new Set(stored.filter(({ state }) => state !== "removed").map(({ covers }) => covers).filter(Boolean));
  for (const photo of photosOf(draft.facts, draft.events, stored)) if (!covered.has(photo.id)) show(photo);
  const expected = fold(draft.events)["@expected"];
  if (expected && boxes.has(expected)) tellLost(expected);

  return {
    busy: () => running > 0,
    async settled() {
      while (running) await queue;
    },
  };

  function tellLost(question) {
    const code = boxes.get(question).closest(".q").querySelector(".code").textContent;
    news.textContent = words.lost_camera.replace("%(code)s", code);
  }

  // Buttons and the list of one question.
  function furnish(question, box) {
    const input = box.querySelector("input[type=file]");
    const list = element("ul", { className: "thumbs", hidden: true });
    lists.set(question, list);
    const camera = element("input", { type: "file", id: `${input.id}-camera`, accept: "image/*", tabIndex: -1 });
    camera.setAttribute("capture", "environment");
    camera.setAttribute("aria-hidden", "true");
    const shoot = element("div", { className: "shoot" });
    const button = element("button", { type: "button", className: "button secondary", textContent: words.camera });
    const choose = element("label", { className: "button secondary", htmlFor: input.id, textContent: words.gallery });
    box.querySelector("ul.thumbs")?.remove();
    input.before(list, shoot);
    shoot.append(camera, button, input, choose);
    let place = Promise.resolve(null);

    const byCameraApp = () => {
      void draft.note("@expected", question); // the phone may close this page while its camera is open
      place = askPlace();
      camera.click();
    };
    button.addEventListener("click", async () => {
      try {
        const { openCamera } = await import("./camera.js");
        const own = (await allWords()).camera;
        await openCamera({ words: own, onShot: ({ blob, ...taken }) => add(question, blob, taken) });
      } catch {
        byCameraApp();
      }
    });
    camera.addEventListener("change", () => {
      for (const file of [...camera.files]) addAnyway(question, file, { source: "camera" }, place);
      camera.value = "";
      void draft.note("@expected", "");
    });
    camera.addEventListener("cancel", () => void draft.note("@expected", ""));
    const chosen = () => {
      for (const file of [...input.files]) addAnyway(question, file, { source: "gallery" });
      input.value = "";
    };
    input.addEventListener("change", chosen);
    if (input.files.length) chosen(); // before this was loaded
  }

  function addAnyway(...photo) {
    void add(...photo).catch(() => {});
  }

  // Keep a picture and show it; resolves, when it is on disk, with how to take it back.
  function add(question, file, taken, placed = Promise.resolve(null)) {
    const row = element("li", {}, element("span", { className: "thumb" }), element("span", { className: "thumb-name", textContent: words.shrinking }));
    const list = lists.get(question);
    list.append(row);
    list.hidden = false;
    return inLine(async () => {
      try {
        const made = await shrink(file);
        const coords = await within(placed, WAIT_FOR_PLACE);
        const thumb = made.thumb && (await bytesOf(made.thumb));
        const photo = await draft.addPhoto(await bytesOf(made.blob), record(question, file, taken, made, coords), thumb);
        stored.push(photo);
        show(photo, row);
        return { drop: () => takeOut(photo, row) };
      } catch (error) {
        row.remove();
        throw error;
      }
    });
  }

  function show(photo, row = element("li", {})) {
    const list = lists.get(photo.question);
    if (!list) return;
    const here = photo.state === "here" || photo.state === "sent";
    const image = element("img", { className: "thumb", alt: "", width: 96, height: 96 });
    image.onerror = () => image.replaceWith(element("span", { className: "thumb", textContent: words.photo }));
    const line = element("span", { className: "thumb-name" }, `${photo.name ?? ""} · ${describe(photo, words)}`);
    const warning = photo.dark ? words.dark : photo.blurred ? words.blurred : "";
    if (warning) line.append(element("strong", { className: "bad", textContent: ` ${warning}` }));
    const buttons = element("span", { className: "thumb-acts" });
    row.replaceChildren(image, line, here && captionOf(photo), buttons);
    const drop = element("button", { type: "button", className: "link", textContent: words.drop });
    drop.setAttribute("aria-label", `${words.drop}: ${photo.name ?? ""}`);
    drop.addEventListener("click", () => takeOut(photo, row));
    if (here && photo.source !== "masked") buttons.append(maskButton(photo, row));
    buttons.append(drop);
    list.append(row);
    list.hidden = false;
    void picture(photo, image);
  }

  async function picture(photo, image) {
    const thumb = await draft.store.get("thumbs", photo.id);
    if (thumb) image.src = URL.createObjectURL(new Blob([await draft.store.unsealBytes(thumb)], { type: "image/jpeg" }));
    else image.src = photo.state === "here" ? URL.createObjectURL(await draft.store.photoBytes(photo.id)) : `/photos/${photo.id}/thumb`;
  }

  function captionOf(photo) {
    const field = element("input", { className: "caption", value: photo.caption ?? "", placeholder: words.caption, maxLength: 300 });
    field.setAttribute("aria-label", `${words.caption}: ${photo.name ?? ""}`);
    field.addEventListener("change", () => inLineAnyway(() => draft.describePhoto(photo.id, { caption: field.value.normalize() })));
    return field;
  }

  function maskButton(photo, row) {
    const button = element("button", { type: "button", className: "link", textContent: words.mask });
    button.addEventListener("click", async () => {
      const [{ maskPhoto }, own] = await Promise.all([import("./mask.js"), allWords()]);
      const masked = await maskPhoto(await draft.store.photoBytes(photo.id), own.mask);
      if (!masked) return;
      const { lat, lon, accuracy, taken_at: takenAt } = photo;
      const file = new File([masked], photo.name, { type: "image/jpeg" });
      await add(photo.question, file, { lat, lon, accuracy, takenAt, source: "masked", covers: photo.id });
      row.remove(); // its copy stands for it now
    });
    return button;
  }

  // Out of the checklist, but not off the phone: it can be taken back until the checklist has arrived.
  async function takeOut(photo, row) {
    const here = photo.state === "here" || photo.state === "sent";
    const set = (kept) => inLine(() => (here ? draft.keepPhoto(photo.id, kept) : draft.note(`@drop:${photo.id}`, kept ? "" : "1")));
    await set(false);
    const original = photo.covers && stored.find(({ id }) => id === photo.covers);
    if (original) return show(original, row); // no longer covered by anything
    const back = element("button", { type: "button", className: "link", textContent: words.restore });
    back.addEventListener("click", async () => {
      await set(true);
      show(photo, row);
    });
    row.replaceChildren(element("span", { className: "thumb-name", textContent: words.dropped }), back);
    return back.focus();
  }
}
