// A dialog that fills the screen, for the camera and for covering faces. Its styles are loaded with the first one.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export const button = (text, press, properties = {}) =>
  element("button", { type: "button", textContent: text, onclick: press, ...properties });

// "±%(metres)s m" with {metres: 12}
export const fill = (sentence, values) => sentence.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

let styles = null;
const WAIT_FOR_STYLES = 3000; // milliseconds; a plain dialog is better than none

function loadStyles() {
  styles ??= new Promise((answer) => {
    const href = new URL("../../css/camera.css", import.meta.url).href;
    setTimeout(answer, WAIT_FOR_STYLES);
    document.head.append(element("link", { rel: "stylesheet", href, onload: answer, onerror: answer }));
  });
  return styles;
}

export const isOpen = () => Boolean(document.querySelector("dialog.screen"));

// Shown at once; gone from the page when it closes, by a button or by Escape.
export async function openScreen(label, className, ...children) {
  const dialog = element("dialog", { className: `screen ${className}`, "aria-label": label }, ...children);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  await loadStyles();
  dialog.showModal();
  return dialog;
}
