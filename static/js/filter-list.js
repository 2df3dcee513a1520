// Narrows a list of ticks while one types, without accents. Without JavaScript the button beside the field does it.
//   <input data-filters="#units">  and  #units with [data-search] items, in <details> groups or not
const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();

for (const input of document.querySelectorAll("input[data-filters]")) {
  const list = document.querySelector(input.dataset.filters);
  if (!list) continue;
  const groups = [...list.querySelectorAll("details")];
  const opened = new Map(groups.map((group) => [group, group.open]));
  const narrow = () => {
    const words = fold(input.value).split(/[^a-z0-9]+/).filter(Boolean).join(" ");
    for (const item of list.querySelectorAll("[data-search]")) {
      item.hidden = !` ${item.dataset.search}`.includes(words && ` ${words}`);
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-search]:not([hidden])");
      group.open = words !== "" || opened.get(group);
    }
  };
  input.addEventListener("input", narrow);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault(); // it has been narrowed already; Enter must not send the form
  });
  if (input.value) narrow();
}
