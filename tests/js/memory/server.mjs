// The server's doors in memory, behind `fetch`: what the phone's sender speaks to in node tests. The protocol is what is
// tested here; the real server is met in tests/browser.
import { createHash } from "node:crypto";

import { HEAD, read } from "../../../static/js/phone/rows.js";
import { sha256 } from "./shelf.mjs";

const decoder = new TextDecoder();
const unbase64 = (text) => Buffer.from(text, "base64");

export class MemoryServer {
  submissions = new Map(); // id -> {document, status, ...}
  inspections = new Map();
  evidence = new Map(); // sha256 -> bytes
  uploads = new Map();
  sealedPhotos = new Map(); // photo -> pieces
  requests = []; // "PUT /api/v1/submissions/…"
  username = "mot"; // who is signed in, or null
  judge = () => ({}); // (document) -> {status, conflicts, faults, id}
  fault = () => null; // (request, n) -> "lost" (never arrives) | "silent" (arrives, no answer) | {status, body}
  limit = Infinity; // bytes of a body after which the connection is cut

  install() {
    globalThis.fetch = (path, options = {}) => this.#fetch(path, options);
    return this;
  }

  asked(method) {
    return this.requests.filter((line) => line.startsWith(method));
  }

  // What arrived: {submission: {answers, photos: {sha256: bytes}}}
  held(submission) {
    const { document } = this.submissions.get(submission);
    return { answers: document.answers, photos: document.photos.map(({ sha256: hash }) => this.evidence.get(hash)) };
  }

  async #fetch(path, { method = "GET", headers = {}, body, signal }) {
    await new Promise((done) => setImmediate(done));
    if (signal?.aborted) throw new DOMException("aborted", "AbortError");
    const bytes = typeof body === "string" ? Buffer.from(body) : (body ?? null);
    this.requests.push(`${method} ${path}`);
    const fault = this.fault({ method, path, body: bytes }, this.requests.length);
    if (fault === "lost" || (bytes && bytes.length > this.limit)) throw new TypeError("Failed to fetch");
    if (fault?.status) return answer(fault.status, fault.body, fault.headers);
    const found = this.#answer(method, path, new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])), bytes);
    if (fault === "silent") throw new TypeError("Failed to fetch");
    if (fault === "500 after commit") return answer(500, { message: "no" });
    return found;
  }

  #answer(method, path, headers, bytes) {
    const [, , , door, id] = path.split("/");
    if (door === "sealed") return this.#sealed(bytes);
    if (!this.username) return answer(401, { message: "sign in" });
    if (door === "me") return answer(200, { username: this.username, csrf_token: "t", time: new Date().toISOString() });
    if (method !== "GET" && method !== "HEAD" && headers.get("x-csrftoken") !== "t") return answer(400, { message: "csrf" });
    if (door === "submissions") {
      const { submissions } = this;
      if (method === "GET") return submissions.has(id) ? answer(200, this.#receipt(id)) : answer(404, {});
      return this.#take(id, JSON.parse(decoder.decode(bytes)), headers.get("prefer"));
    }
    if (door === "inspections") {
      const known = this.inspections.has(id);
      this.inspections.set(id, JSON.parse(decoder.decode(bytes)));
      return answer(known ? 200 : 201, { id, number: "DX-1", state: "planned", reasons: [] });
    }
    return this.#tus(method, id, headers, bytes);
  }

  #take(id, document, prefer) {
    const judged = this.judge(document);
    if (judged.faults && prefer === "handling=strict") return answer(422, { message: "faults", faults: judged.faults });
    const own = judged.id ?? id;
    const known = this.submissions.get(own);
    if (known && JSON.stringify(known.document) !== JSON.stringify(document)) return answer(202, { ...this.#receipt(own), status: "kept", files: [] });
    if (!known) this.submissions.set(own, { document, times: 0, ...judged });
    this.submissions.get(own).times += 1;
    return answer(judged.status === "kept" ? 202 : known ? 200 : 201, this.#receipt(own));
  }

  #receipt(id) {
    const { document, status = "received", faults = [], conflicts = [] } = this.submissions.get(id);
    const files = document.photos.map(({ id: photo, sha256: hash, size }) => ({
      id: photo, sha256: hash, size, state: this.evidence.has(hash) ? "stored" : "expected",
    }));
    return { id, status, code: "ABCD-EFGH", received_at: "2026-11-23T08:00:00+07:00", files, faults, conflicts, reasons: [] };
  }

  #tus(method, id, headers, bytes) {
    if (method === "POST") {
      const pairs = headers.get("upload-metadata").split(",").map((pair) => pair.split(" "));
      const told = Object.fromEntries(pairs.map(([name, value]) => [name, unbase64(value).toString()]));
      const upload = { ...told, size: Number(headers.get("upload-length")), bytes: Buffer.alloc(0) };
      const name = String(this.uploads.size + 1);
      this.uploads.set(name, upload);
      if (this.evidence.has(upload.sha256)) upload.bytes = Buffer.from(this.evidence.get(upload.sha256));
      return answer(201, null, { Location: `/api/v1/uploads/${name}`, "Upload-Offset": String(upload.bytes.length) });
    }
    const upload = this.uploads.get(id);
    if (!upload) return answer(404);
    if (method === "PATCH") {
      if (Number(headers.get("upload-offset")) !== upload.bytes.length) return answer(409);
      const sum = headers.get("upload-checksum")?.replace("sha256 ", "");
      if (sum !== createHash("sha256").update(bytes).digest("base64")) return answer(460);
      upload.bytes = Buffer.concat([upload.bytes, bytes]);
      if (upload.bytes.length > upload.size) return answer(400);
    }
    if (upload.bytes.length === upload.size) {
      if (sha256(upload.bytes) !== upload.sha256) return answer(460);
      this.evidence.set(upload.sha256, upload.bytes);
    }
    return answer(method === "PATCH" ? 204 : 200, null, { "Upload-Offset": String(upload.bytes.length) });
  }

  // Rows whose sealing is none: this server's "key" opens everything.
  #sealed(bytes) {
    const { rows } = read(bytes.subarray(HEAD.length));
    const open = (row) => JSON.parse(decoder.decode(row.sealed));
    const records = rows.filter(({ store }) => store === "records").map((row) => {
      const events = rows.filter(({ store, clear }) => store === "events" && clear.submission === row.key);
      const photos = rows.filter(({ store, clear }) => store === "photos" && clear.submission === row.key && clear.state !== "removed");
      const document = {
        answers: Object.fromEntries(events.map((event) => [open(event).name, open(event).value])),
        photos: photos.map(({ key, clear }) => ({ id: key, sha256: clear.sha256, size: clear.size })),
      };
      if (!this.submissions.has(row.key)) this.submissions.set(row.key, { document, times: 0, sealed: true });
      this.submissions.get(row.key).times += 1;
      return { submission: row.key, receipt: this.#receipt(row.key) };
    });
    const photos = rows.filter(({ store }) => store === "photos").map(({ key, clear }) => {
      const pieces = this.sealedPhotos.get(key) ?? [];
      this.sealedPhotos.set(key, pieces);
      const own = rows.filter((row) => row.store === "pieces" && row.clear.photo === key);
      for (const row of own) if (row.clear.n <= pieces.length) pieces[row.clear.n] = row.sealed; // none behind a gap
      const whole = Buffer.concat(pieces);
      if (whole.length === clear.size) this.evidence.set(sha256(whole), whole);
      return { photo: key, sha256: clear.sha256, size: clear.size, received: whole.length, state: whole.length === clear.size ? "stored" : "expected" };
    });
    return answer(200, { records, photos });
  }
}

function answer(status, body = null, headers = {}) {
  const map = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const text = typeof body === "string" ? body : body === null ? "" : JSON.stringify(body);
  return { status, text: async () => text, headers: { get: (name) => map.get(name.toLowerCase()) ?? null } };
}
