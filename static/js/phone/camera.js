// The camera within the page: the phone's own camera app would send the page away, and cheap phones then end it. What is
// shot is handed over at once, one by one, so that nothing waits here for the end of the burst.

import { draw, jpeg } from "./picture.js";
import { button, element, fill, isOpen, openScreen } from "./screen.js";

const VIDEO = { facingMode: { ideal: "environment" }, width: { ideal: 4096 }, height: { ideal: 3072 } };
const POOR = 100; // metres; such a position is kept, but the person is told
const STALE = 120_000; // milliseconds after which a position says nothing of a photo, by this phone's clock alone
const WAIT_FOR_PHOTO = 5000; // some phones never answer takePhoto()

// Date and time in Vietnam, which has no summer time: "23/11/2026 09:31:05".
export function clock(date) {
  const [day, time] = new Date(+date + 7 * 3_600_000).toISOString().split(/[T.]/);
  return `${day.split("-").reverse().join("/")} ${time}`;
}

// What is told of a position: {text, poor}. `fix` of the phone, null while it is looked for, false when there is none.
export function describePlace(fix, words) {
  if (!fix) return { text: fix === false ? words.no_place : words.searching, poor: fix === false };
  const metres = Math.round(fix.coords.accuracy);
  const poor = metres > POOR;
  return { text: fill(poor ? words.poor : words.place, { metres }), poor };
}

// The position a photo of this moment bears.
export function placeOf(fix, now) {
  if (!fix || now - fix.at > STALE) return { lat: null, lon: null, accuracy: null };
  const { latitude: lat, longitude: lon, accuracy } = fix.coords;
  return { lat, lon, accuracy };
}

// Why there is no camera: "denied", "busy" or "none".
export function reasonOf({ name }) {
  if (["NotAllowedError", "SecurityError"].includes(name)) return "denied";
  return ["NotReadableError", "AbortError"].includes(name) ? "busy" : "none";
}

async function openStream() {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: VIDEO, audio: false });
  } catch (error) {
    throw Object.assign(new Error("no camera"), { reason: reasonOf(error) });
  }
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

// By the camera itself where it can, else what the video shows.
async function takePicture(video, track) {
  if (globalThis.ImageCapture?.prototype.takePhoto) {
    const late = new Promise((answer) => setTimeout(answer, WAIT_FOR_PHOTO, null));
    const blob = await Promise.race([new ImageCapture(track).takePhoto(), late]).catch(() => null);
    if (blob?.size) return blob;
  }
  return jpeg(draw(video, video.videoWidth, video.videoHeight), 0.92);
}

// Shows a photo in an <img>, whose size then is the photo's.
const show = (image, url) =>
  new Promise((answer, fail) => {
    Object.assign(image, { onload: answer, onerror: () => fail(new Error("not a picture")), src: url });
  });

// `onShot({blob, takenAt, lat, lon, accuracy, source, width, height})` keeps a photo and promises {drop}, which takes it
// back. Ends when the person is done; fails with {reason} where there is no camera, so that a file can be chosen instead.
export async function openCamera({ words, onShot }) {
  if (isOpen()) return; // tapped twice while it was loading
  if (!navigator.mediaDevices?.getUserMedia) throw Object.assign(new Error("no camera"), { reason: "none" });

  const video = element("video", { muted: true, playsInline: true, autoplay: true, "aria-hidden": "true" });
  const time = element("time");
  const place = element("span");
  const notice = element("p", { className: "notice-line", role: "status", textContent: words.opening });
  const last = element("img", { alt: "", hidden: true });
  const count = element("b", { hidden: true });
  const torch = button(words.torch, turnTorch, { hidden: true, "aria-pressed": "false" });
  const retake = button(words.retake, takeBack, { hidden: true });
  const shutter = button("", shoot, { className: "shutter", "aria-label": words.shutter, autofocus: true });
  const done = button(words.done, () => dialog.close(), { className: "main" });

  const shots = []; // {url, kept}: what the thumbnail shows, and the promise of its keeper
  let stream = null;
  let starting = null; // asked for by the page's return and by the shutter at once, it is opened once
  let fix = null; // {coords, at}
  let watch;
  let taking = null; // the promise of the photo that is being taken
  const dialog = await openScreen(
    words.title,
    "camera",
    element("div", { className: "frame" }, video, element("p", { className: "facts-line" }, time, place), notice),
    element("div", { className: "tools" }, retake, torch),
    element("div", { className: "reach" }, element("span", { className: "last" }, last, count), shutter, done),
  );

  const tick = () => {
    if (fix && Date.now() - fix.at > STALE) findPlace();
    time.textContent = clock(new Date());
    const { text, poor } = describePlace(fix, words);
    place.textContent = text;
    place.className = poor ? "poor" : "";
  };
  const ticking = setInterval(tick, 1000);
  findPlace();
  tick();

  // The camera is free for others while nobody looks.
  const seen = () => (document.hidden ? release() : start().catch(tell));
  document.addEventListener("visibilitychange", seen);
  const closed = new Promise((answer) => dialog.addEventListener("close", answer));
  try {
    await start();
    await closed;
    await taking; // what was shot is kept, however soon the person is done
  } catch (error) {
    if (!dialog.open) return; // given up before the answer came
    if (navigator.userActivation?.isActive !== false || (await oneMoreTap(error))) throw error;
  } finally {
    clearInterval(ticking);
    navigator.geolocation?.clearWatch(watch);
    document.removeEventListener("visibilitychange", seen);
    dialog.close();
    release();
    for (const { url } of shots) URL.revokeObjectURL(url);
  }

  // A watch tells only what changes: one that has long been silent is begun anew.
  function findPlace() {
    const { geolocation } = navigator;
    geolocation?.clearWatch(watch);
    fix = geolocation ? null : false;
    watch = geolocation?.watchPosition(
      ({ coords }) => {
        fix = { coords, at: Date.now() };
        tick();
      },
      () => {
        fix ||= false;
        tick();
      },
      { enableHighAccuracy: true, maximumAge: 10_000 },
    );
  }

  function start() {
    starting ??= open().finally(() => {
      starting = null;
    });
    return starting;
  }

  async function open() {
    release();
    const opened = await openStream();
    if (!dialog.open || document.hidden) return stop(opened);
    stream = opened;
    track().onended = () => tell({ reason: "busy" }); // by a call or another app; the next press opens it again
    video.srcObject = stream;
    await video.play().catch(() => {}); // refused while the page is being hidden; seen() starts it again
    torch.hidden = !track()?.getCapabilities?.().torch;
    torch.setAttribute("aria-pressed", "false");
    notice.textContent = "";
  }

  function release() {
    stop(stream);
    stream = null;
    video.srcObject = null;
  }

  function track() {
    return stream?.getVideoTracks().find(({ readyState }) => readyState === "live");
  }

  function tell({ reason = "failed" }) {
    notice.textContent = words[reason];
  }

  // After a long look at the browser's question the page may open a file only from a new tap.
  async function oneMoreTap(error) {
    tell(error);
    shutter.hidden = true;
    done.textContent = words.by_app;
    done.onclick = () => dialog.close("by app");
    done.focus();
    await closed;
    return dialog.returnValue === "by app";
  }

  function shoot() {
    taking ??= takeOne().finally(() => {
      taking = null;
    });
  }

  async function takeOne() {
    try {
      if (!track()) await start();
      const taken = new Date();
      const known = { takenAt: taken.toISOString(), ...placeOf(fix, +taken), source: "camera" };
      dialog.classList.add("taking");
      navigator.vibrate?.(30);
      const blob = await takePicture(video, track());
      const url = URL.createObjectURL(blob);
      await show(last, url);
      const kept = Promise.resolve(onShot({ blob, ...known, width: last.naturalWidth, height: last.naturalHeight }));
      const shot = { url, kept };
      shots.push(shot);
      kept.catch(() => {
        forget(shot);
        notice.textContent = words.not_kept;
      });
      recount(fill(words.count, { count: shots.length }));
    } catch (error) {
      tell(error);
    } finally {
      dialog.classList.remove("taking");
    }
  }

  async function takeBack() {
    const shot = shots.at(-1);
    retake.hidden = true; // until it is gone a second press would take the one before
    shutter.focus();
    const keeper = await shot.kept.catch(() => null);
    if (!keeper) return; // not kept, and told so already
    await keeper.drop();
    forget(shot);
    notice.textContent = words.dropped;
  }

  function forget(shot) {
    if (!shots.includes(shot)) return;
    shots.splice(shots.indexOf(shot), 1);
    URL.revokeObjectURL(shot.url);
    recount("");
    if (shots.length) void show(last, shots.at(-1).url).catch(() => {});
  }

  function recount(news) {
    notice.textContent = news;
    count.textContent = shots.length;
    for (const part of [last, count, retake]) part.hidden = !shots.length;
  }

  async function turnTorch() {
    const on = torch.getAttribute("aria-pressed") !== "true";
    try {
      await track().applyConstraints({ advanced: [{ torch: on }] });
      torch.setAttribute("aria-pressed", on);
    } catch {
      torch.hidden = true; // this phone only says that it can
    }
  }
}
