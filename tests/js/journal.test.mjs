// The log of a checklist on the phone: its fold, its document, and that every answer given is written, in order, once.
import assert from "node:assert/strict";
import test from "node:test";

import { answersOf, documentOf, Draft, eventKey, fold, newId, nextSeq, Overtaken, photosOf, PIECE } from "../../static/js/phone/journal.js";

// A store that keeps rows in a map and can be told to fail or to take its time; sealing is JSON.
function shelf({ failing = () => false, unheard = () => false, slow = 0 } = {}) {
  const rows = new Map();
  const written = [];
  return {
    person: 7,
    rows,
    written,
    seal: async (store, key, clear, plain) => ({ store, key, clear, sealed: plain }),
    unseal: async (row) => row.sealed,
    get: async (store, key) => rows.get(`${store} ${key}`),
    events: async (submission) =>
      [...rows.values()].filter((row) => row.store === "events" && row.clear.submission === submission)
        .map((row) => ({ seq: row.clear.seq, ...row.sealed })),
    async put(batch, { record }) {
      if (slow) await new Promise((done) => setTimeout(done, slow));
      if (failing(batch)) throw new Error("disk");
      const found = rows.get(`records ${record.row.key}`);
      const row = found ?? record.row;
      const changes = record.merge(row.clear, Boolean(found));
      if (!changes) return null;
      const merged = { ...row, sealed: record.sealed ?? row.sealed, clear: { ...row.clear, ...changes } };
      written.push([...batch, merged]);
      for (const one of [...batch, merged]) rows.set(`${one.store} ${one.key ?? one.id}`, structuredClone(one));
      if (unheard()) throw new Error("kept, and the answer got lost");
      return merged;
    },
    photoRows: async (submission) => [...rows.values()].filter(({ store, clear }) => store === "photos" && clear.submission === submission),
    vanished: (what, keys) => ({ store: "log", id: `${what} ${rows.size}`, what, keys }),
    onVanished: () => {},
  };
}

const facts = { inspection: "i-1", checklist: "dot-xuat", version: "2025.07", form: "dot-xuat@2025.07/commune", base: {} };

test("the last value of a name counts, and what was emptied is no answer", () => {
  const events = [
    { seq: 3, name: "a", value: "fail" },
    { seq: 1, name: "a", value: "pass" },
    { seq: 2, name: "b", value: "" },
    { seq: 4, name: "@place", value: "a" },
  ];
  assert.deepEqual(fold(events), { a: "fail", b: "", "@place": "a" });
  assert.deepEqual(answersOf({ b: "x", c: "y" }, events), { a: "fail", c: "y" });
});

test("an edit that goes on with the last one takes its place, a new one gets a new number", () => {
  assert.equal(nextSeq(null, "a"), 1);
  assert.equal(nextSeq({ seq: 4, name: "a" }, "a"), 4);
  assert.equal(nextSeq({ seq: 4, name: "a" }, "b"), 5);
});

test("ids sort by time and are of version 7", () => {
  const ids = [newId(1e12), newId(2e12), newId(3e12)];
  assert.deepEqual([...ids].sort(), ids);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("the document lists held photos that were not taken out, and those of the phone that were not removed", () => {
  const given = { ...facts, photos: [{ id: "h1", question: "a", sha256: "x", size: 1 }, { id: "h2", question: "a", sha256: "y", size: 1 }] };
  const events = [{ seq: 1, name: "@drop:h1", value: "1" }];
  const photos = [
    { id: "p2", question: "b", sha256: "z", size: 3, state: "here", source: "camera" },
    { id: "p1", question: "b", sha256: "w", size: 2, state: "removed" },
  ];
  assert.deepEqual(photosOf(given, events, photos).map(({ id }) => id), ["h2", "p2"]);
  assert.deepEqual(documentOf(given, events, photos).photos[1], { id: "p2", question: "b", sha256: "z", size: 3, source: "camera" });
});

test("a visit started on the phone says in its document where and why", () => {
  const given = { ...facts, start: { unit: "21055", checklist: "dot-xuat", reason: "Phản ánh" } };
  assert.deepEqual(documentOf(given, [], []).visit, { unit: "21055", reason: "Phản ánh" });
  assert.equal("visit" in documentOf(facts, [], []), false);
});

test("every answer is on disk when its promise resolves, with the record that counts it", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "pass");
  await draft.note("b", "fail");
  assert.equal(store.rows.get(`events ${eventKey(draft.submission, 2)}`).sealed.value, "fail");
  assert.equal(store.rows.get(`records ${draft.submission}`).clear.answers, 2);
  assert.ok(store.written.every((batch) => batch.at(-1).store === "records"), "one transaction an answer");
});

test("typing is one event that grows; coming back to a field is another", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  for (const value of ["T", "Th", "Thi"]) await draft.note("note", value);
  await draft.note("a", "pass");
  await draft.note("note", "Thiếu");
  assert.deepEqual(draft.events.map(({ seq, value }) => [seq, value]), [[1, "Thi"], [2, "pass"], [3, "Thiếu"]]);
});

test("what cannot be written is told, stays in the state, and is written when the disk is back", async () => {
  let broken = true;
  const states = [];
  const store = shelf({ failing: () => broken });
  const draft = await Draft.begin(store, facts, { onState: (state) => states.push(state) });
  await draft.note("a", "pass");
  assert.equal(states.at(-1), "failed");
  assert.equal(draft.state.a, "pass");
  await assert.rejects(draft.settled());
  broken = false;
  await draft.note("b", "fail");
  await draft.settled();
  assert.deepEqual(draft.events.map(({ name }) => name), ["a", "b"]);
  assert.equal(states.at(-1), "saved");
});

test("answers given while one is being written all arrive, the newest of each name", async () => {
  const store = shelf({ slow: 5 });
  const draft = await Draft.begin(store, facts);
  for (let n = 0; n < 30; n += 1) void draft.note(`q${n % 7}`, String(n));
  await draft.settled();
  const reopened = await Draft.open(store, store.rows.get(`records ${draft.submission}`));
  assert.deepEqual(answersOf({}, reopened.events), answersOf({}, draft.events));
  assert.equal(answersOf({}, reopened.events).q1, "29");
});

test("a photo is kept in pieces with its record, and removing it keeps its bytes", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  const photo = await draft.addPhoto(new Uint8Array(600_000), { sha256: "s", question: "a", source: "camera" });
  const pieces = [...store.rows.values()].filter((row) => row.store === "pieces");
  assert.deepEqual(pieces.map((row) => row.sealed.length), [...Array(12).fill(PIECE), 600_000 - 12 * PIECE]);
  assert.ok(PIECE < 60_000, "a connection that is cut after 64 kB lets one through with its headers");
  await draft.keepPhoto(photo.id, false);
  assert.equal(store.rows.get(`photos ${photo.id}`).clear.state, "removed");
  assert.equal(store.rows.get(`records ${draft.submission}`).clear.photos, 0);
  assert.equal([...store.rows.values()].filter((row) => row.store === "pieces").length, 13);
});

test("a photo and an answer at the same moment are both counted", async () => {
  const store = shelf({ slow: 3 });
  const draft = await Draft.begin(store, facts);
  await Promise.all([draft.note("a", "pass"), draft.addPhoto(new Uint8Array(9), { sha256: "s", question: "a" }), draft.note("b", "fail")]);
  await draft.settled();
  const { clear } = store.rows.get(`records ${draft.submission}`);
  assert.deepEqual([clear.answers, clear.photos, clear.bytes], [2, 1, 9]);
});

test("finishing says so in the record, and can be taken back", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  void draft.note("a", "pass");
  await draft.finish();
  const row = store.rows.get(`records ${draft.submission}`);
  assert.equal(row.clear.state, "finished");
  assert.equal(row.sealed.finished_at, row.clear.finished_at);
  assert.equal(row.clear.answers, 1, "what was still on its way is in");
  await draft.finish("draft");
  assert.equal(store.rows.get(`records ${draft.submission}`).clear.finished_at, null);
});

test("what the sender wrote into the record meanwhile stays", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "pass");
  const row = store.rows.get(`records ${draft.submission}`);
  row.clear.announced = "by the sender";
  await draft.note("b", "fail");
  assert.equal(store.rows.get(`records ${draft.submission}`).clear.announced, "by the sender");
});

test("a checklist that is finished takes no answer that would never be sent, and says so", async () => {
  const states = [];
  const store = shelf();
  const draft = await Draft.begin(store, facts, { onState: (state) => states.push(state) });
  await draft.note("a", "pass");
  await draft.finish();
  await draft.note("b", "fail");
  assert.equal(states.at(-1), "failed");
  assert.equal([...store.rows.values()].filter((row) => row.store === "events").length, 1);
  await assert.rejects(draft.settled());
});

test("what the server has received is no draft any more", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "pass");
  await draft.finish();
  store.rows.get(`records ${draft.submission}`).clear.state = "received";
  await assert.rejects(draft.finish("draft"));
});

// What lies in the database now: the names and values of its events, its record's clear part, and its log.
const onDisk = ({ rows }, { submission }) => ({
  events: [...rows.values()].filter(({ store }) => store === "events").map(({ sealed: { name, value } }) => [name, value]),
  clear: rows.get(`records ${submission}`)?.clear,
  log: [...rows.values()].filter(({ store }) => store === "log").map(({ what, keys }) => [what, keys]),
});

test("a database emptied under the page gets all that the page still knows, and a line on the photos it does not", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "fail");
  await draft.note("a_note", "Ngọk Réo");
  await draft.addPhoto(new Uint8Array(9), { sha256: "s", question: "a" });
  store.rows.clear();
  await draft.note("b", "pass");
  const { events, clear, log } = onDisk(store, draft);
  assert.deepEqual(events, [["a", "fail"], ["a_note", "Ngọk Réo"], ["b", "pass"]]);
  assert.deepEqual([clear.events, clear.answers, clear.photos, clear.bytes], [3, 2, 0, 0]);
  assert.deepEqual(log, [["photos", 1]]);
  await draft.note("c", "pass");
  assert.equal(onDisk(store, draft).events.length, 4);
});

test("a database emptied just before the checklist is finished gets it whole", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "fail");
  store.rows.clear();
  await draft.finish();
  const { events, clear } = onDisk(store, draft);
  assert.deepEqual(events, [["a", "fail"]]);
  assert.equal(clear.state, "finished");
  assert.ok(store.rows.get(`records ${draft.submission}`).sealed.finished_at);
});

test("an older second copy put in place of the database is brought up to what the page knows", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "fail");
  const older = structuredClone([...store.rows]);
  await draft.note("a", "pass");
  await draft.note("b", "pass");
  store.rows.clear();
  for (const [key, row] of older) store.rows.set(key, row);
  await draft.note("c", "pass");
  assert.deepEqual(onDisk(store, draft).events, [["a", "pass"], ["b", "pass"], ["c", "pass"]]);
});

test("two pages that write into one checklist: the second is told, and nothing of the first is overwritten", async () => {
  const store = shelf();
  const errors = [];
  const first = await Draft.begin(store, facts);
  await first.note("a", "fail");
  const second = await Draft.open(store, store.rows.get(`records ${first.submission}`), { onState: (_, error) => error && errors.push(error) });
  await first.note("b", "fail");
  await second.note("c", "pass");
  assert.ok(errors[0] instanceof Overtaken);
  await first.note("d", "pass");
  assert.deepEqual(onDisk(store, first).events, [["a", "fail"], ["b", "fail"], ["d", "pass"]]);
});

test("the file that is the way out holds the answer that could not be written", async () => {
  let full = false;
  const store = shelf({ failing: () => full });
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "fail");
  await draft.note("b", "pass");
  full = true;
  await draft.note("b", "fail");
  const [record, ...events] = await draft.rows();
  assert.deepEqual(events.map(({ sealed: { name, value } }) => [name, value]), [["a", "fail"], ["b", "fail"]]);
  assert.equal(record.clear.events, 2);
  full = false;
  await draft.settled();
});

test("answers that do not open any more are counted", async () => {
  const store = shelf();
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "fail");
  await draft.note("b", "pass");
  store.rows.delete(`events ${eventKey(draft.submission, 1)}`);
  const reopened = await Draft.open(store, store.rows.get(`records ${draft.submission}`));
  assert.equal(reopened.damaged, 1);
});

test("a write that was kept though its answer got lost is no other page's", async () => {
  let lost = 0;
  const store = shelf({ unheard: () => lost-- > 0 });
  const draft = await Draft.begin(store, facts);
  await draft.note("a", "fail");
  lost = 1;
  await draft.note("b", "pass");
  await draft.note("c", "pass");
  await draft.settled();
  const { events, clear } = onDisk(store, draft);
  assert.deepEqual(fold(events.map(([name, value], seq) => ({ seq, name, value }))), { a: "fail", b: "pass", c: "pass" });
  assert.equal(clear.events, events.length);
});
