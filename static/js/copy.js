// A button that copies the field it names: <button data-copies="#address" data-done="Đã chép">. Hidden without JavaScript.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const field = document.querySelector(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // no clipboard without https
    }
    button.textContent = button.dataset.done;
  });
}
