// A choice of colours comes in; the page follows it, or the system where there is none. A classic script in the head,
// because a module would come after the first paint.
{
  const root = document.documentElement;
  const memory = { read: () => localStorage.getItem("theme"), write: (choice) => localStorage.setItem("theme", choice) };

  /** Browsers that keep nothing (private windows, blocked cookies) throw: the page is then as the system is. */
  const attempt = (action, ...given) => {
    try {
      return action(...given);
    } catch {
      return null;
    }
  };

  /** Pictures and the browser's own frame know the system's colours only: tell them of the choice. */
  const follow = () => {
    const choice = root.dataset.theme;
    for (const element of document.querySelectorAll("[media*='prefers-color-scheme']")) {
      element.dataset.media ??= element.media;
    }
    for (const element of document.querySelectorAll("[data-media]")) {
      const { media } = element.dataset;
      element.media = choice === "system" ? media : media.includes(choice) ? "all" : "not all";
    }
    dispatchEvent(new Event("themechange")); // for what is painted by scripts
  };

  root.dataset.theme = attempt(memory.read) ?? "system";
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
  document.addEventListener("DOMContentLoaded", () => {
    const select = document.getElementById("theme");
    select.value = root.dataset.theme;
    select.addEventListener("change", () => {
      root.dataset.theme = select.value;
      attempt(memory.write, select.value);
      follow();
    });
    follow();
  });
}
