// Sharing a drawing, and playing: was the answer right, and can you make the models disagree?
import { encodeStrokes } from "../canvas/link.js";
import { messages } from "../i18n/messages.js";
import { make } from "./elements.js";

/** @typedef {import("../api.js").Result} Result */
/** @typedef {import("../api.js").Prediction} Prediction */
/** @typedef {import("../canvas/canvas.js").DrawingCanvas} DrawingCanvas */
/** @typedef {{count: number, tree: number, mlp: number, disagreements: number}} Tally */

const STORED = "tally"; // in localStorage: it never leaves the device
const texts = messages.play;

/** Buttons and sentences below the answer. */
export class Play {
  #canvas;
  #share = make("button", { type: "button", onclick: () => this.#shareLink() }, texts.share);
  #save = make("button", { type: "button", onclick: () => this.#savePicture() }, texts.save);
  #message = make("p", { className: "caption" });
  #question = make("p", { id: "question" });
  #choices = make("div", { className: "buttons", role: "group" });
  #tally = make("p", { className: "caption" });
  element = make(
    "div",
    { className: "play" },
    make("div", { className: "buttons" }, this.#share, this.#save),
    this.#message,
    this.#question,
    this.#choices,
    this.#tally,
  );
  /** @type {Result | undefined} */
  #shown;

  /** @param {DrawingCanvas} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#message.setAttribute("role", "status");
    this.#choices.setAttribute("aria-labelledby", this.#question.id);
  }

  /**
   * Show the controls for an answer. Both models are compared on drawings of the visitor only.
   * @param {Result} result
   */
  show(result) {
    if (result === this.#shown) return;
    this.#shown = result;
    this.#message.textContent = "";
    this.#share.hidden = this.#canvas.strokes.length === 0;
    const [tree, mlp] = ["tree", "mlp"].map((model) => result.predictions.find((each) => each.model === model));
    const isOwn = this.#canvas.strokes.length > 0 && !this.#canvas.isExample;
    const isCompared = tree && mlp && isOwn && result.is_digit !== false;
    this.#askNothing();
    if (isCompared) this.#ask(tree, mlp);
    this.#showTally();
  }

  /**
   * @param {Prediction} tree
   * @param {Prediction} mlp
   */
  #ask(tree, mlp) {
    const vote = (/** @type {boolean} */ isTree, /** @type {boolean} */ isMlp) => () => this.#vote(isTree, isMlp);
    const isAgreed = tree.digit === mlp.digit;
    /** @type {[string, () => void][]} */
    const choices = isAgreed
      ? [
          [texts.yes, vote(true, true)],
          [texts.no, vote(false, false)],
        ]
      : [
          [String(tree.digit), vote(true, false)],
          [String(mlp.digit), vote(false, true)],
          [texts.neither, vote(false, false)],
        ];
    this.#question.textContent = isAgreed ? texts.wasItRight : texts.whichIsRight;
    this.#choices.replaceChildren(
      ...choices.map(([text, onclick]) => make("button", { type: "button", onclick }, text)),
    );
    if (isAgreed) return;
    this.#message.textContent = texts.challengeWon;
    addToTally({ disagreements: 1 });
  }

  /**
   * @param {boolean} isTreeRight
   * @param {boolean} isMlpRight
   */
  #vote(isTreeRight, isMlpRight) {
    addToTally({ count: 1, tree: Number(isTreeRight), mlp: Number(isMlpRight) });
    this.#askNothing();
    this.#message.textContent = texts.thanks;
    this.#showTally();
    this.#save.focus(); // the pressed button is gone
  }

  #askNothing() {
    this.#question.textContent = "";
    this.#choices.replaceChildren();
  }

  #showTally() {
    const { count, tree, mlp, disagreements } = readTally();
    const score = count ? texts.tally(count, tree, mlp) : "";
    this.#tally.textContent = `${score} ${disagreements ? texts.disagreements(disagreements) : texts.challenge}`.trim();
  }

  /** Hand the link to the system's share sheet, or copy it. */
  async #shareLink() {
    const url = new URL(encodeStrokes(this.#canvas.strokes), location.href).href;
    try {
      if (navigator.share) return await navigator.share({ title: messages.page.title, text: texts.invitation, url });
      await navigator.clipboard.writeText(url);
      this.#message.textContent = texts.copied;
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return; // the visitor closed the share sheet
      history.replaceState(null, "", url);
      this.#message.textContent = texts.inAddressBar;
    }
  }

  #savePicture() {
    const digit = this.#shown?.predictions[0].digit;
    make("a", { href: this.#canvas.toPicture(), download: `digit-${digit}.png` }).click();
  }
}

/** @returns {Tally} */
function readTally() {
  const none = { count: 0, tree: 0, mlp: 0, disagreements: 0 };
  try {
    const stored = Object(JSON.parse(localStorage.getItem(STORED) ?? "{}"));
    for (const [name, value] of Object.entries(stored)) if (!(name in none && Number.isInteger(value))) return none;
    return { ...none, ...stored };
  } catch {
    return none; // storage is blocked, or holds something else
  }
}

/** @param {Partial<Tally>} more */
function addToTally(more) {
  const { count = 0, tree = 0, mlp = 0, disagreements = 0 } = more;
  const old = readTally();
  const tally = {
    count: old.count + count,
    tree: old.tree + tree,
    mlp: old.mlp + mlp,
    disagreements: old.disagreements + disagreements,
  };
  try {
    localStorage.setItem(STORED, JSON.stringify(tally));
  } catch {
    // Storage is blocked or full: the tally starts again.
  }
}
