// The server as the sender meets it: one request with its patience, and who is signed in there.

import { remember } from "./store.js";

const NOTHING = { status: 0, body: null, header: () => null };

export class Server {
  session = null; // {username, csrf} as the server said at the beginning of this run
  #controls = new Set();

  constructor(pace) {
    this.pace = pace;
  }

  // One request: {status, body, header(name)}; status 0 when nothing came in time, or not from our server.
  async ask(method, path, { headers = {}, json, body = json && JSON.stringify(json) } = {}) {
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), this.pace.patience(body?.length ?? 0));
    this.#controls.add(control);
    const all = { Accept: "application/json", "X-Sent-At": new Date().toISOString(), ...headers };
    if (json) all["Content-Type"] = "application/json";
    if (this.session) all["X-CSRFToken"] = this.session.csrf;
    const rest = { signal: control.signal, credentials: "same-origin", cache: "no-store", redirect: "manual" };
    try {
      const answer = await fetch(path, { method, headers: all, body, ...rest });
      return { status: answer.status, body: parsed(await answer.text()), header: (name) => answer.headers.get(name) };
    } catch {
      return NOTHING;
    } finally {
      clearTimeout(timer);
      this.#controls.delete(control);
    }
  }

  // Who is signed in, and how wrong this phone's clock is. False when our server did not answer.
  async greet() {
    const asked = Date.now();
    const { status, body } = await this.ask("GET", "/api/v1/me");
    this.session = status === 200 && body?.csrf_token ? { username: body.username, csrf: body.csrf_token } : null;
    if (this.session) noteOffset(Date.parse(body.time) - (asked + Date.now()) / 2);
    return Boolean(this.session) || (status >= 400 && status < 500);
  }

  stop() {
    for (const control of this.#controls) control.abort();
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// Milliseconds by which the server's clock is ahead of this phone's; noted with every answer (journal.js).
export function noteOffset(ms) {
  if (Number.isFinite(ms)) remember("offset", String(Math.round(ms)));
}
