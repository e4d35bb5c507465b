// Keeps the part of the page named #live up to date, once a second, and sends forms without leaving it.
const live = document.querySelector("#live");
const thread = live.classList.contains("thread");
let shown = "";

function inLocalTime(root) {
  for (const time of root.querySelectorAll("time")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }
}

function toTheEnd() {
  if (thread) live.scrollTop = live.scrollHeight;
}

async function refresh() {
  const url = new URL(location.href);
  url.searchParams.set("part", "1");
  const answer = await fetch(url);
  if (!answer.ok) return;
  const html = await answer.text();
  if (html === shown) return;
  const atEnd = live.scrollHeight - live.scrollTop - live.clientHeight < 40;
  const chosen = new Map();
  for (const select of live.querySelectorAll("select")) chosen.set(select.id, select.value);
  const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
  shown = html;
  live.innerHTML = html;
  for (const [id, value] of chosen) {
    const select = document.getElementById(id);
    if (select) select.value = value;
  }
  inLocalTime(live);
  if (atEnd) toTheEnd();
  if (focused && focused !== live.id) document.getElementById(focused)?.focus({ preventScroll: true });
}

async function poll() {
  try {
    await refresh();
  } catch {
    // The sandbox is restarting: the next turn will tell.
  }
  setTimeout(poll, 1000);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  const error = document.querySelector("#error");
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields });
    error.textContent = answer.ok ? "" : await answer.text();
    if (answer.ok && !("keep" in form.dataset) && form.querySelector("#text")) form.reset();
    await refresh();
    toTheEnd();
  } catch {
    error.textContent = "The sandbox does not answer. Is it running?";
  }
});

inLocalTime(live);
toTheEnd();
poll();
