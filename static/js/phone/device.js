// What kind of browser this is, by the name it gives itself and by what it lacks. Pure; the table of names is shared with
// the server (web/browsers.py, tests/phone/browsers.json).

const APPS = [
  ["Zalo", /\bZalo\b/i],
  ["Messenger", /Messenger|Orca-Android/],
  ["Instagram", /Instagram/],
  ["Facebook", /\bFB(AN|AV|_IAB)\b/],
  ["TikTok", /TikTok|musical_ly|BytedanceWebview|\btrill_/i],
];

export const isApple = (agent, touches = 0) => /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touches > 1);

// All browsers of an iPhone are WebKit inside, whatever they are called.
export const isWebKit = (agent, touches = 0) =>
  isApple(agent, touches) || (/AppleWebKit/.test(agent) && !/Chrom(e|ium)\/|Edg/.test(agent));

// The app whose inner browser this is, "app" for one that does not say its name, or null.
export function inApp(agent) {
  const named = APPS.find(([, pattern]) => pattern.test(agent));
  return named?.[0] ?? (/; wv\)/.test(agent) ? "app" : null);
}

export function describe({ navigator = globalThis.navigator, matchMedia = globalThis.matchMedia } = {}) {
  const { userAgent, maxTouchPoints } = navigator;
  const apple = isApple(userAgent, maxTouchPoints);
  const installed = navigator.standalone === true || Boolean(matchMedia?.("(display-mode: standalone)").matches);
  // The inner browsers of an iPhone's apps have no service worker; Safari always has one.
  const nameless = apple && !installed && !navigator.serviceWorker ? "app" : null;
  return { apple, installed, webkit: isWebKit(userAgent, maxTouchPoints), app: inApp(userAgent) ?? nameless };
}
