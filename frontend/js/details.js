// Folded parts of the report: open from the start where there is room for them, and all of them on paper.

const ROOM = "(min-width: 45rem)";
const all = [...document.querySelectorAll("details")];
/** @type {HTMLDetailsElement[]} */
let folded = [];

if (matchMedia(ROOM).matches) {
  for (const details of all) if (details.className === "fold") details.open = true;
}

addEventListener("beforeprint", () => {
  folded = all.filter((details) => !details.open);
  for (const details of folded) details.open = true;
});

addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
});
