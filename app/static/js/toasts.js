// Messages: read out, closed by hand, and gone by themselves when nothing in them needs an answer.

const STAYS = 7000;
const STAYS_WITH_UNDO = 12000;

function isCalm(note) {
  return !note.classList.contains("danger") && !note.classList.contains("warning");
}

/** Show a message from a script. */
export function say(text, tone = "info") {
  const region = document.querySelector("[data-toasts]");
  if (!region) return;
  const note = document.createElement("div");
  note.className = `toast-note ${tone}`;
  const line = document.createElement("p");
  line.textContent = text;
  note.append(line);
  region.append(note);
  leaveLater(note);
}

function leaveLater(note) {
  if (!isCalm(note)) return;
  const wait = note.querySelector("[formaction]") ? STAYS_WITH_UNDO : STAYS;
  setTimeout(() => {
    if (note.matches(":hover, :focus-within")) leaveLater(note);
    else note.remove();
  }, wait);
}

/** Wire the messages that the server sent. */
export function startToasts() {
  const region = document.querySelector("[data-toasts]");
  if (!region) return;
  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast-note").remove();
  });
  const notes = [...region.children];
  // A live region speaks only of what changes in it after the page was read.
  setTimeout(() => region.append(...notes.filter((note) => note.isConnected)), 300);
  notes.forEach(leaveLater);
}
