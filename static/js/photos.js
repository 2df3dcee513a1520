// Photos of the checklist: camera or gallery, thumbnails and removal before sending, shrunk one by one in a worker.
// What is sent stays in the page's own file inputs (DataTransfer), beside it the capture records in the same order.

const WAIT_FOR_PLACE = 3000; // milliseconds after the picture came back; a photo never waits longer for its position
const WAIT_FOR_WORKER = 30000;

// The record of one photo, as web/checklist_reader.py reads it.
export function record(item) {
  return {
    taken_at: item.takenAt ?? null,
    lat: item.lat ?? null,
    lon: item.lon ?? null,
    accuracy: item.accuracy ?? null,
    source: item.source,
    original_sha256: item.shrunk ? item.sha256 ?? null : null,
    original_size: item.shrunk ? item.size : null,
  };
}

export function jpegName(name) {
  return `${name.replace(/\.[^.]*$/, "") || "anh"}.jpg`;
}

export function readableSize(bytes) {
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1).replace(".", ",")} MB`;
  return `${Math.max(1, Math.round(bytes / 1000))} kB`;
}

// The worker starts with the first photo: until then it is a request that nobody needs.
function openWorker(address) {
  const waiting = new Map();
  let worker = null;
  let broken = false;
  const giveUp = () => {
    broken = true; // then the camera's own files are sent
    for (const answer of waiting.values()) answer({});
    waiting.clear();
    worker?.terminate();
  };
  const open = () => {
    try {
      worker = new Worker(address, { type: "module" });
      worker.onmessage = ({ data }) => {
        waiting.get(data.id)?.(data);
        waiting.delete(data.id);
      };
      worker.onerror = giveUp;
    } catch {
      giveUp();
    }
  };
  return (id, file) =>
    new Promise((answer) => {
      if (!worker && !broken) open();
      if (broken) return answer({});
      waiting.set(id, answer);
      setTimeout(() => waiting.delete(id) && answer({}), WAIT_FOR_WORKER);
      worker.postMessage({ id, file });
    });
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

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function setUp(form, words) {
  try {
    new DataTransfer();
  } catch {
    return { busy: () => false, settled: () => Promise.resolve() }; // plain file inputs do the work
  }
  const shrink = openWorker(form.dataset.worker);
  const boxes = [...form.querySelectorAll("[data-photos]")];
  let queue = Promise.resolve();
  let running = 0;
  let last = 0;

  const inLine = (work) => {
    running += 1;
    queue = queue.then(work).catch(() => {}).then(() => {
      running -= 1;
    });
    return queue;
  };
  const handlers = boxes.map((box) => attach(box));
  const settled = async () => {
    while (running) await queue;
  };
  form.addEventListener("reset", () => handlers.forEach((clear) => clear()));
  return { busy: () => running > 0, settled };

  function attach(box) {
    const input = box.querySelector("input[type=file]");
    const meta = box.querySelector("input[type=hidden]");
    const items = [];
    const list = element("ul", { className: "thumbs", hidden: true });
    const camera = element("input", { type: "file", id: `${input.id}-camera`, accept: "image/*" });
    camera.setAttribute("capture", "environment");
    const shoot = element("div", { className: "shoot" });
    input.before(list, shoot);
    shoot.append(
      camera,
      element("label", { className: "button secondary", htmlFor: camera.id, textContent: words.camera }),
      input,
      element("label", { className: "button secondary", htmlFor: input.id, textContent: words.gallery }),
    );
    let place = Promise.resolve(null);

    const sync = () => {
      const files = new DataTransfer();
      for (const item of items) files.items.add(item.file);
      input.files = files.files;
      meta.value = items.length ? JSON.stringify(items.map(record)) : "";
      list.hidden = !items.length;
    };
    const draw = (item) => {
      item.caption.textContent = `${item.file.name} · ${readableSize(item.file.size)}`;
      item.image.src = item.url = URL.createObjectURL(item.file);
    };
    const drop = (item) => {
      items.splice(items.indexOf(item), 1);
      item.row.remove();
      URL.revokeObjectURL(item.url);
      sync();
      input.focus();
      form.dispatchEvent(new Event("input"));
    };
    const add = (file, source, placed) => {
      const item = { file, source, size: file.size, takenAt: new Date(file.lastModified).toISOString() };
      item.image = element("img", { className: "thumb", alt: "", width: 96, height: 96 });
      item.image.onerror = () => item.image.replaceWith(element("span", { className: "thumb", textContent: words.photo }));
      item.caption = element("span", { className: "thumb-name", textContent: words.shrinking });
      const button = element("button", { type: "button", className: "link", textContent: words.drop });
      button.setAttribute("aria-label", `${words.drop}: ${file.name}`);
      button.addEventListener("click", () => drop(item));
      item.row = element("li", {}, item.image, item.caption, button);
      items.push(item);
      list.append(item.row);
      inLine(async () => {
        if (!items.includes(item)) return;
        const { id: _, blob, ...facts } = await shrink((last += 1), file);
        for (const [key, fact] of Object.entries(facts)) if (fact != null) item[key] = fact;
        if (blob) {
          item.shrunk = true;
          item.file = new File([blob], jpegName(file.name), { type: blob.type, lastModified: file.lastModified });
        }
        const coords = await within(placed, WAIT_FOR_PLACE);
        if (coords) Object.assign(item, { lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy });
        if (!items.includes(item)) return;
        draw(item);
        sync();
      });
    };

    // The position is asked for at the shutter, while the camera is open; pictures of the gallery were taken elsewhere.
    camera.addEventListener("click", () => {
      place = askPlace();
    });
    camera.addEventListener("change", () => {
      for (const file of camera.files) add(file, "camera", place);
      camera.value = "";
      sync();
    });
    input.addEventListener("change", () => {
      const chosen = [...input.files].filter((file) => !items.some((item) => item.file === file));
      for (const file of chosen) add(file, "gallery", Promise.resolve(null));
      sync();
    });
    if (input.files.length) input.dispatchEvent(new Event("change", { bubbles: true }));
    return () => {
      while (items.length) drop(items[0]);
    };
  }
}
