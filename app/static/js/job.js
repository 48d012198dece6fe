// Jobs: a page that follows its job by itself, and the mark in the top bar while something is under way.

const OFTEN = 1000;
const SELDOM = 5000;
const PATIENCE = 30;

/** Fetch JSON; nothing when the answer is no good (signed out, gone, no network). */
async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok && !answer.redirected ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Call `step` again and again, every second at first, later every five, never in a hidden tab, until it says false. */
function repeatedly(step, first = OFTEN) {
  let count = 0;
  const next = () => setTimeout(async () => {
    if (document.hidden) return next();
    count += 1;
    if (await step()) next();
  }, count < PATIENCE ? first : SELDOM);
  next();
}

/** Put what changed of a job on its page without moving anything else. */
function show(section, said, now) {
  const state = section.querySelector("[data-job-state]");
  if (state.textContent !== now.state) {
    state.textContent = now.state;
    state.className = `st ${now.tone}`;
    said.textContent = now.state;
  }
  section.querySelector("[data-job-progress]").textContent = now.progress;
  const bar = section.querySelector("progress");
  if (now.percent === null) bar?.removeAttribute("value");
  else if (bar) bar.value = now.percent;
}

/** Fetch the page anew and put the named part of it in the old one's place. */
async function replace(part, address) {
  const answer = await fetch(address);
  if (!answer.ok || answer.redirected) return false;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(part);
  const old = document.querySelector(part);
  if (!fresh || !old) return false;
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(fresh);
  if (hadFocus) fresh.focus({ preventScroll: true });
  return true;
}

function followJob(section) {
  const address = section.dataset.job;
  const said = document.querySelector("[data-job-said]");
  repeatedly(async () => {
    const now = await ask(`${address}/state`);
    if (!now) return true;
    show(section, said, now);
    if (!now.finished) return true;
    await replace("[data-job]", address);
    const summary = document.querySelector(".job-summary, .job .notice");
    if (summary) said.textContent = `${now.state}. ${summary.textContent}`;
    return false;
  });
}

function followList() {
  repeatedly(async () => {
    try {
      await replace(".jobs", window.location.href);
    } catch {
      return true;
    }
    return Boolean(document.querySelector(".jobs[data-jobs]"));
  }, SELDOM);
}

function followMark(mark) {
  const look = async () => {
    const now = await ask(mark.dataset.working);
    if (!now) return true;
    mark.hidden = now.working === 0;
    mark.querySelector("[data-working-text]").textContent = now.text;
    return now.working > 0;
  };
  look();
  repeatedly(look, SELDOM);
}

/** Follow whatever this page shows of jobs. */
export function startJobs() {
  const job = document.querySelector("[data-job]:not([data-finished])");
  if (job) followJob(job);
  if (document.querySelector(".jobs[data-jobs]")) followList();
  const mark = document.querySelector("[data-working]");
  if (mark) followMark(mark);
}
