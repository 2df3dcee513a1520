// What is sent, against a server in memory that fails in every way: nothing is lost, nothing doubled, nothing waits for ever.
import assert from "node:assert/strict";
import test from "node:test";

import { openSender } from "../../static/js/phone/sender.js";
import { MemoryServer } from "./memory/server.mjs";
import { Shelf } from "./memory/shelf.mjs";

const senders = [];

function begin(shelf, { others = [], onChange } = {}) {
  const sender = openSender(shelf, { others: async () => others, triggers: false, onChange });
  senders.push(sender);
  return sender;
}

test.afterEach(() => {
  for (const sender of senders.splice(0)) sender.stop();
});

async function until(sender, done, rounds = 30) {
  for (let round = 0; round < rounds && !done(); round += 1) await sender.run({ now: true });
  assert.ok(done(), "not done after many rounds");
}

const complete = (shelf) => () => [...shelf.rows.records.values()].every(({ clear }) => clear.state === "complete" || clear.state === "draft");

function holdsAll(server, sent) {
  for (const { submission, answers, files } of sent) {
    assert.deepEqual(server.held(submission).answers, answers);
    assert.equal(server.held(submission).photos.length, files.length);
    for (const { sha256, bytes } of files) assert.deepEqual(new Uint8Array(server.evidence.get(sha256)), bytes);
  }
}

test("texts go first, then photos smallest first; then pieces are gone, thumbnails and receipts stay", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const sent = [await shelf.finished({ sizes: [300_000, 20], minutes: 9 }), await shelf.finished({ sizes: [70_000], minutes: 30 }), await shelf.finished({ minutes: 60 })];
  await begin(shelf).run();
  holdsAll(server, sent);
  assert.deepEqual(server.asked("PUT"), [2, 1, 0].map((n) => `PUT /api/v1/submissions/${sent[n].submission}`));
  const uploads = [...server.uploads.values()].map(({ size }) => size);
  assert.deepEqual(uploads, [20, 70_000, 300_000]);
  assert.ok(server.requests.findIndex((line) => line.startsWith("POST")) > server.requests.findLastIndex((line) => line.startsWith("PUT")));
  assert.ok(complete(shelf)());
  assert.equal(shelf.rows.pieces.size, 0);
  assert.equal(shelf.rows.thumbs.size, 3);
  assert.equal(shelf.rows.receipts.get(sent[0].submission).code, "ABCD-EFGH");
  assert.equal([...shelf.rows.log.values()].filter(({ why }) => why === "receipt ABCD-EFGH").length, 3, "each deletion says why");
  assert.deepEqual(shelf.forgotten.sort(), sent.map(({ submission }) => submission).sort());
});

test("with nothing to send nobody is asked", async () => {
  const server = new MemoryServer().install();
  await begin(new Shelf()).run({ now: true });
  assert.deepEqual(server.requests, []);
});

const SIZES = [200_000, 100];

async function requestsOfOneRun() {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  await shelf.finished({ sizes: SIZES, start: { unit: "21055", reason: "Phản ánh" } });
  await shelf.finished({});
  await begin(shelf).run();
  return { requests: server.requests.length, writes: shelf.writes };
}

for (const kind of ["lost", "silent", "500 after commit"])
  test(`each request in turn meets "${kind}": all arrives, once`, async () => {
    const { requests } = await requestsOfOneRun();
    assert.ok(requests > 8);
    for (let n = 1; n <= requests; n += 1) {
      const server = new MemoryServer().install();
      const shelf = new Shelf();
      const sent = [await shelf.finished({ sizes: SIZES, start: { unit: "21055", reason: "Phản ánh" } }), await shelf.finished({})];
      server.fault = (_request, number) => (number === n ? kind : null);
      await until(begin(shelf), complete(shelf));
      holdsAll(server, sent);
      assert.equal(server.submissions.size, 2);
      assert.equal(server.inspections.size, 1);
      assert.equal(shelf.rows.pieces.size, 0);
    }
  });

test("the phone is killed at every write: a new start ends with the same", async () => {
  const { writes } = await requestsOfOneRun();
  for (let n = 0; n < writes; n += 1) {
    const server = new MemoryServer().install();
    const shelf = new Shelf();
    const sent = [await shelf.finished({ sizes: SIZES, start: { unit: "21055", reason: "Phản ánh" } }), await shelf.finished({})];
    shelf.crash(n);
    await Promise.race([begin(shelf).run(), new Promise((done) => setTimeout(done, 60))]);
    const next = new Shelf();
    next.rows = shelf.rows;
    await until(begin(next), complete(next));
    holdsAll(server, sent);
    assert.equal(server.submissions.size, 2);
  }
});

test("every third request fails at random, in every way: all arrives, once", async () => {
  for (let seed = 1; seed <= 25; seed += 1) {
    let state = seed;
    const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
    const server = new MemoryServer().install();
    const shelf = new Shelf();
    const sent = [await shelf.finished({ sizes: [150_000, 70_000] }), await shelf.finished({ sizes: [10] }), await shelf.finished({})];
    const kinds = ["lost", "silent", "500 after commit", { status: 503 }, { status: 429 }, { status: 200, body: "<html>hotel</html>" }, { status: 404 }, { status: 409 }];
    server.fault = () => (random() < 0.33 ? kinds[Math.floor(random() * kinds.length)] : null);
    await until(begin(shelf), complete(shelf), 300);
    holdsAll(server, sent);
    assert.equal(server.submissions.size, 3);
    assert.equal(shelf.rows.pieces.size, 0);
  }
});

const RECEIPT = { id: "x", status: "received", code: "AAAA-BBBB", files: [], reasons: [] };
const BODIES = [
  "", "<html>", {}, { delete: true }, { message: "no", fields: {} }, { faults: [{ question: "a", message: "b" }] }, RECEIPT, { ...RECEIPT, status: "kept" },
  { ...RECEIPT, files: "all" }, { username: "mot", csrf_token: "t", time: "x" }, { username: "hai", csrf_token: "t" },
  { records: [], photos: [] }, { records: [{ error: "no" }], photos: [{}] }, { records: "x", photos: 3 },
];

test("whatever the server answers, nothing of what it has not received leaves the phone", async () => {
  const statuses = [100, 200, 201, 202, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 415, 418, 422, 423, 425, 429, 451, 460, 500, 501, 502, 503, 504, 507, 599];
  for (const signedIn of [true, false])
    for (const body of BODIES)
      for (const status of statuses) {
        const server = new MemoryServer().install();
        const shelf = new Shelf();
        const headers = { "Upload-Offset": "300", Location: "/api/v1/uploads/1" };
        server.fault = ({ path }) => (signedIn && path === "/api/v1/me" ? null : { status, body, headers });
        const sent = await shelf.finished({ sizes: [300], start: { unit: "1", reason: "x" } });
        const before = shelf.inventory();
        const sender = begin(shelf);
        for (let round = 0; round < 3; round += 1) await sender.run({ now: true });
        await sender.sendOne(sent.submission, { strict: true });
        assert.deepEqual(shelf.inventory(), before, `${status} ${JSON.stringify(body)}`);
        assert.notEqual(shelf.clear(sent.submission).state, "complete");
        sender.stop();
      }
});

test("a record that is refused waits with its reason, and all others go", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const poison = await shelf.finished({ sizes: [10], minutes: 90 });
  const sent = [await shelf.finished({ sizes: [20] }), await shelf.finished({})];
  for (const fault of [{ status: 400, body: { message: "no" } }, { status: 500 }, "lost"]) {
    server.fault = ({ path }) => (path.endsWith(poison.submission) ? fault : null);
    await begin(shelf).run({ now: true });
  }
  holdsAll(server, sent);
  assert.equal(shelf.clear(poison.submission).state, "finished");
  assert.equal(shelf.clear(poison.submission).error, "network");
  assert.equal(shelf.clear(poison.submission).tries, 3);
  server.fault = () => null;
  await begin(shelf).run({ now: true });
  holdsAll(server, [poison]);
});

test("without network one question is asked and nothing else is touched", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  await shelf.finished({ sizes: [10] });
  await shelf.finished({});
  server.fault = () => "lost";
  const states = [];
  const sender = begin(shelf, { onChange: (state) => states.push(state) });
  await sender.run({ now: true });
  assert.deepEqual(server.requests, ["GET /api/v1/me"]);
  assert.equal(shelf.writes, 0);
  assert.equal(states.at(-1).error, "network");
  assert.equal(states.at(-1).sending, false);
  assert.equal(states.at(-1).photos, 1);
});

test("a net that breaks after the first answer ends the run after two steps without any", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  for (let n = 0; n < 6; n += 1) await shelf.finished({});
  server.fault = (_request, n) => (n > 1 ? "lost" : null);
  await begin(shelf).run();
  assert.equal(server.requests.length, 3);
});

test("where nobody is signed in, rows go sealed, photos too, and the receipt lets the photos go", async () => {
  const server = new MemoryServer().install();
  server.username = null;
  const shelf = new Shelf();
  const sent = [await shelf.finished({ sizes: [900_000, 10] }), await shelf.finished({})];
  const states = [];
  await until(begin(shelf, { onChange: (state) => states.push(state) }), complete(shelf));
  holdsAll(server, sent);
  assert.deepEqual(server.asked("PUT"), []);
  assert.equal(shelf.rows.pieces.size, 0);
  assert.equal(states.at(-1).signedIn, false);
});

test("stores of others are sent though nobody here can read them; one's own goes signed in", async () => {
  const server = new MemoryServer().install();
  const [mine, theirs] = [new Shelf(7, "mot"), new Shelf(8, "hai")];
  const sent = [await mine.finished({ sizes: [10] }), await theirs.finished({ sizes: [400_000] })];
  theirs.unlocked = false;
  await until(begin(mine, { others: [theirs] }), () => complete(mine)() && complete(theirs)());
  holdsAll(server, sent);
  assert.equal(server.submissions.get(sent[0].submission).sealed, undefined);
  assert.equal(server.submissions.get(sent[1].submission).sealed, true);
});

test("what one person filled in is never sent under the sign-in of another", async () => {
  const server = new MemoryServer().install();
  server.username = "hai";
  const shelf = new Shelf(7, "mot");
  const sent = await shelf.finished({ sizes: [10] });
  await until(begin(shelf), complete(shelf));
  assert.deepEqual(server.asked("PUT"), []);
  assert.equal(server.submissions.get(sent.submission).sealed, true);
});

test("a sign-in that ends in the middle of a photo: the rest goes sealed", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const sent = [await shelf.finished({ sizes: [500_000] }), await shelf.finished({ sizes: [20] })];
  server.fault = ({ method }) => {
    if (method === "PATCH" && server.asked("PATCH").length === 3) server.username = null;
    return null;
  };
  await begin(shelf).run();
  assert.equal(server.evidence.size, 2);
  await until(begin(shelf), complete(shelf));
  holdsAll(server, sent);
});

test("a sealed photo goes on where the server says it stands", async () => {
  const server = new MemoryServer().install();
  server.username = null;
  const shelf = new Shelf();
  const sent = [await shelf.finished({ sizes: [1_500_000] })];
  let bytes = 0;
  let cut = 0;
  server.fault = ({ path, body }) => {
    if (path === "/api/v1/sealed") bytes += body.length;
    if (path === "/api/v1/sealed" && body.length > 200_000 && (cut += 1) % 2 === 0) return "lost";
    return null;
  };
  await until(begin(shelf), complete(shelf));
  holdsAll(server, sent);
  assert.ok(bytes < 4_000_000, `${bytes} bytes for 1.5 MB`);
});

test("a sealed photo of which the server has forgotten the beginning is sent from there again", async () => {
  const server = new MemoryServer().install();
  server.username = null;
  const shelf = new Shelf();
  const sent = [await shelf.finished({ sizes: [900_000] })];
  let stands = 0;
  server.fault = ({ path, body }) => {
    if (path === "/api/v1/sealed" && body.length > 40_000 && (stands += 1) === 3) server.sealedPhotos.clear();
    return null;
  };
  await begin(shelf).run();
  assert.ok(stands > 3, `${stands} requests`);
  await until(begin(shelf), complete(shelf));
  holdsAll(server, sent);
});

test("strict: what the server finds faulty is told and not taken in; then it may go all the same", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const { submission } = await shelf.finished({});
  const faults = [{ question: "ny_01", message: "Câu này bắt buộc trả lời." }];
  server.judge = () => ({ faults, status: "kept" });
  const sender = begin(shelf);
  const told = await sender.sendOne(submission, { strict: true });
  assert.deepEqual([told.state, told.error, told.faults], ["finished", "faults", faults]);
  assert.equal(server.submissions.size, 0);
  const then = await sender.sendOne(submission);
  assert.deepEqual([then.state, then.status, then.code, then.error], ["complete", "kept", "ABCD-EFGH", null]);
});

test("what the server keeps for a person is received: its conflicts are told, its photos follow", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const sent = await shelf.finished({ sizes: [10] });
  const conflicts = [{ question: "ny_01", theirs: "pass", mine: "fail" }];
  server.judge = () => ({ status: "kept", conflicts });
  const sender = begin(shelf);
  const told = await sender.sendOne(sent.submission, { strict: true });
  assert.deepEqual([told.state, told.status, told.conflicts], ["received", "kept", conflicts]);
  await until(sender, complete(shelf));
  holdsAll(server, [sent]);
  assert.deepEqual((await shelf.receipt(sent.submission)).conflicts, conflicts, "also after the photos' receipt");
  const plain = JSON.stringify({ ...shelf.rows.receipts.get(sent.submission), sealed: null });
  assert.ok(!plain.includes("theirs"), "answers lie sealed on the phone");
});

test("sendOne does not wait for a long photo", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  await shelf.finished({ sizes: [2_000_000] });
  const sender = begin(shelf);
  let told = null;
  server.fault = ({ method }) => {
    if (method === "PATCH" && server.asked("PATCH").length === 2)
      void shelf.finished({ minutes: 0 }).then(async ({ submission }) => (told = await sender.sendOne(submission, { strict: true })));
    return null;
  };
  await until(sender, () => told && complete(shelf)());
  const text = server.requests.findLastIndex((line) => line.startsWith("PUT"));
  assert.ok(server.requests.slice(text).filter((line) => line.startsWith("PATCH")).length > 1, "the photo went on after the text");
  assert.equal(server.uploads.size, 1, "at the byte where it stood");
});

test("photos of a record the server holds under another id go to that id", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const sent = await shelf.finished({ sizes: [10] });
  server.judge = () => ({ id: "other", status: "kept" });
  await until(begin(shelf), complete(shelf));
  assert.ok(server.requests.includes("GET /api/v1/submissions/other"));
  assert.deepEqual([...server.uploads.values()].map(({ submission }) => submission), ["other"]);
  assert.equal(shelf.clear(sent.submission).status, "kept");
});

test("a server that lost the record (a restored backup) gets it again", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const sent = [await shelf.finished({ sizes: [30] })];
  server.fault = ({ method, path }) => {
    if (method === "GET" && path.includes("submissions") && server.asked("GET /api/v1/submissions").length === 1) server.submissions.clear();
    return null;
  };
  await until(begin(shelf), complete(shelf));
  holdsAll(server, sent);
});

test("a photo that no receipt lists is sent again and stays on the phone", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const { files: [{ photo, sha256 }] } = await shelf.finished({ sizes: [30] });
  server.fault = ({ method }) => {
    if (method === "GET") server.evidence.delete(sha256);
    return null;
  };
  const sender = begin(shelf);
  for (let round = 0; round < 3; round += 1) await sender.run({ now: true });
  assert.equal(shelf.rows.pieces.size, 1);
  assert.equal(shelf.rows.photos.get(photo).clear.error, "unlisted");
  server.fault = () => null;
  await until(sender, complete(shelf));
});

test("a photo this phone cannot read any more is told, and does not stop the others", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const { submission, files } = await shelf.finished({ sizes: [10, 20] });
  shelf.rows.pieces.delete(`${files[0].photo}:0000`);
  await begin(shelf).run();
  assert.equal(shelf.rows.photos.get(files[0].photo).clear.error, "unreadable");
  assert.equal(shelf.rows.photos.get(files[1].photo).clear.state, "sent");
  assert.equal(shelf.clear(submission).state, "received");
  assert.equal(server.evidence.size, 1);
});

test("a connection that is cut after every 64 KB carries the photo in smaller chunks", async () => {
  const server = new MemoryServer().install();
  server.limit = 64 * 1024 - 1;
  const shelf = new Shelf();
  const sent = [await shelf.finished({ sizes: [400_000] })];
  await until(begin(shelf), complete(shelf));
  holdsAll(server, sent);
});

test("photos the person took out are not sent, and go when the record is complete", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const { files } = await shelf.finished({ sizes: [10, 20] });
  await shelf.amend("photos", files[0].photo, () => ({ state: "removed" }));
  await begin(shelf).run();
  assert.ok(complete(shelf)());
  assert.equal(server.evidence.size, 1);
  assert.equal(shelf.rows.pieces.size, 0);
});

test("a complete record is forgotten 90 days after its receipt, with a note why", async () => {
  new MemoryServer().install();
  const shelf = new Shelf();
  const { submission } = await shelf.finished({ sizes: [10] });
  const sender = begin(shelf);
  await sender.run();
  await sender.run();
  assert.ok(shelf.rows.records.has(submission));
  shelf.rows.receipts.get(submission).at = new Date(Date.now() - 91 * 86_400_000).toISOString();
  await sender.run();
  assert.deepEqual(shelf.inventory(), []);
  assert.equal(shelf.rows.receipts.size, 0);
  assert.ok([...shelf.rows.log.values()].some(({ why }) => why.includes("90 days")));
});

test("who listens is told of the beginning, what is left, and the end", async () => {
  new MemoryServer().install();
  const shelf = new Shelf();
  await shelf.finished({ sizes: [500_000, 300_000] });
  const states = [];
  await begin(shelf, { onChange: (state) => states.push(state) }).run();
  assert.equal(states[0].sending, true);
  assert.equal(states[0].photos, 2);
  const bytes = states.map((state) => state.bytes);
  assert.deepEqual(bytes, [...bytes].sort((one, other) => other - one), "what is left only falls");
  assert.ok(states.some(({ seconds }) => seconds !== null));
  assert.deepEqual([states.at(-1).sending, states.at(-1).bytes, states.at(-1).error], [false, 0, null]);
});

async function begun(shelf) {
  const { submission, inspection } = await shelf.finished({ start: { unit: "21055", reason: "Phản ánh" } });
  await shelf.amend("records", submission, () => ({ state: "draft", finished_at: null }));
  return { submission, inspection };
}

test("a visit that began on the phone is known to the office while its checklist is being filled, once", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const { submission, inspection } = await begun(shelf);
  server.fault = (_request, number) => (number === 2 ? "500 after commit" : null);
  const sender = begin(shelf);
  for (let round = 0; round < 3; round += 1) await sender.run({ now: true });
  assert.deepEqual([...server.inspections.keys()], [inspection]);
  assert.equal(server.asked("PUT").length, 2, "again after the error, and then not any more");
  assert.deepEqual([shelf.clear(submission).state, shelf.clear(submission).announced], ["draft", true]);
});

test("nobody asks the server for a visit that this phone cannot read any more", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  await begun(shelf);
  shelf.unlocked = false;
  await begin(shelf).run({ now: true });
  assert.deepEqual(server.requests, []);
});

test("a visit the server refuses is not asked for again at once, and its checklist goes all the same", async () => {
  const server = new MemoryServer().install();
  const shelf = new Shelf();
  const { submission } = await begun(shelf);
  server.fault = ({ path }) => (path.includes("inspections") ? { status: 400, body: { message: "no" } } : null);
  const sender = begin(shelf);
  await sender.run();
  await sender.run();
  assert.equal(server.asked("PUT").length, 1);
  await shelf.amend("records", submission, () => ({ state: "finished", finished_at: new Date(0).toISOString(), next_try: null }));
  await until(sender, complete(shelf));
});
