// Our tus client, answer by answer: where it goes on, when it begins anew, when it gives up.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { Pace, SMALLEST } from "../../static/js/phone/outbox.js";
import { sendPhoto } from "../../static/js/phone/tus.js";

const sha = (bytes, as) => createHash("sha256").update(bytes).digest(as);
const PHOTO = Uint8Array.from({ length: 200_000 }, (_, n) => n % 253);
const ABOUT = { submission: "s", photo: "p", sha256: sha(PHOTO, "hex"), filename: "Đức Phổ.jpg" };

// A client with a server that says `answers(method, n, request)`, or what a true one would say when that gives nothing.
async function upload(answers = () => null, { address = null, here = 0, pace = new Pace(), yields } = {}) {
  const log = [];
  const kept = [];
  let bytes = Buffer.from(PHOTO.subarray(0, here));
  let begun = 0;
  const say = (status, headers = {}) => ({ status, header: (name) => headers[name] ?? null });
  const send = async (method, path, headers, body) => {
    log.push(`${method} ${path}${headers["Upload-Offset"] ? ` @${headers["Upload-Offset"]}` : ""}`);
    const said = answers(method, log.filter((line) => line.startsWith(method)).length, { path, headers, body, take });
    if (said) return say(said.status, said.headers);
    if (method === "POST") {
      begun += 1;
      bytes = Buffer.alloc(0);
      assert.equal(headers["Upload-Length"], "200000");
      return say(201, { Location: `http://inside:8000/api/v1/uploads/${begun}`, "Upload-Offset": "0" });
    }
    if (method === "PATCH") take(body, headers);
    return say(method === "PATCH" ? 204 : 200, { "Upload-Offset": String(bytes.length) });
  };
  function take(body, headers) {
    assert.equal(headers["Upload-Checksum"], `sha256 ${sha(body, "base64")}`);
    assert.equal(headers["Content-Type"], "application/offset+octet-stream");
    assert.equal(headers["Tus-Resumable"], "1.0.0");
    assert.equal(Number(headers["Upload-Offset"]), bytes.length, "never at another byte");
    bytes = Buffer.concat([bytes, body]);
  }
  const keep = async (stand) => kept.push(stand);
  const { outcome, status } = await sendPhoto(new Blob([PHOTO]), { about: ABOUT, upload: address, send, keep, pace, yields });
  return { outcome, status, log, kept, whole: sha(bytes, "hex") === ABOUT.sha256, pace };
}

test("a photo is announced with its metadata and sent in chunks that grow; each step is kept before the next", async () => {
  let metadata;
  const told = await upload((method, _n, { headers }) => {
    if (method === "POST") metadata = headers["Upload-Metadata"];
    return null;
  });
  assert.equal(told.outcome, "sent");
  assert.ok(told.whole);
  assert.deepEqual(told.kept.map(({ sent }) => sent), [0, SMALLEST, 3 * SMALLEST, 200_000]);
  assert.ok(told.kept.every(({ upload: address }) => address === "/api/v1/uploads/1"), "only the path of the Location counts");
  const read = Object.fromEntries(metadata.split(",").map((pair) => pair.split(" ")).map(([name, value]) => [name, Buffer.from(value, "base64").toString()]));
  assert.deepEqual(read, ABOUT);
});

test("an upload begun before is asked where it stands and goes on at that byte", async () => {
  const told = await upload(undefined, { address: "/api/v1/uploads/9", here: 150_001 });
  assert.deepEqual(told.log, ["HEAD /api/v1/uploads/9", "PATCH /api/v1/uploads/9 @150001"]);
  assert.ok(told.whole);
});

test("after a break it asks, and goes on with a smaller chunk", async () => {
  const told = await upload((method, n) => (method === "PATCH" && n === 2 ? { status: 0 } : null));
  assert.deepEqual(told.log.slice(2, 5), [`PATCH /api/v1/uploads/1 @${SMALLEST}`, "HEAD /api/v1/uploads/1", `PATCH /api/v1/uploads/1 @${SMALLEST}`]);
  assert.ok(told.whole);
});

test("bytes that came although no answer did are not sent twice", async () => {
  const told = await upload((method, n, { take, body, headers }) => {
    if (method !== "PATCH" || n !== 1) return null;
    take(body, headers);
    return { status: 0 };
  });
  assert.equal(told.log[3], `PATCH /api/v1/uploads/1 @${SMALLEST}`);
  assert.ok(told.whole);
});

for (const status of [409, 460, 423, 500, 503])
  test(`${status} to a chunk: asked where it stands, then again`, async () => {
    const told = await upload((method, n) => (method === "PATCH" && n === 1 ? { status } : null));
    assert.deepEqual(told.log.slice(1, 4), ["PATCH /api/v1/uploads/1 @0", "HEAD /api/v1/uploads/1", "PATCH /api/v1/uploads/1 @0"]);
    assert.ok(told.whole);
  });

for (const status of [404, 410, 460])
  test(`${status} when asked: begun anew`, async () => {
    const told = await upload((_method, _n, { path }) => (path.endsWith("/old") ? { status } : null), { address: "/api/v1/uploads/old" });
    assert.equal(told.log[1], "POST /api/v1/uploads");
    assert.ok(told.whole);
  });

test("404 to a chunk: asked, then begun anew", async () => {
  const told = await upload((method, _n, { path }) => (path.endsWith("/1") && method !== "POST" ? { status: 404 } : null));
  assert.equal(told.log.filter((line) => line.startsWith("POST")).length, 2);
  assert.ok(told.whole);
});

test("a server that holds other bytes again and again is given up, not asked for ever", async () => {
  const told = await upload((method) => (method === "HEAD" || method === "PATCH" ? { status: 460 } : null));
  assert.equal(told.outcome, "failed");
  assert.ok(told.log.length < 20);
});

test("a server that stands beyond the end is begun anew", async () => {
  const odd = { status: 200, headers: { "Upload-Offset": "200001" } };
  const told = await upload((_method, _n, { path }) => (path.endsWith("/old") ? odd : null), { address: "/api/v1/uploads/old" });
  assert.ok(told.whole);
});

for (const status of [400, 401, 403, 412, 413, 415])
  test(`${status} ends it at once, wherever it comes`, async () => {
    for (const where of ["POST", "PATCH"]) {
      const told = await upload((method) => (method === where ? { status } : null));
      assert.deepEqual([told.outcome, told.status], ["failed", status]);
      assert.equal(told.log.at(-1).split(" ")[0], where);
    }
  });

test("204 that does not go forward is a break, and ends", async () => {
  const told = await upload((method) => (method === "PATCH" ? { status: 204, headers: { "Upload-Offset": "0" } } : null));
  assert.equal(told.outcome, "failed");
  assert.ok(told.log.length < 20);
});

test("without any answer it ends soon, and a later run goes on", async () => {
  const told = await upload((method) => (method === "POST" ? null : { status: 0 }));
  assert.deepEqual([told.outcome, told.status], ["failed", 0]);
  assert.ok(told.log.length < 5);
});

test("breaks without number are borne as long as it goes forward", async () => {
  let broken = 0;
  const told = await upload((method, n) => {
    if (method !== "PATCH" || n % 2) return null;
    broken += 1;
    return { status: 0 };
  });
  assert.ok(broken >= 2);
  assert.ok(told.whole);
});

test("it stops after a chunk when somebody is in a hurry", async () => {
  let chunks = 0;
  const told = await upload((method) => void (chunks += method === "PATCH"), { yields: () => chunks === 1 });
  assert.deepEqual([told.outcome, told.kept.at(-1)], ["paused", { upload: "/api/v1/uploads/1", sent: SMALLEST }]);
});
