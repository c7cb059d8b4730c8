// Explorer of the report's confusion matrices: the images of a selected cell, each with both models' predictions.

/** @typedef {"mlp" | "tree"} Model */
/** @typedef {{ answers: string, sure: number[], truth: Record<string, number> }} Given shares in ten-thousandths */
/** @typedef {{ columns: number, labels: string, models: Record<Model, Given>, ranks: number[] }} Answers */
/** @typedef {{ table: string, label: number, answer: number, name: string, button: HTMLButtonElement }} Cell */
/** @typedef {{ title: string, indices: number[] }} Group */

const MODELS = /** @type {Model[]} */ (["mlp", "tree"]);
const SIDE = 28; // pixels of a digit
const WHOLE = 10_000; // stands for a probability of 1 in answers.json
const FIRST = 60; // digits shown of a cell, then
const MORE = 300; // at each press of the button

const words = {
  short: { mlp: "Network", tree: "Tree" },
  /** @type {Record<string, (label: number, answer: number, count: string | null) => string>} */
  cell: {
    mlp: (label, answer, count) => `${label} read as ${answer} by the network: ${count}`,
    tree: (label, answer, count) => `${label} read as ${answer} by the tree: ${count}`,
    difference: (label, answer, count) => `${label} read as ${answer}, network minus tree: ${count}`,
  },
  groups: { mlp: "By the network alone", tree: "By the tree alone", both: "By both" },
  loading: "Loading the digits …",
  found: (/** @type {number} */ count) =>
    ["No digit is here.", "One digit."][count] ?? `${count.toLocaleString("en")} digits, the hardest first.`,
  failed: "The digits could not be loaded. Check the connection, then try again.",
  again: "Try again",
  more: (/** @type {number} */ some, /** @type {number} */ rest) => `Show ${some} more of ${rest.toLocaleString("en")}`,
  number: (/** @type {number} */ index) => `no. ${index}`,
  wrong: "wrong",
};

const matrices = document.getElementById("matrices");
if (matrices) explore(matrices);

/** @param {HTMLElement} matrices */
function explore(matrices) {
  const panel = make("div", { className: "cell", role: "region", hidden: true });
  const title = make("h3", { tabIndex: -1, id: "cell-title" });
  const status = make("p", { role: "status" });
  const shown = make("div");
  panel.setAttribute("aria-labelledby", title.id);
  panel.append(title, status, shown);
  matrices.append(panel);
  /** @type {Cell | undefined} */
  let chosen;

  /** @param {Cell} cell */
  async function show(cell) {
    chosen?.button.parentElement?.removeAttribute("aria-selected");
    chosen = cell;
    cell.button.parentElement?.setAttribute("aria-selected", "true");
    title.textContent = cell.name;
    status.textContent = words.loading;
    const { top } = cell.button.getBoundingClientRect();
    shown.replaceChildren();
    panel.hidden = false;
    const matrix = cell.button.closest(".matrix");
    if (panel.previousElementSibling !== matrix) matrix?.after(panel); // moving it loses the focus
    scrollBy(0, cell.button.getBoundingClientRect().top - top); // keeps the cell's place on the screen
    title.scrollIntoView({ block: "nearest" });
    const found = await Promise.all([answersOnce(), load(cell.label)]).catch(() => undefined);
    if (chosen !== cell) return; // another has been selected meanwhile
    if (found) fill(...found, cell);
    else offerRetry(cell);
  }

  /**
   * @param {Answers} answers
   * @param {HTMLImageElement} picture
   * @param {Cell} cell
   */
  function fill(answers, picture, cell) {
    const groups = findImages(answers, cell);
    const count = groups.reduce((sum, { indices }) => sum + indices.length, 0);
    status.textContent = words.found(count);
    shown.append(...groups.flatMap((group) => makeList(answers, group, picture)));
  }

  /** @param {Cell} cell */
  function offerRetry(cell) {
    status.textContent = words.failed;
    const retry = make("button", { type: "button", textContent: words.again });
    retry.addEventListener("click", () => {
      title.focus(); // the button is removed
      show(cell);
    });
    shown.append(retry);
  }

  for (const table of matrices.querySelectorAll("table")) makeGrid(table, show);
}

/**
 * Make the table a grid of buttons: one Tab stop, with arrow keys between its cells.
 * @param {HTMLTableElement} table
 * @param {(cell: Cell) => void} show
 */
function makeGrid(table, show) {
  const name = table.dataset.counts ?? "";
  const rows = [...table.tBodies[0].rows].map((row, label) =>
    [...row.querySelectorAll("td")].map((td, answer) => {
      const button = make("button", {
        type: "button",
        tabIndex: label || answer ? -1 : 0,
        textContent: td.textContent,
      });
      button.ariaLabel = words.cell[name](label, answer, td.textContent);
      button.addEventListener("click", () => {
        focus(button);
        show({ table: name, label, answer, name: button.ariaLabel ?? "", button });
      });
      td.replaceChildren(button);
      return button;
    }),
  );
  let current = rows[0][0];

  /** @param {HTMLButtonElement} button */
  function focus(button) {
    current.tabIndex = -1;
    current = button;
    current.tabIndex = 0;
    current.focus();
  }

  table.setAttribute("role", "grid");
  table.ariaLabel = table.caption?.textContent ?? "";
  table.parentElement?.removeAttribute("tabindex"); // its buttons scroll it into view
  table.addEventListener("keydown", (event) => {
    const row = rows.findIndex((buttons) => buttons.includes(current));
    const column = rows[row].indexOf(current);
    const last = rows.length - 1;
    /** @type {Record<string, number[]>} */
    const moves = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [event.ctrlKey ? 0 : row, 0],
      End: [event.ctrlKey ? last : row, last],
    };
    const [down, right] = moves[event.key] ?? [-1, -1];
    const next = rows[down]?.[right];
    if (next) focus(next);
    if (next || event.key.startsWith("Arrow")) event.preventDefault(); // at the edge the page does not scroll
  });
}

/**
 * Return the images that a cell counts, the hardest first.
 * @param {Answers} answers
 * @param {Cell} cell
 * @returns {Group[]}
 */
function findImages(answers, { table, label, answer }) {
  const ease = (/** @type {number} */ index) =>
    MODELS.reduce((sum, model) => sum + trueClassProbability(answers, model, index), 0);
  const pick = (/** @type {string} */ title, /** @type {(index: number) => boolean} */ wanted) => {
    const indices = [...answers.labels].flatMap((one, index) => (+one === label && wanted(index) ? [index] : []));
    return { title, indices: indices.sort((a, b) => ease(a) - ease(b)) };
  };
  const reads = (/** @type {Model} */ model, /** @type {number} */ index) =>
    +answers.models[model].answers[index] === answer;
  if (table !== "difference") return [pick("", (index) => reads(/** @type {Model} */ (table), index))];
  return [
    pick(words.groups.mlp, (index) => reads("mlp", index) && !reads("tree", index)),
    pick(words.groups.tree, (index) => reads("tree", index) && !reads("mlp", index)),
    pick(words.groups.both, (index) => reads("mlp", index) && reads("tree", index)),
  ].filter(({ indices }) => indices.length);
}

/**
 * Return a model's probability of the image's true class.
 * @param {Answers} answers
 * @param {Model} model
 * @param {number} index
 */
function trueClassProbability(answers, model, index) {
  return answers.models[model].truth[index] ?? answers.models[model].sure[index];
}

/**
 * @param {Answers} answers
 * @param {Group} group
 * @param {HTMLImageElement} picture
 */
function makeList(answers, { title, indices }, picture) {
  const list = make("ol", { className: "cards" });
  const more = make("button", { type: "button" });
  const add = (/** @type {number} */ count) => {
    const start = list.children.length;
    list.append(...indices.slice(start, start + count).map((index) => card(answers, index, picture)));
    const rest = indices.length - list.children.length;
    more.textContent = words.more(Math.min(MORE, rest), rest);
    more.hidden = !rest;
    return /** @type {HTMLElement} */ (list.children[start]);
  };
  more.addEventListener("click", () => {
    const first = add(MORE);
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
  });
  add(FIRST);
  const heading = title ? [make("h4", { textContent: `${title}: ${indices.length.toLocaleString("en")}` })] : [];
  return [...heading, list, more];
}

/**
 * The same markup as report/hardest_digits.py writes.
 * @param {Answers} answers
 * @param {number} index
 * @param {HTMLImageElement} picture
 */
function card(answers, index, picture) {
  const label = answers.labels[index];
  const rank = answers.ranks[index];
  const [left, top] = [rank % answers.columns, Math.floor(rank / answers.columns)].map((place) => place * SIDE);
  const { naturalWidth: width, naturalHeight: height, src } = picture;
  const item = make("li");
  item.innerHTML = `<svg viewBox="${left} ${top} ${SIDE} ${SIDE}" role="img" aria-label="${label}"><image href="${src}" width="${width}" height="${height}"></image></svg><p><b>${label}</b> ${words.number(index)}</p><dl>${MODELS.map((model) => line(answers, model, index)).join("")}</dl>`;
  return item;
}

/**
 * @param {Answers} answers
 * @param {Model} model
 * @param {number} index
 */
function line(answers, model, index) {
  const label = answers.labels[index];
  const answer = answers.models[model].answers[index];
  const sure = percent(answers.models[model].sure[index]);
  const isRight = answer === label;
  const prediction = isRight
    ? `<dd>${answer} ${sure}</dd>`
    : `<dd class="wrong">${answer} <span role="img" aria-label="${words.wrong}">✗</span> ${sure}<small>${label}: ${percent(trueClassProbability(answers, model, index))}</small></dd>`;
  return `<dt>${words.short[model]}</dt>${prediction}`;
}

/**
 * Format a probability. No model is certain, so nothing is written as 100 %.
 * @param {number} share in ten-thousandths
 */
function percent(share) {
  if (share >= 0.9995 * WHOLE) return "&gt;99.9%";
  return share < 0.0005 * WHOLE ? "&lt;0.1%" : `${((100 * share) / WHOLE).toFixed(1)}%`;
}

/** @type {Promise<Answers> | undefined} */
let fetched;

/** Fetch the answers once; retry after an error. */
function answersOnce() {
  fetched ??= download();
  fetched.catch(() => {
    fetched = undefined;
  });
  return fetched;
}

/** @returns {Promise<Answers>} */
async function download() {
  const response = await fetch(new URL("../report/answers.json", import.meta.url));
  if (!response.ok) throw new Error(response.statusText);
  const answers = await response.json();
  const counts = Array(10).fill(0);
  const ranks = [...answers.labels].map((label) => counts[label]++); // index of each in the sprite of its digit
  return { ...answers, ranks };
}

/**
 * Load and decode the sprite of all test images of a digit.
 * @param {number} label
 */
async function load(label) {
  const picture = new Image();
  picture.src = new URL(`../report/digits-${label}.webp`, import.meta.url).href;
  await picture.decode();
  return picture;
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} [properties]
 * @returns {HTMLElementTagNameMap[Name]}
 */
function make(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
