// The sentences of everything that is loaded after the checklist, in the language of the person (web/phone_words.py).
let asked = null;

// {section: {key: sentence}}; asked for once a page, and again if the network failed.
export function words() {
  asked ??= fetch("/phone/words")
    .then((answer) => answer.json())
    .catch((error) => {
      asked = null;
      throw error;
    });
  return asked;
}
