// What is sent next, what an answer of the server means, and when a photo may go. Pure: rows and times in, decisions out.
//
// Text of all records first: some kB each, so that the office sees every finding within seconds, even on 2G. Then visits that
// were begun here, so that it knows who is where; then photos, smallest first. Thumbnails are not sent apart: one of 5 kB as an upload of its own costs two round trips and 2 kB of
// headers, which on 2G is the time of 25 kB of the photo itself, and the findings stand in the text.

export const SMALLEST = 64 * 1024; // bytes of one chunk
export const LARGEST = 1024 * 1024;
const CHUNK_SECONDS = 4; // what a break may cost
const FIRST_PAUSE = 5_000; // milliseconds until something is tried again
const LONGEST_PAUSE = 15 * 60_000;
const REFUSED_PAUSE = 6 * 3_600_000; // what was refused will be again, until the server or the clerk there changes
const KEPT_DAYS = 90;
const TRIPS = 1.5; // seconds a photo takes beside its bytes: announcing it, its part of the receipt
const STUCK = ["refused", "faults", "unreadable"]; // what does not go away by waiting
const HELD = ["stored", "damaged"]; // the server has these very bytes; "expected" ones are only announced

const PAGE_FIRST = 20_000; // a finished record is first sent by its page, which can show what the server finds wrong

const time = (text) => (text ? Date.parse(text) : 0);
const dueAt = ({ next_try, state, finished_at, tries }) =>
  Math.max(time(next_try), state === "finished" && !tries ? time(finished_at) + PAGE_FIRST : 0);
// What seems to wait longer than anything ever does was noted before the clock was set back.
const isDue = (row, now) => dueAt(row) <= now || dueAt(row) - now > REFUSED_PAUSE;
const isOpen = ({ state }) => state === "here";
const isUnknown = ({ state, announced }) => state === "draft" && announced === false; // begun here, and the office has not heard of it
// A correction goes behind what it corrects, whatever the clock said meanwhile; but nothing waits for what was refused.
export const holdsUp = ({ replaces }, records) =>
  records.find(({ submission, state, error }) => submission === replaces && state === "finished" && !STUCK.includes(error));
const before = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

// ---- the order of work ----

// Steps that are due, in their order: [{what: "text" | "visit" | "photo" | "receipt", submission, photo?}]. `records` and
// `photos` are the clear parts of rows. A step that failed has its own next_try, so that it never stands before another.
export function steps(records, photos, now) {
  const texts = records
    .filter((record) => record.state === "finished" && isDue(record, now) && !holdsUp(record, records))
    .sort((one, other) => before(time(one.finished_at), time(other.finished_at)) || before(one.submission, other.submission))
    .map(({ submission }) => ({ what: "text", submission }));
  const visits = records.filter((record) => isUnknown(record) && isDue(record, now)).map(({ submission }) => ({ what: "visit", submission }));
  const received = new Map(records.filter(({ state }) => state === "received").map((record) => [record.submission, record]));
  const files = photos
    .filter((photo) => isOpen(photo) && received.has(photo.submission) && !isSent(photo) && isDue(photo, now))
    .sort((one, other) => left(one) - left(other) || before(one.photo, other.photo))
    .map(({ photo, submission }) => ({ what: "photo", submission, photo }));
  const busy = new Set(files.map(({ submission }) => submission));
  const receipts = [...received.values()]
    .filter((record) => !busy.has(record.submission) && isDue(record, now) && wantsReceipt(record, photos))
    .map(({ submission }) => ({ what: "receipt", submission }));
  return [...texts, ...visits, ...files, ...receipts];
}

const isSent = ({ sent, size }) => (sent ?? 0) >= size;
const left = ({ sent, size }) => Math.max(0, size - (sent ?? 0));

// Something was sent that no receipt lists yet, or nothing is left to send.
function wantsReceipt({ submission }, photos) {
  const open = photos.filter((photo) => photo.submission === submission && isOpen(photo));
  return !open.length || open.some(isSent);
}

// When the next step is due (milliseconds of the clock), or null when nothing waits.
export function nextTry(records, photos) {
  const open = new Set(records.filter(({ state }) => state === "received").map(({ submission }) => submission));
  const waiting = [
    ...records.filter((record) => (record.state === "finished" && !holdsUp(record, records)) || record.state === "received" || isUnknown(record)),
    ...photos.filter((photo) => isOpen(photo) && open.has(photo.submission) && !isSent(photo)),
  ];
  return waiting.length ? Math.min(...waiting.map(dueAt)) : null;
}

// Milliseconds until something is tried again after `tries` failures; between half and all of it, so that the phones of
// a team whose signal came back do not all ask at the same moment.
export function pause(tries, { refused = false, random = Math.random() } = {}) {
  const whole = refused ? REFUSED_PAUSE : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.max(0, tries - 1));
  return Math.round(whole * (0.5 + random / 2));
}

// ---- what an answer means ----

const isReceipt = (body) => typeof body?.id === "string" && typeof body.code === "string" && Array.isArray(body.files);

// Of a record that was sent: "done" or "kept" only by a receipt; whatever is no answer of our server (the page of a
// hotel's network comes with 200) means "later". None of them lets anything on the phone go.
export function verdict(status, body) {
  if (status === 200 || status === 201 || status === 202) {
    if (!isReceipt(body)) return "later";
    return status === 202 || body.status === "kept" ? "kept" : "done";
  }
  if (status === 401) return "sign_in";
  if (status === 403) return "sealed"; // signed in, but not as one who may send: the sealed way asks nobody's rights
  if (status === 422 && Array.isArray(body?.faults)) return "faults";
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) return "refused";
  return "later";
}

// The same of a visit that was started on the phone.
export function verdictOfVisit(status, body) {
  if (status === 200 || status === 201 || status === 202) return typeof body?.id === "string" ? "done" : "later";
  return verdict(status, body);
}

// Whether the server holds this very photo.
export function isHeld(photo, receipt) {
  const files = Array.isArray(receipt?.files) ? receipt.files : [];
  return files.some(
    (file) => file && file.sha256 === photo.sha256 && file.size === photo.size && HELD.includes(file.state),
  );
}

// The one question before bytes leave the phone.
export function mayDrop(photo, receipt) {
  return typeof photo.sha256 === "string" && photo.sha256.length === 64 && photo.size > 0 && isHeld(photo, receipt);
}

// What a person sees of a record: {state: "draft" | "here" | "received" | "complete", kept, refused, photos, arrived, left}.
export function stateOf(record, photos, receipt) {
  const own = photos.filter((photo) => photo.submission === record.submission && photo.state !== "removed");
  const open = own.filter((photo) => photo.state !== "sent" && !isHeld(photo, receipt));
  const received = record.state === "received" || record.state === "complete";
  const state = record.state === "draft" ? "draft" : !received ? "here" : open.length ? "received" : "complete";
  return {
    state,
    kept: received && (receipt?.status ?? record.status) === "kept",
    refused: state !== "draft" && [record, ...open].some(({ error }) => error === "refused"),
    photos: own.length,
    arrived: own.length - open.length,
    left: open.reduce((sum, photo) => sum + left(photo), 0) + (received ? 0 : textSize(record)),
  };
}

// Bytes of a record's text on the way, roughly.
export const textSize = ({ answers = 0, photos = 0 }) => 1500 + 100 * answers + 400 * photos;

// Submissions that are complete and whose receipt is older than 90 days: nothing of them is needed here any more.
export function outdated(records, receipts, now) {
  const old = new Set(receipts.filter(({ at }) => now - time(at) > KEPT_DAYS * 86_400_000).map(({ submission }) => submission));
  return records.filter(({ state, submission }) => state === "complete" && old.has(submission)).map(({ submission }) => submission);
}

// ---- speed ----

// What was seen of the network: how large the next chunk may be (64 KB to 1 MB, about four seconds), how long to wait for
// an answer, and how long all will take.
export class Pace {
  chunk = SMALLEST;
  rate = null; // bytes a second, the newest counting most

  took(bytes, ms) {
    const rate = (1000 * bytes) / Math.max(1, ms);
    this.rate = this.rate === null ? rate : this.rate * 0.7 + rate * 0.3;
    if (bytes < this.chunk) return; // the end of a file says little
    const wanted = Math.min(2 * this.chunk, Math.max(this.chunk / 2, rate * CHUNK_SECONDS));
    this.chunk = Math.round(Math.min(LARGEST, Math.max(SMALLEST, wanted)));
  }

  // Smaller than ever asked for while the connection breaks: where each is cut after 64 KB, one of 64 KB never arrives.
  broke() {
    this.chunk = Math.max(SMALLEST / 8, Math.round(this.chunk / 2));
    if (this.rate !== null) this.rate /= 2;
  }

  // Milliseconds after which a request of so many bytes is given up: fetch does not tell how far it is.
  patience(bytes) {
    return 30_000 + (1000 * bytes) / Math.max(2000, (this.rate ?? 0) / 8);
  }

  // Seconds until all of {bytes, photos} is sent, or null while nobody can know.
  secondsLeft({ bytes, photos }) {
    if (!this.rate || !(bytes > 0)) return null;
    return Math.ceil(bytes / this.rate + photos * TRIPS);
  }
}
