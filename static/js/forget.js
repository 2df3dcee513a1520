// Puts away what form.js kept on this device: of a page that was received, or of a person who signed out.
const { forget } = document.querySelector("script[data-forget]").dataset;
try {
  for (const key of Object.keys(localStorage)) if (key.startsWith(forget)) localStorage.removeItem(key);
} catch {
  // a browser that keeps nothing has nothing to forget
}
