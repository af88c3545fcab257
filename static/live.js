/* Results that come while a page is open: the server's page is asked for again, and what changed in it takes the
   place of ours, part by part. The focus, open details and the place on the page stay. Pages work without this. */

const SOON_MS = 700, SOON_ROUNDS = 10, EVERY_MS = 2000;
const ROUNDS = 160; // over five minutes: longer than nearly all runs; then the page says nothing new until it is loaded again
const QUIET_MS = 4000; // between two things that are read out

const sent = new Map(); // what the server sent last, by the id of the part
const followed = new WeakSet();
let saidAt = 0;

export function announce(text) {
  const region = document.getElementById("announcements");
  if (!region || !text) return;
  region.textContent = "";
  window.setTimeout(() => { region.textContent = text; }, 50);
}

function sleep(ms) {
  return new Promise((resolve) => { window.setTimeout(resolve, ms); });
}

function partsOf(root) {
  return [...root.querySelectorAll("[data-part]")];
}

function remember(root) {
  for (const part of partsOf(root)) sent.set(part.id, part.outerHTML);
}

/* What has the focus in an element, in its successor: by its id, or by what it is and says. */
function sameIn(part, held) {
  const same = held.id && document.getElementById(held.id);
  return same || [...part.querySelectorAll(held.tagName)].find((one) => one.textContent === held.textContent);
}

/* One part for another of the same id, with what the reader had opened in it. */
function swap(old, part, ready) {
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  for (const details of old.querySelectorAll("details[id]")) {
    const next = part.querySelector(`#${CSS.escape(details.id)}`);
    if (next) next.open = details.open;
  }
  old.replaceWith(part);
  ready(part);
  if (!held) return;
  const same = sameIn(part, held);
  if (same) same.focus({ preventScroll: true });
  if (same && document.activeElement === same) return; // not so where it lies in something closed now
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
}

/* The part the reader is at: the one with the focus, else the first that begins in sight, else the one in sight. */
function placeOf(root) {
  const parts = partsOf(root);
  const isSeen = (part) => part.getBoundingClientRect().bottom > 0
    && part.getBoundingClientRect().top < window.innerHeight;
  return parts.find((part) => part.contains(document.activeElement) && isSeen(part))
    || parts.find((part) => isSeen(part) && part.getBoundingClientRect().top >= 0)
    || parts.find(isSeen);
}

function take(root, next, ready) {
  const inSight = placeOf(root);
  const top = inSight && inSight.getBoundingClientRect().top;
  const ids = (one) => partsOf(one).map((part) => part.id).join(" ");
  const html = new Map(partsOf(next).map((part) => [part.id, part.outerHTML]));
  if (ids(root) === ids(next)) {
    for (const part of partsOf(next)) {
      const old = document.getElementById(part.id);
      if (sent.get(part.id) !== html.get(part.id)) swap(old, part, ready);
    }
  } else {
    const held = root.contains(document.activeElement) ? document.activeElement : null;
    const opened = [...root.querySelectorAll("details[id][open]")].map((one) => one.id);
    root.replaceChildren(...next.childNodes);
    ready(root);
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (held) sameIn(root, held)?.focus({ preventScroll: true });
  }
  for (const [id, text] of html) sent.set(id, text);
  const still = inSight && document.getElementById(inSight.id);
  if (still) window.scrollBy({ top: still.getBoundingClientRect().top - top, behavior: "instant" });
}

/* What the page before this one had to say, such as that a run was under way already. */
function takeMessages(page, root) {
  const messages = [...page.querySelectorAll("main > .banner[role]")];
  if (!messages.length) return;
  document.querySelectorAll("main > .banner[role]").forEach((old) => old.remove());
  root.before(...messages);
  announce(messages.map((one) => one.textContent.trim()).join(" "));
  saidAt = Date.now();
}

/* Whether the answer was a page with this element. */
function arrived(html, root, ready) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const next = page.getElementById(root.id);
  if (!next) return false;
  const { said, poll } = next.dataset;
  take(root, next, ready);
  takeMessages(page, root);
  const isNews = said && said !== root.dataset.said;
  root.dataset.said = said || "";
  if (poll) root.dataset.poll = poll; else delete root.dataset.poll;
  if (isNews && (!poll || Date.now() - saidAt > QUIET_MS)) {
    announce(said);
    saidAt = Date.now();
  }
  return true;
}

/* Whether it is of no use to ask again: signed out, or gone. The page itself says it best. */
function isOver(answer) {
  return answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status);
}

/* data-every and data-rounds: for a page that waits for somebody's work elsewhere, not for a run. */
async function poll(root, ready) {
  const every = Number(root.dataset.every) || 0, rounds = Number(root.dataset.rounds) || ROUNDS;
  for (let round = 0; root.dataset.poll && round < rounds; round += 1) {
    await sleep(every || (round < SOON_ROUNDS ? SOON_MS : EVERY_MS));
    const answer = await fetch(root.dataset.poll, { headers: { Accept: "text/html" }, redirect: "manual" })
      .catch(() => null);
    if (answer && isOver(answer)) {
      window.location.reload();
      return;
    }
    if (answer && answer.ok) arrived(await answer.text(), root, ready);
  }
}

async function keepAsking(root, ready) {
  if (followed.has(root)) return;
  followed.add(root);
  await poll(root, ready);
  followed.delete(root);
}

/* A button of the element is pressed without leaving the page; where that fails, it is pressed as ever. */
async function send(form, root, ready) {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) })
    .catch(() => null);
  if (!answer || !answer.ok) {
    form.submit();
    return;
  }
  if (arrived(await answer.text(), root, ready)) keepAsking(root, ready);
  else window.location.assign(answer.url);
}

/* Let results come into this element. ready: what is done with HTML that has just come. */
export function follow(root, ready) {
  let isSending = false;
  remember(root);
  keepAsking(root, ready);
  root.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    await send(event.target, root, ready);
    isSending = false;
  });
}
