// The phone's pages without network. The server puts `const SHELL = {version, language, files: [{url, sha256}]}` before.
//
// Caches: "shell-<name>" holds the files of one version, each verified before this worker can become active;
// "forms-<name>" the blank checklists that fit it; "pointer" says which version is served. The pointer moves only while
// nobody on this phone has an unfinished or unsent checklist, and only then older versions go. Nothing a person said is
// ever in a cache.
//
// A classic script that imports nothing: WebKit gives up a registration when one imported script cannot be read back.

const NAME = `${SHELL.version}-${SHELL.language}`;
const [FILES, FORMS, POINTER] = ["shell-", "forms-", "pointer"];
const BEFORE = "/before"; // beside the pointer: the version that was served before
const LEAVING = "/leaving"; // beside the pointer: somebody signed out, and the server was not told yet
const LIST = "/sw-files"; // the list of a cache's files, written last: a cache that has it is whole
const AT_ONCE = 4; // downloads
const PAGE_FIRST = 20_000; // milliseconds in which the page itself sends what was finished
const PAGE = /^\/inspect(\/|$)/;
const VISIT = /^\/inspect\/([0-9a-f-]{36})$/;

// ---- files that are what was promised ----

async function hashOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const isIntact = async (held, sha256) => Boolean(held) && (await hashOf(await held.arrayBuffer())) === sha256;

// A file past the browser's own cache, as a response that can be kept; throws when it is not the one promised.
async function fetchFile(url, sha256) {
  const answer = await fetch(url, { cache: "reload" });
  const bytes = await answer.arrayBuffer();
  if (!answer.ok || (await hashOf(bytes)) !== sha256) throw new Error(`not what was promised: ${url}`);
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length", "Vary"]) headers.delete(name);
  headers.set("X-SHA256", sha256);
  return new Response(bytes, { headers });
}

// Fetch what is missing or damaged in the cache of a version; a download that broke off goes on where it stopped.
async function complete(name, shell) {
  const cache = await caches.open(FILES + name);
  const left = [...shell.files];
  const lane = async () => {
    for (let file = left.shift(); file; file = left.shift())
      if (!(await isIntact(await cache.match(file.url), file.sha256)))
        await cache.put(file.url, await fetchFile(file.url, file.sha256));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await cache.put(LIST, new Response(JSON.stringify(shell)));
}

const find = (cacheName, url) => caches.match(url, { cacheName, ignoreVary: true });

async function listOf(name) {
  const list = name && (await find(FILES + name, LIST));
  return list ? list.json() : null;
}

// ---- which version is served ----

const served = async () => (await find(POINTER, "/"))?.text() ?? null;

async function point(name, before) {
  const pointer = await caches.open(POINTER);
  if (before) await pointer.put(BEFORE, new Response(before));
  await pointer.put("/", new Response(name));
}

async function install() {
  await complete(NAME, SHELL);
  if (!(await listOf(await served()))) await point(NAME);
}

// Move on to this version if nobody here needs the one before; that goes the next time, when no page is of it any more.
async function settle() {
  const name = await served();
  if (name === NAME) return forget();
  if (!(await listOf(NAME))) await complete(NAME, SHELL);
  if ((await listOf(name)) && ((await isNeeded()) || !(await hasForms()))) return { version: name };
  await point(NAME, name);
  return { version: NAME };
}

async function forget() {
  const before = await (await find(POINTER, BEFORE))?.text();
  if (before) {
    for (const kind of [FILES, FORMS]) await caches.delete(kind + before);
    await (await caches.open(POINTER)).delete(BEFORE);
  }
  return { version: NAME };
}

// What versions left that never had their turn. Not while the next one is being fetched.
async function clean() {
  const kept = [NAME, await served()].flatMap((name) => [FILES + name, FORMS + name]);
  if (self.registration.installing || self.registration.waiting) return;
  for (const name of await caches.keys()) if (name !== POINTER && !kept.includes(name)) await caches.delete(name);
}

// Whether this version has every blank checklist that who is signed in took along.
async function hasForms() {
  const { kits = [] } = (await findOpen()) ?? {};
  const forms = kits.flatMap(({ clear }) => clear.wanted ?? []);
  return (await Promise.all(forms.map((form) => find(FORMS + NAME, formUrl(form))))).every(Boolean);
}

// ---- what the phone holds (store.js), of which only the clear parts are read here ----

function openDatabase(name) {
  return new Promise((done, fail) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.transaction.abort(); // it went away meanwhile: not ours to make
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
}

// {person, open (whether its key lies here), records, rows of other stores asked for} of everybody on this phone.
async function readPersons(...more) {
  const names = (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.startsWith("phieu-"));
  return Promise.all(names.map((name) => readPerson(name, ["keys", "records", ...more])));
}

async function readPerson(name, stores) {
  const database = await openDatabase(name);
  try {
    const transaction = database.transaction(stores);
    const read = (store) =>
      new Promise((done, fail) => {
        const request = transaction.objectStore(store).getAll();
        request.onsuccess = () => done([store, request.result]);
        request.onerror = () => fail(request.error);
      });
    const rows = Object.fromEntries(await Promise.all(stores.map(read)));
    const open = rows.keys.some(({ ends_at }) => Date.parse(ends_at) > Date.now());
    return { ...rows, person: Number(name.slice(6)), open };
  } finally {
    database.close();
  }
}

const findOpen = async () => (await readPersons("kits").catch(() => [])).find(({ open }) => open);

async function isNeeded() {
  try {
    return (await readPersons()).some(({ records }) => records.some(({ clear }) => clear.state !== "complete"));
  } catch {
    return true; // what cannot be read may be needed
  }
}

// ---- answering ----

const formUrl = (form) => `/phone/form/${form.split(/[@/]/).map(encodeURIComponent).join("/")}`;

// The blank checklist of a visit: the one its draft was begun on, else the one the server names, else that of its last.
function formOf(inspection, { records, kits }) {
  const own = records.map(({ clear }) => clear).filter((clear) => clear.inspection === inspection);
  const named = kits.map(({ clear }) => clear.forms?.[inspection]).find(Boolean);
  return own.find(({ state }) => state === "draft")?.form ?? named ?? own.at(-1)?.form;
}

// The page that stands for an address here, or nothing; `open`: what lies here of the person who is signed in.
function pageFor(path, name, open) {
  const [, inspection] = VISIT.exec(path) ?? [];
  if (inspection && open) {
    const form = formOf(inspection, open);
    return form && find(FORMS + name, formUrl(form));
  }
  return find(FILES + name, path === "/inspect/new" ? "/phone/new" : PAGE.test(path) ? "/phone/work" : path);
}

// At once from here while somebody is signed in on this phone; else by the network, and from here when there is none.
async function navigate(request, path) {
  const name = await served();
  const own = PAGE.test(path) || path.startsWith("/phone/");
  const open = own && (await findOpen());
  const page = own && (await pageFor(path, name, open));
  if (page && open) return page;
  try {
    await leave();
    return await fetch(request);
  } catch {
    return page || (await find(FILES + name, "/phone/offline")) || Response.error();
  }
}

async function file(request) {
  const held = await find(FILES + (await served()), request);
  return held ?? (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

const isFile = (path) => path.startsWith("/static/") || SHELL.files.some(({ url }) => url === path);

self.addEventListener("install", (event) => event.waitUntil(install()));
// Pages of the version before are gone by now, so that its files may go with the second step.
self.addEventListener("activate", (event) => event.waitUntil(settle().then(settle).then(clean).catch(() => {})));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(navigate(request, pathname));
  else if (isFile(pathname)) event.respondWith(file(request));
});

// ---- what pages ask of this worker ----

// Which files of the served version are missing or damaged, and which blank checklists are whole. With `repair`, those
// files are fetched again.
async function verify({ repair = false }) {
  const name = await served();
  const shell = await listOf(name);
  if (shell && repair) await complete(name, shell).catch(() => {});
  const missing = [];
  for (const { url, sha256 } of shell?.files ?? SHELL.files)
    if (!(await isIntact(await find(FILES + name, url), sha256))) missing.push(url);
  const cache = await caches.open(FORMS + name);
  const forms = [];
  for (const { url } of await cache.keys()) {
    const held = await cache.match(url);
    if (await isIntact(held.clone(), held.headers.get("X-SHA256"))) forms.push(held.headers.get("X-Form"));
  }
  return { version: name, files: shell?.files.length ?? 0, missing, forms };
}

// Keep blank checklists: [{form, url, sha256}]. One that an unfinished checklist was begun on stays as it was.
async function keepForms({ forms }) {
  const cache = await caches.open(FORMS + NAME);
  const drafts = (await readPersons()).flatMap(({ records }) => records.filter(({ clear }) => clear.state === "draft"));
  const pinned = new Set(drafts.map(({ clear }) => clear.form));
  const missing = [];
  for (const { form, url, sha256 } of forms) {
    const held = await cache.match(formUrl(form));
    if (held && (pinned.has(form) || (await isIntact(held, sha256)))) continue;
    try {
      const page = await fetchFile(url, sha256);
      page.headers.set("X-Form", form);
      if (await fits(page.clone())) await cache.put(formUrl(form), page);
    } catch {
      missing.push(form);
    }
  }
  const wanted = [...forms.map(({ form }) => form), ...pinned].map(formUrl);
  for (const { url } of await cache.keys()) if (!wanted.includes(new URL(url).pathname)) await cache.delete(url);
  return { missing };
}

// A newer server's checklist needs files that this version has not: it is for the worker that comes with it.
async function fits(page) {
  const named = (await page.text()).matchAll(/(?:href|src)="(\/static\/[^"]+)"/g);
  const own = new Set(SHELL.files.map(({ url }) => url));
  return [...named].every(([, url]) => own.has(url));
}

// Signed out without a network: the session ends as soon as there is one, before any other page is asked for.
async function leave({ now = false } = {}) {
  const pointer = await caches.open(POINTER);
  if (now) await pointer.put(LEAVING, new Response());
  if (!(await pointer.match(LEAVING))) return { leaving: false };
  const me = await fetch("/api/v1/me", { headers: { Accept: "application/json" }, cache: "no-store" });
  if (me.ok) {
    const headers = { "X-CSRFToken": (await me.json()).csrf_token };
    const { ok, type } = await fetch("/logout", { method: "POST", headers, redirect: "manual" });
    if (!ok && type !== "opaqueredirect") return { leaving: true };
  } else if (me.status !== 401) return { leaving: true };
  await pointer.delete(LEAVING);
  return { leaving: false };
}

const ACTS = { settle, verify, leave, forms: keepForms };

self.addEventListener("message", (event) => {
  const { data, ports } = event;
  const act = ACTS[data?.act] ?? (async () => null);
  const answer = act(data).catch(({ message }) => ({ error: message }));
  event.waitUntil(answer.then((said) => ports[0]?.postMessage(said)));
});

// ---- Background Sync, where there is one: what an open page would do better is left to it ----

self.addEventListener("sync", (event) => {
  if (event.tag === "send") event.waitUntil(send());
});

async function send() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage({ act: "send" });
  if (pages.length) return;
  const sent = (await readPersons("events", "photos")).flatMap(textsOf).map(async (body) => {
    const headers = { "Content-Type": "application/octet-stream", "X-Sent-At": new Date().toISOString() };
    const { ok } = await fetch("/api/v1/sealed", { method: "POST", headers, body });
    if (!ok) throw new Error("not received"); // the browser tries again later
  });
  const failed = (await Promise.allSettled(sent)).find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
}

function isDue({ state, announced, finished_at, next_try }) {
  const due = Math.max(Date.parse(finished_at) + PAGE_FIRST, next_try ? Date.parse(next_try) : 0);
  return state === "finished" && announced && Date.now() > due;
}

// The texts of one person, sealed as they lie here (rows.js). The phone learns of it when a page sends them again and
// gets the same receipt: so nothing is noted here, and nothing can be lost.
function textsOf({ person, records, events, photos }) {
  return records.filter(({ clear }) => isDue(clear)).map((record) => {
    const own = [...events, ...photos].filter(({ clear }) => clear.submission === record.key);
    const parts = [record, ...own].flatMap(({ store, key, clear, sealed }) => {
      const line = JSON.stringify({ store, key, person, clear, size: sealed?.byteLength ?? 0 });
      return [`${line}\n`, sealed ?? ""];
    });
    return new Blob(["phieu-rows/1\n", ...parts]);
  });
}
