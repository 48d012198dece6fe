// The words that scripts show, rendered by the server in the person's language (see _dialogs.html).

const source = document.getElementById("words");

/** Return the word called `name`, or nothing when the page carries none. */
export const word = (name) => source?.dataset[name] ?? "";

/** Return the CSRF token of this page. */
export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** Say whether the person is typing somewhere, so that single keys are text. */
export function isTyping(target) {
  return target instanceof Element && Boolean(target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]"));
}
