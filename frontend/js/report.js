// Interactive confusion matrices: the test images of the chosen cell, each with both models' predictions.
import "./details.js";
import { make } from "./views/elements.js";

/** @typedef {"mlp" | "tree"} Model */
/** @typedef {{ predictions: string, confidence: number[], true_class_probability: Record<string, number> }} PredictionRecord in ten-thousandths */
/** @typedef {{ columns: number, labels: string, models: Record<Model, PredictionRecord>, ranks: number[] }} Predictions */
/** @typedef {{ table: string, label: number, predicted: number, name: string, button: HTMLButtonElement }} Cell */
/** @typedef {{ title: string, indices: number[] }} Group */

const MODELS = /** @type {Model[]} */ (["mlp", "tree"]);
const SIDE = 28; // pixels of an image
const SCALE = 10_000; // stands for a probability of 1 in predictions.json
const FIRST = 60; // images shown of a cell at first
const MORE = 300; // images added by each press of the button

const words = {
  short: { mlp: "MLP", tree: "Tree" },
  /** @type {Record<string, (label: number, predicted: number, count: string | null) => string>} */
  cell: {
    mlp: (label, predicted, count) => `${label} predicted as ${predicted} by the MLP: ${count}`,
    tree: (label, predicted, count) => `${label} predicted as ${predicted} by the tree: ${count}`,
    difference: (label, predicted, count) => `${label} predicted as ${predicted}, MLP minus tree: ${count}`,
  },
  groups: { mlp: "MLP only", tree: "Tree only", both: "Both" },
  loading: "Loading images …",
  count: (/** @type {number} */ count) =>
    ["No images.", "1 image."][count] ?? `${count.toLocaleString("en")} images, the hardest first.`,
  failed: "The images could not be loaded. Check the connection, then try again.",
  again: "Try again",
  more: (/** @type {number} */ count, /** @type {number} */ rest) =>
    `Show ${count} more of ${rest.toLocaleString("en")}`,
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
    if (panel.previousElementSibling !== matrix) matrix?.after(panel); // only if needed: moving it takes the focus away
    scrollBy(0, cell.button.getBoundingClientRect().top - top); // keeps the cell in its place on the screen
    title.scrollIntoView({ block: "nearest" });
    const loaded = await Promise.all([predictionsOnce(), load(cell.label)]).catch(() => undefined);
    if (chosen !== cell) return; // the reader chose another cell while this one loaded
    if (loaded) fill(...loaded, cell);
    else offerRetry(cell);
  }

  /**
   * @param {Predictions} predictions
   * @param {HTMLImageElement} picture
   * @param {Cell} cell
   */
  function fill(predictions, picture, cell) {
    const groups = findImages(predictions, cell);
    const count = groups.reduce((sum, { indices }) => sum + indices.length, 0);
    status.textContent = words.count(count);
    shown.append(...groups.flatMap((group) => makeList(predictions, group, picture)));
  }

  /** @param {Cell} cell */
  function offerRetry(cell) {
    status.textContent = words.failed;
    const retry = make("button", { type: "button", textContent: words.again });
    retry.addEventListener("click", () => {
      title.focus(); // the button disappears
      show(cell);
    });
    shown.append(retry);
  }

  for (const table of matrices.querySelectorAll("table")) makeGrid(table, show);
}

/**
 * Make the table a grid of buttons: the Tab key reaches one of them, the arrow keys move between them.
 * @param {HTMLTableElement} table
 * @param {(cell: Cell) => void} show
 */
function makeGrid(table, show) {
  const name = table.dataset.counts ?? "";
  const rows = [...table.tBodies[0].rows].map((row, label) =>
    [...row.querySelectorAll("td")].map((td, predicted) => {
      const button = make("button", {
        type: "button",
        tabIndex: label || predicted ? -1 : 0,
        textContent: td.textContent,
      });
      button.setAttribute("aria-label", words.cell[name](label, predicted, td.textContent));
      button.addEventListener("click", () => {
        focus(button);
        show({ table: name, label, predicted, name: button.getAttribute("aria-label") ?? "", button });
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
  table.setAttribute("aria-label", table.caption?.textContent ?? "");
  table.parentElement?.removeAttribute("tabindex"); // focusing its buttons scrolls it
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
 * @param {Predictions} predictions
 * @param {Cell} cell
 * @returns {Group[]}
 */
function findImages(predictions, { table, label, predicted }) {
  const ease = (/** @type {number} */ index) =>
    MODELS.reduce((sum, model) => sum + trueClassProbability(predictions, model, index), 0);
  const pick = (/** @type {string} */ title, /** @type {(index: number) => boolean} */ belongs) => {
    const indices = [...predictions.labels].flatMap((one, index) => (+one === label && belongs(index) ? [index] : []));
    return { title, indices: indices.sort((a, b) => ease(a) - ease(b)) };
  };
  const predicts = (/** @type {Model} */ model, /** @type {number} */ index) =>
    +predictions.models[model].predictions[index] === predicted;
  if (table !== "difference") return [pick("", (index) => predicts(/** @type {Model} */ (table), index))];
  return [
    pick(words.groups.mlp, (index) => predicts("mlp", index) && !predicts("tree", index)),
    pick(words.groups.tree, (index) => predicts("tree", index) && !predicts("mlp", index)),
    pick(words.groups.both, (index) => predicts("mlp", index) && predicts("tree", index)),
  ].filter(({ indices }) => indices.length);
}

/**
 * Return a model's probability of the true class.
 * @param {Predictions} predictions
 * @param {Model} model
 * @param {number} index
 */
function trueClassProbability(predictions, model, index) {
  const record = predictions.models[model];
  return record.true_class_probability[index] ?? record.confidence[index];
}

/**
 * @param {Predictions} predictions
 * @param {Group} group
 * @param {HTMLImageElement} picture
 */
function makeList(predictions, { title, indices }, picture) {
  const list = make("ol", { className: "cards" });
  const more = make("button", { type: "button" });
  const add = (/** @type {number} */ count) => {
    const start = list.children.length;
    list.append(...indices.slice(start, start + count).map((index) => card(predictions, index, picture)));
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
 * The same card as in report/templates/macros.html.j2.
 * @param {Predictions} predictions
 * @param {number} index
 * @param {HTMLImageElement} picture
 */
function card(predictions, index, picture) {
  const label = predictions.labels[index];
  const rank = predictions.ranks[index];
  const [left, top] = [rank % predictions.columns, Math.floor(rank / predictions.columns)].map((place) => place * SIDE);
  const { naturalWidth: width, naturalHeight: height, src } = picture;
  const item = make("li");
  item.innerHTML = `<svg viewBox="${left} ${top} ${SIDE} ${SIDE}" role="img" aria-label="${label}"><image href="${src}" width="${width}" height="${height}"></image></svg><p><b>${label}</b> ${words.number(index)}</p><dl>${MODELS.map((model) => line(predictions, model, index)).join("")}</dl>`;
  return item;
}

/**
 * @param {Predictions} predictions
 * @param {Model} model
 * @param {number} index
 */
function line(predictions, model, index) {
  const label = predictions.labels[index];
  const predicted = predictions.models[model].predictions[index];
  const confidence = percent(predictions.models[model].confidence[index]);
  const trueClass = percent(trueClassProbability(predictions, model, index));
  const result =
    predicted === label
      ? `<dd>${predicted} ${confidence}</dd>`
      : `<dd class="wrong">${predicted} <span role="img" aria-label="${words.wrong}">✗</span> ${confidence}<small>${label}: ${trueClass}</small></dd>`;
  return `<dt>${words.short[model]}</dt>${result}`;
}

/**
 * Format a probability, never rounded to 0% or 100%.
 * @param {number} share in ten-thousandths
 */
function percent(share) {
  if (share >= 0.9995 * SCALE) return "&gt;99.9%";
  return share < 0.0005 * SCALE ? "&lt;0.1%" : `${((100 * share) / SCALE).toFixed(1)}%`;
}

/** @type {Promise<Predictions> | undefined} */
let fetched;

/** Fetch the predictions once; again after a failure. */
function predictionsOnce() {
  fetched ??= download();
  fetched.catch(() => {
    fetched = undefined;
  });
  return fetched;
}

/** @returns {Promise<Predictions>} */
async function download() {
  const response = await fetch(new URL("../report/predictions.json", import.meta.url));
  if (!response.ok) throw new Error(response.statusText);
  const predictions = await response.json();
  const counts = Array(10).fill(0);
  const ranks = [...predictions.labels].map((label) => counts[label]++); // position of each image in the sprite of its class
  return { ...predictions, ranks };
}

/**
 * Load the sprite of all test images of a class.
 * @param {number} label
 */
async function load(label) {
  const picture = new Image();
  picture.src = new URL(`../report/digits-${label}.webp`, import.meta.url).href;
  await picture.decode();
  return picture;
}
