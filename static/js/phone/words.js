// The sentences of everything that is loaded after the checklist, in the language of the person (web/phone_words.py).
let asked = null;

// {section: {key: sentence}}; asked for once a page.
export function words() {
  asked ??= fetch("/phone/words").then((answer) => answer.json());
  return asked;
}
