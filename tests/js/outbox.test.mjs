// Decisions of the outbox: the order of sending, what answers mean, and that no answer lets unsent data go.
import assert from "node:assert/strict";
import test from "node:test";

import {
  isHeld, LARGEST, mayDrop, nextTry, outdated, Pace, pause, SMALLEST, stateOf, steps, verdict, verdictOfVisit,
} from "../../static/js/phone/outbox.js";

const NOW = Date.parse("2026-11-23T08:00:00Z");
const iso = (offset) => new Date(NOW + offset).toISOString();
const ORDER = ["text", "visit", "photo", "receipt"];
const HASH = "a".repeat(64);

// Numbers that look random and are the same at every run (mulberry32).
function dice(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, below: (n) => Math.floor(next() * n), pick: (list) => list[Math.floor(next() * list.length)] };
}

function phoneful(seed) {
  const die = dice(seed);
  const retry = () => die.pick([null, null, iso(-1000), iso(60_000)]);
  const records = Array.from({ length: die.below(8) }, (_, n) => ({
    submission: `r${n}`, state: die.pick(["draft", "finished", "finished", "received", "complete"]),
    finished_at: iso(-60_000 - die.below(1e9)), next_try: retry(), answers: die.below(200), photos: 2, error: null,
    announced: die.pick([true, true, false]),
  }));
  const photos = records.flatMap(({ submission }) =>
    Array.from({ length: die.below(5) }, (_, n) => {
      const size = 1 + die.below(400_000);
      return {
        photo: `${submission}-p${n}`, submission, size, sha256: HASH, state: die.pick(["here", "here", "sent", "removed"]),
        sent: die.pick([undefined, 0, die.below(size), size]), next_try: retry(),
      };
    }),
  );
  return { records, photos };
}

const eachPhone = (check) => {
  for (let seed = 1; seed <= 300; seed += 1) check(phoneful(seed), seed);
};

const texts = (records) => steps(records, [], NOW).filter(({ what }) => what === "text").map(({ submission }) => submission);
const done = (submission, ago, more = {}) =>
  ({ submission, state: "finished", finished_at: iso(-ago), next_try: null, tries: 1, error: null, photos: 0, ...more });

test("a correction goes behind what it corrects, whatever the clock said when it was finished", () => {
  const first = done("a", 60_000);
  const correction = done("b", 200_000_000, { replaces: "a" });
  assert.deepEqual(texts([first, correction]), ["a"]);
  assert.deepEqual(texts([{ ...first, next_try: iso(60_000) }, correction]), [], "nor does it overtake what waits for its turn");
  assert.equal(nextTry([{ ...first, next_try: iso(60_000) }, correction], []), NOW + 60_000, "and it wakes nobody meanwhile");
  assert.deepEqual(texts([{ ...first, state: "received" }, correction]), ["b"]);
  assert.deepEqual(texts([correction]), ["b"], "what it corrects may be on another phone");
});

test("a record that was refused holds up none that corrects it", () => {
  for (const error of ["refused", "faults", "unreadable"])
    assert.deepEqual(texts([done("a", 60_000, { error, next_try: iso(60_000) }), done("b", 30_000, { replaces: "a" })]), ["b"]);
});

test("text of every record that is due goes before any photo, oldest first", () => {
  eachPhone(({ records, photos }) => {
    const found = steps(records, photos, NOW);
    const kinds = found.map(({ what }) => what);
    assert.deepEqual(kinds, [...kinds].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
    const ages = found.filter(({ what }) => what === "text").map(({ submission }) => records.find((row) => row.submission === submission).finished_at);
    assert.deepEqual(ages, [...ages].sort());
    const due = records.filter((row) => row.state === "finished" && !(Date.parse(row.next_try ?? 0) > NOW));
    assert.equal(ages.length, due.length, "none is left out");
  });
});

test("photos of received records go smallest first, each once, and none that was removed or sent", () => {
  eachPhone(({ records, photos }) => {
    const found = steps(records, photos, NOW).filter(({ what }) => what === "photo").map(({ photo }) => photos.find((row) => row.photo === photo));
    assert.equal(new Set(found).size, found.length);
    const left = found.map(({ size, sent }) => size - (sent ?? 0));
    assert.deepEqual(left, [...left].sort((a, b) => a - b));
    for (const photo of found) {
      assert.equal(photo.state, "here");
      assert.equal(records.find((row) => row.submission === photo.submission).state, "received");
    }
  });
});

test("whatever is refused, all others are still tried", () => {
  eachPhone(({ records, photos }, seed) => {
    const die = dice(seed);
    const all = steps(records, photos, NOW).map((step) => JSON.stringify(step));
    if (!all.length) return;
    const poison = JSON.parse(die.pick(all));
    const later = (row, own) => (own ? { ...row, next_try: iso(3_600_000), error: "refused" } : row);
    const rows = records.map((row) => later(row, poison.what !== "photo" && row.submission === poison.submission));
    const files = photos.map((row) => later(row, row.photo === poison.photo));
    const after = steps(rows, files, NOW).map((step) => JSON.stringify(step));
    const lost = all.filter((step) => !after.includes(step) && step !== JSON.stringify(poison));
    assert.deepEqual(lost, []);
  });
});

test("all is sent and confirmed when every step succeeds, whatever the phone holds", () => {
  eachPhone(({ records, photos }) => {
    for (let round = 0; round < 200; round += 1) {
      const [step] = steps(records, photos, Infinity);
      if (!step) break;
      const record = records.find((row) => row.submission === step.submission);
      if (step.what === "text") record.state = "received";
      else if (step.what === "visit") record.announced = true;
      else if (step.what === "photo") {
        const photo = photos.find((row) => row.photo === step.photo);
        photo.sent = photo.size;
      } else {
        for (const photo of photos) if (photo.submission === step.submission && photo.state === "here") photo.state = "sent";
        record.state = "complete";
      }
    }
    assert.deepEqual(records.filter(({ state }) => !["draft", "complete"].includes(state)), []);
    assert.ok(records.every(({ state, announced }) => state !== "draft" || announced), "no visit is unknown to the office");
    assert.equal(nextTry(records, photos), null);
  });
});

test("a hand on the button makes everything due", () => {
  const records = [{ submission: "r", state: "finished", finished_at: iso(-1), next_try: iso(9e6) }];
  assert.equal(steps(records, [], NOW).length, 0);
  assert.equal(steps(records, [], Infinity).length, 1);
  assert.equal(nextTry(records, []), NOW + 9e6);
});

test("a record that was just finished is left to its page for twenty seconds", () => {
  const records = [{ submission: "r", state: "finished", finished_at: iso(0), next_try: null }];
  assert.equal(steps(records, [], NOW + 5000).length, 0);
  assert.equal(steps(records, [], NOW + 20_000).length, 1);
  assert.equal(nextTry(records, []), NOW + 20_000);
});

test("a clock set back by two days stops nothing", () => {
  const day = 86_400_000;
  const records = [{ submission: "r", state: "finished", finished_at: iso(0), next_try: iso(60_000) }];
  assert.equal(steps(records, [], NOW - 2 * day).length, 1);
  const photo = { photo: "p", submission: "q", size: 9, state: "here", next_try: iso(60_000) };
  assert.equal(steps([{ submission: "q", state: "received" }], [photo], NOW - 2 * day).length, 1);
});

test("pauses double up to a quarter of an hour, and are never the same for two phones", () => {
  assert.deepEqual([1, 2, 3].map((tries) => pause(tries, { random: 1 })), [5000, 10000, 20000]);
  for (let tries = 0; tries < 40; tries += 1) {
    const waited = pause(tries);
    assert.ok(waited >= 2500 && waited <= 15 * 60_000, `${tries}: ${waited}`);
  }
  assert.notEqual(pause(3, { random: 0.1 }), pause(3, { random: 0.9 }));
  assert.ok(pause(1, { refused: true }) > 3_600_000);
});

const RECEIPT = { id: "s", status: "received", code: "ABCD-EFGH", files: [] };
const BODIES = [
  null, "", "<html>", 0, [], {}, { id: "s" }, { code: "x" }, { message: "no" }, { faults: [] }, { faults: [{ question: "a", message: "b" }] },
  RECEIPT, { ...RECEIPT, status: "kept" }, { ...RECEIPT, status: "deleted" }, { ...RECEIPT, files: null },
  { ...RECEIPT, files: [null, 1, {}] }, { delete: true, wipe: "all", clear: 1 },
];
const STATUSES = [0, ...Array.from({ length: 600 }, (_, n) => n + 100)];

test("every status and body has a meaning, and only a receipt means received", () => {
  const known = ["done", "kept", "faults", "sign_in", "sealed", "refused", "later"];
  for (const status of STATUSES)
    for (const body of BODIES) {
      const found = verdict(status, body);
      assert.ok(known.includes(found));
      if (found === "done" || found === "kept") assert.ok(status >= 200 && status <= 202 && body.code && Array.isArray(body.files));
      assert.ok(known.includes(verdictOfVisit(status, body)));
    }
  assert.equal(verdict(201, RECEIPT), "done");
  assert.equal(verdict(202, RECEIPT), "kept");
  assert.equal(verdict(200, { ...RECEIPT, status: "kept" }), "kept");
  assert.equal(verdict(200, "<html>"), "later", "the page of a hotel's network");
  assert.equal(verdict(204, RECEIPT), "later");
  assert.equal(verdict(422, { faults: [] }), "faults");
  for (const status of [400, 404, 409, 413, 422]) assert.equal(verdict(status, {}), "refused");
  for (const status of [0, 302, 408, 425, 429, 500, 502, 503, 504]) assert.equal(verdict(status, {}), "later");
  assert.equal(verdict(401, {}), "sign_in");
  assert.equal(verdict(403, {}), "sealed");
});

test("no body lets a photo go but one that lists its very hash and size as held", () => {
  const photo = { sha256: HASH, size: 300 };
  const file = { id: "p", sha256: HASH, size: 300, state: "stored" };
  assert.equal(mayDrop(photo, { files: [file] }), true);
  assert.equal(mayDrop(photo, { files: [{ ...file, state: "damaged" }] }), true, "the very bytes, which are no sound picture");
  const others = [
    { ...file, state: "expected" }, { ...file, state: "removed" }, { ...file, state: undefined }, { ...file, size: 299 },
    { ...file, size: "300" }, { ...file, sha256: "b".repeat(64) }, { ...file, sha256: HASH.toUpperCase() }, { ...file, sha256: "" },
    null, 1, "x", {},
  ];
  for (const other of others) assert.equal(mayDrop(photo, { files: [other] }), false, JSON.stringify(other));
  for (const body of [...BODIES, undefined]) assert.equal(mayDrop(photo, body), false, JSON.stringify(body));
  for (const odd of [{ sha256: undefined, size: 300 }, { sha256: "", size: 300 }, { sha256: HASH, size: 0 }])
    assert.equal(mayDrop(odd, { files: [{ ...odd, state: "stored" }] }), false);
  assert.equal(isHeld({ sha256: HASH, size: 300 }, { files: "all" }), false);
});

test("three states look different, and a record is complete only with all its photos", () => {
  const record = { submission: "r", state: "finished", answers: 10, photos: 1, error: null };
  const photo = { photo: "p", submission: "r", sha256: HASH, size: 300, state: "here", sent: 100 };
  const held = { ...RECEIPT, files: [{ sha256: HASH, size: 300, state: "stored" }] };
  assert.equal(stateOf(record, [photo], null).state, "here");
  const received = { ...record, state: "received", status: "received" };
  assert.deepEqual(stateOf(received, [photo], RECEIPT), { state: "received", kept: false, refused: false, photos: 1, arrived: 0, left: 200 });
  assert.equal(stateOf(received, [photo], held).state, "complete");
  assert.equal(stateOf(received, [{ ...photo, state: "removed" }], RECEIPT).state, "complete");
  assert.equal(stateOf(received, [], { ...RECEIPT, status: "kept" }).kept, true);
  assert.equal(stateOf({ ...record, error: "refused" }, [], null).refused, true);
  assert.equal(stateOf({ ...record, state: "draft" }, [], null).state, "draft");
});

test("a record sent again because its receipt was lost is on the phone again, not complete", () => {
  const record = { submission: "r", state: "finished", answers: 1, photos: 0, error: null };
  assert.equal(stateOf(record, [], RECEIPT).state, "here");
});

test("only complete records go after 90 days, counted from their receipt", () => {
  const records = ["complete", "received", "finished", "draft"].map((state) => ({ submission: state, state }));
  const receipts = records.map(({ submission }) => ({ submission, at: iso(-91 * 86_400_000) }));
  assert.deepEqual(outdated(records, receipts, NOW), ["complete"]);
  assert.deepEqual(outdated(records, receipts, NOW - 2 * 86_400_000), []);
  assert.deepEqual(outdated(records, [], NOW), [], "without a receipt nothing goes");
});

test("chunks grow to what four seconds carry and fall by half at a break", () => {
  const pace = new Pace();
  pace.took(SMALLEST, 1000);
  assert.equal(pace.chunk, 2 * SMALLEST, "at most doubled");
  for (let n = 0; n < 10; n += 1) pace.took(pace.chunk, pace.chunk / 50);
  assert.equal(pace.chunk, 200_000, "50 kB a second for four seconds");
  pace.broke();
  assert.equal(pace.chunk, 100_000);
  pace.took(10, 5000);
  assert.equal(pace.chunk, 100_000, "the end of a file says little");
  for (let seed = 1; seed < 300; seed += 1) {
    const die = dice(seed);
    const own = new Pace();
    for (let n = 0; n < 30; n += 1) {
      own.took(own.chunk, die.below(100_000));
      assert.ok(own.chunk >= SMALLEST && own.chunk <= LARGEST && Number.isInteger(own.chunk));
    }
  }
});

test("where every connection is cut, chunks become smaller than the cut", () => {
  const pace = new Pace();
  pace.broke();
  assert.ok(pace.chunk < SMALLEST);
  for (let n = 0; n < 20; n += 1) pace.broke();
  assert.equal(pace.chunk, SMALLEST / 8);
  pace.took(pace.chunk, 100);
  assert.equal(pace.chunk, SMALLEST, "and are of the usual size again once it holds");
});

test("the estimate follows what was measured, and says nothing before", () => {
  const pace = new Pace();
  assert.equal(pace.secondsLeft({ bytes: 300_000, photos: 1 }), null);
  for (let n = 0; n < 20; n += 1) pace.took(64_000, 5000);
  assert.equal(pace.secondsLeft({ bytes: 0, photos: 0 }), null);
  assert.equal(pace.secondsLeft({ bytes: 128_000, photos: 2 }), 13);
  pace.took(64_000, 20_000);
  assert.ok(pace.secondsLeft({ bytes: 128_000, photos: 2 }) > 13);
});

test("a request is waited for as long as the slowest net needs, and not much longer on a fast one", () => {
  const pace = new Pace();
  assert.ok(pace.patience(SMALLEST) > 60_000, "64 KB at 16 kbit/s");
  pace.took(SMALLEST, 500);
  assert.ok(pace.patience(LARGEST) < 120_000);
  assert.equal(pace.patience(0), 30_000);
});
