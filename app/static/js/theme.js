// The theme changes at once; the server keeps it. Without scripts the same button is a plain form.

/** Wire the theme buttons. */
export function startTheme() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest('button[name="theme"]');
    if (!button?.form) return;
    event.preventDefault();
    document.documentElement.dataset.theme = button.value;
    for (const each of document.querySelectorAll('button[name="theme"]')) {
      if (each.value === button.value) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
    const form = new FormData(button.form);
    form.set("theme", button.value);
    await fetch(button.formAction, { method: "POST", body: form, redirect: "manual" });
  });
}
