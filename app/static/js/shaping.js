// The manager's form of a field: a preview that follows the typing, and one more line for a choice.

const PAUSE = 300;

function addLine(body) {
  const line = body.rows[body.rows.length - 1].cloneNode(true);
  for (const input of line.querySelectorAll("input")) {
    if (input.type === "checkbox") input.remove();
    else input.value = "";
  }
  const number = body.rows.length + 1;
  for (const input of line.querySelectorAll("[aria-label]")) {
    input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+/, number));
  }
  body.append(line);
  line.querySelector("input.form-control").focus();
}

function startPreview(form, place) {
  let waiting = 0;
  let latest = 0;
  const show = async () => {
    latest += 1;
    const own = latest;
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
    if (answer.ok && own === latest) place.innerHTML = await answer.text();
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
  form.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
}

/** Wire the form of a field, where the page has one. */
export function startShaping() {
  const form = document.querySelector("form[data-preview]");
  const place = document.querySelector("[data-preview-place]");
  if (form && place) startPreview(form, place);
  const body = document.querySelector("[data-options]");
  document.querySelector("[data-add-option]")?.addEventListener("click", () => addLine(body));
}
