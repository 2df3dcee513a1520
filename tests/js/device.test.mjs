// What kind of browser the page is opened in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { describe, inApp, isApple, isWebKit } from "../../static/js/phone/device.js";

const { agents } = JSON.parse(readFileSync(new URL("../phone/browsers.json", import.meta.url)));

for (const { agent, app, apple, webkit } of agents)
  test(`known: ${agent.slice(13, 60)} … ${agent.slice(-30)}`, () => {
    assert.deepEqual({ app: inApp(agent), apple: isApple(agent), webkit: isWebKit(agent) }, { app, apple, webkit });
  });

const iphone = agents.find(({ app, apple }) => !app && apple).agent;
const shown = (standalone) => () => ({ matches: standalone });

test("an inner browser of an iPhone that hides its name lacks a service worker", () => {
  const seen = (navigator) => describe({ navigator: { userAgent: iphone, ...navigator }, matchMedia: shown(false) }).app;
  assert.equal(seen({}), "app");
  assert.equal(seen({ serviceWorker: {} }), null);
  assert.equal(seen({ standalone: true }), null);
});

test("an iPad calls itself a Mac, and is told by its touch screen", () => {
  const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15";
  assert.equal(isApple(mac, 5), true);
  assert.equal(isApple(mac, 0), false);
});
