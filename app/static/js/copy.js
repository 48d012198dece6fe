// Copies a text that is shown once; where the browser forbids that, selects it for copying by hand.

const button = document.querySelector("[data-copy]");

button?.addEventListener("click", async () => {
  const shown = document.getElementById(button.dataset.copy);
  shown.select();
  try {
    // Only there over HTTPS and on this machine.
    await navigator.clipboard.writeText(shown.value);
  } catch {
    return;
  }
  button.textContent = button.dataset.copied;
});
