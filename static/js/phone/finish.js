// "Gửi" on the checklist page: first finished on this phone, for good; then, if there is a network, sent while the
// person looks on. What the server finds wrong comes back to the page and nothing was taken in; without a network the
// checklist waits in the list.

import { openSender } from "./sender.js";
import { words as allWords } from "./words.js";

export async function finish({ form, draft, words, rules, news }) {
  document.getElementById("faults").hidden = true;
  for (const { id } of form.querySelectorAll(".error[id$='-error']")) rules.say(id.replace(/-error$/, ""), "");
  const missing = rules.faults();
  if (missing.size) {
    const [first] = missing.keys();
    rules.goTo(first);
    news.textContent = missing.get(first);
    return;
  }
  news.textContent = words.sending;
  form.inert = true; // also when the phone's back gesture closes the panel
  const panel = openPanel();
  try {
    await draft.finish();
  } catch (error) {
    form.inert = false;
    panel.close();
    throw error;
  }
  const sender = openSender(draft.store, { onChange: panel.show });
  const { faults } = await sender.sendOne(draft.submission, { strict: true });
  if (faults.length) {
    await draft.finish("draft");
    sender.stop();
    panel.close();
    form.inert = false;
    showFaults(words, rules, news, faults);
    return;
  }
  await sender.run();
  const { state, status } = (await draft.store.get("records", draft.submission)).clear;
  form.dataset.busy = "leaving";
  location.assign(state === "complete" || status === "kept" ? `/receipts/${draft.submission}` : "/inspect/#waiting");
}

function showFaults(words, rules, news, faults) {
  const summary = document.getElementById("faults");
  summary.querySelector("h2").textContent = words.to_mend.replace("%s", faults.length);
  const links = faults.map(({ question, message }) => {
    rules.say(question, message);
    const name = document.getElementById(question) ? question : question.replace(/_photo$/, "");
    const code = document.getElementById(name)?.closest(".q")?.querySelector(".code")?.textContent;
    const link = Object.assign(document.createElement("a"), { href: `#${name}`, textContent: code ? `${code}: ${message}` : message });
    const item = document.createElement("li");
    item.append(link);
    return item;
  });
  summary.querySelector("ul").replaceChildren(...links);
  summary.hidden = false;
  summary.setAttribute("role", "alert");
  news.textContent = faults[0].message;
  rules.goTo(faults[0].question);
}

// Says where the sending stands; the person may leave at any time, the waiting list goes on.
function openPanel() {
  const panel = document.getElementById("sending");
  const line = panel.querySelector("[data-status]");
  const bar = panel.querySelector("progress");
  let words = null; // the panel says enough until they are here
  let all = 0;
  void allWords().then(({ finish: own }) => (words = own), () => {});
  panel.addEventListener("cancel", () => location.assign("/inspect/#waiting"));
  panel.showModal();
  return {
    show({ bytes, photos, seconds, error }) {
      all = Math.max(all, bytes);
      if (all) Object.assign(bar, { value: all - bytes, max: all });
      if (!words) return;
      if (error) line.textContent = words.waiting;
      else if (photos) line.textContent = words.photos.replace("%n", photos).replace("%s", seconds ?? "…");
    },
    close: () => panel.close(),
  };
}
