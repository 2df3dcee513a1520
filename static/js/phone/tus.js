// A photo in pieces by tus 1.0 (tus.io/protocols/resumable-upload): POST announces it, PATCH brings a chunk with its
// checksum, HEAD asks after any break where to go on. Where it stands is kept before the next chunk begins, so that
// a restart goes on at the byte.

const DOOR = "/api/v1/uploads";
const BREAKS = 5; // in a row without a byte more: the network is gone, or this photo goes the wrong way
const ANEW = 3; // times an upload is begun again, because the server no longer knows it or holds other bytes
const GONE = [404, 410, 460];
const REFUSED = [400, 401, 403, 412, 413, 415];

const encoder = new TextEncoder();
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const base64Text = (text) => base64(encoder.encode(text));
const digest = async (bytes) => base64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

// A number of bytes in a header, or null.
function told(answer, name) {
  const text = answer.header(name);
  return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}

// Only the path counts: behind a proxy a server may not know under which name it is reached.
function pathOf(location) {
  const { pathname, search } = new URL(location, "https://here");
  return pathname + search;
}

// Send what the server does not have yet. `about`: {submission, photo, sha256, filename}; `upload`: address of an upload
// begun before, or null; `send(method, address, headers, body)` -> {status, header(name)}, status 0 without an answer;
// `keep({upload, sent})` writes down where it stands; `pace`: Pace of outbox.js; `yields()`: stop after this chunk.
// Gives {outcome: "sent" | "paused" | "failed", status}.
export async function sendPhoto(blob, { about, upload = null, send, keep, pace, yields = () => false }) {
  let address = upload;
  let offset = null;
  let furthest = 0;
  let breaks = 0;
  let anew = 0;
  let status = 0;

  const call = async (method, headers = {}, body = undefined) => {
    const answer = await send(method, address ?? DOOR, { "Tus-Resumable": "1.0.0", ...headers }, body);
    status = answer.status;
    return answer;
  };
  const standsAt = async (bytes) => {
    offset = bytes;
    if (offset > furthest) breaks = 0;
    furthest = Math.max(furthest, offset);
    await keep({ upload: address, sent: offset });
  };

  async function announce() {
    const pairs = Object.entries(about).map(([name, value]) => `${name} ${base64Text(value)}`);
    const answer = await call("POST", { "Upload-Length": String(blob.size), "Upload-Metadata": pairs.join(",") });
    const location = answer.header("Location");
    if (status !== 201 || !location) return false;
    address = pathOf(location);
    furthest = 0;
    await standsAt(told(answer, "Upload-Offset") ?? 0);
    return true;
  }

  // False when the server cannot be asked; an upload it does not know any more is begun anew.
  async function ask() {
    const answer = await call("HEAD");
    const bytes = told(answer, "Upload-Offset");
    if (GONE.includes(status) || (status < 300 && bytes > blob.size)) {
      address = null;
      anew += 1;
      return anew <= ANEW;
    }
    if (status < 200 || status >= 300 || bytes === null) return false;
    await standsAt(bytes);
    return true;
  }

  async function bring() {
    const body = new Uint8Array(await blob.slice(offset, offset + pace.chunk).arrayBuffer());
    const started = performance.now();
    const answer = await call(
      "PATCH",
      {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": String(offset),
        "Upload-Checksum": `sha256 ${await digest(body)}`,
      },
      body,
    );
    const bytes = told(answer, "Upload-Offset");
    if (status === 204 && bytes !== null && bytes > offset) {
      pace.took(body.length, performance.now() - started);
      return standsAt(bytes);
    }
    if (status === 0) pace.broke();
    breaks += 1;
    offset = null; // ask where it stands: another request may have been faster, or part of this one has arrived
  }

  for (;;) {
    if (address === null) {
      if (!(await announce())) break;
    } else if (offset === null) {
      if (!(await ask())) break;
    } else if (offset >= blob.size) {
      return { outcome: "sent", status };
    } else if (yields()) {
      return { outcome: "paused", status };
    } else {
      await bring();
      if (REFUSED.includes(status) || breaks > BREAKS) break;
    }
  }
  return { outcome: "failed", status };
}
