// Color theme: the visitor's choice, or the system's. A classic script in the head, because a module would run after
// the first paint.
{
  const root = document.documentElement;

  /**
   * Return null when the browser blocks storage (private windows, blocked cookies).
   * @template T
   * @param {() => T} action
   */
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };

  /** Apply the choice to images and to the browser's own frame, whose media queries only match the system's theme. */
  const apply = () => {
    const choice = root.dataset.theme ?? "system";
    for (const element of /** @type {NodeListOf<HTMLSourceElement>} */ (
      document.querySelectorAll("[media*='prefers-color-scheme']")
    )) {
      element.dataset.media ??= element.media;
    }
    for (const element of /** @type {NodeListOf<HTMLSourceElement>} */ (document.querySelectorAll("[data-media]"))) {
      const media = element.dataset.media ?? "";
      element.media = choice === "system" ? media : media.includes(choice) ? "all" : "not all";
    }
    dispatchEvent(new Event("themechange")); // for the canvas
  };

  root.dataset.theme = attempt(() => localStorage.getItem("theme")) ?? "system";
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", () => {
    const select = /** @type {HTMLSelectElement} */ (document.getElementById("theme"));
    select.value = root.dataset.theme ?? "system";
    select.addEventListener("change", () => {
      root.dataset.theme = select.value;
      attempt(() => localStorage.setItem("theme", select.value));
      apply();
    });
    apply();
  });
}
