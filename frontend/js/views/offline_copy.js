// Button that saves both models in this browser, or removes them.
import { language, messages } from "../i18n/messages.js";
import { isSaved, remove, save } from "../local/predictor.js";

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} status
 */
export async function connectOfflineCopy(button, status) {
  const onProgress = (/** @type {number} */ share) => {
    status.textContent = messages.offlineCopy.progress(share.toLocaleString(language, { style: "percent" }));
  };
  await render(button, status);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await ((await isSaved()) ? remove() : save(onProgress));
      await render(button, status);
    } catch (error) {
      status.textContent = `${messages.offlineCopy.failed} ${error instanceof Error ? error.message : ""}`;
    }
    button.disabled = false;
  });
}

/**
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} status
 */
async function render(button, status) {
  const saved = await isSaved();
  status.textContent = messages.offlineCopy[saved ? "saved" : "notSaved"];
  button.textContent = messages.offlineCopy[saved ? "remove" : "save"];
  button.hidden = false;
}
