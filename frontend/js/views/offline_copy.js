// A button and a paragraph come in; with them a person keeps the network in this browser, or removes it.
import { forget, isKept, keep } from "../local/predictor.js";
import { language, words } from "../i18n/words.js";

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} state says what is kept
 */
export async function offer(button, state) {
  await tell(button, state);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await ((await isKept()) ? forget() : keep((share) => (state.textContent = words.keep.progress(whole(share)))));
      await tell(button, state);
    } catch (error) {
      state.textContent = `${words.keep.failed} ${error instanceof Error ? error.message : ""}`;
    }
    button.disabled = false;
  });
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} state
 */
async function tell(button, state) {
  const kept = await isKept();
  state.textContent = words.keep[kept ? "kept" : "absent"];
  button.textContent = words.keep[kept ? "forget" : "keep"];
  button.hidden = false;
}

/** @param {number} share 0..1 */
const whole = (share) => share.toLocaleString(language, { style: "percent" });
