// A page that waits for work elsewhere: asks how far it is and looks again when it has moved on.

const EVERY = 1000;

/** Keep the progress of the page's work up to date until its state changes. */
export function startProgress() {
  const box = document.querySelector("[data-progress]");
  if (!box) return;
  const bar = box.querySelector("progress");
  const text = box.querySelector("[data-progress-text]");
  const look = async () => {
    const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) {
      const now = await answer.json();
      if (now.state !== box.dataset.state) {
        window.location.reload();
        return;
      }
      if (now.total) {
        bar.max = now.total;
        bar.value = now.done;
      }
      text.textContent = now.text;
    }
    window.setTimeout(look, EVERY);
  };
  window.setTimeout(look, EVERY);
}
