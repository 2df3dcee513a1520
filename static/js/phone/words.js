// The sentences of everything that is loaded after the checklist, in the language of the person (web/phone_words.py).
const address = document.documentElement.dataset.words ?? "/phone/words";
let asked = null;

// {section: {key: sentence}}; asked for once a page.
export function words() {
  asked ??= fetch(address).then((answer) => answer.json());
  return asked;
}
