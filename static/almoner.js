/* Copy buttons, polling and file names. Pages work without this file. */

const POLL_EVERY_MS = 2000;
const POLL_LIMIT = 150; // five minutes, then the page says nothing new until it is loaded again

function announce(text) {
  const region = document.getElementById("announcements");
  if (!region) return;
  region.textContent = "";
  window.setTimeout(() => { region.textContent = text; }, 50);
}

/* Without a clipboard (plain http, refused permission) the text is left selected for Ctrl-C. */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const word = button.querySelector("[data-copy-text]");
  let said = button.dataset.copied;
  try {
    await navigator.clipboard.writeText(source.value);
    word.textContent = "Copied";
  } catch {
    source.focus();
    source.select();
    word.textContent = "Selected";
    said = "Selected. Press Ctrl+C or Command+C to copy.";
  }
  announce(said);
  button.classList.add("is-copied");
  window.setTimeout(() => {
    word.textContent = "Copy";
    button.classList.remove("is-copied");
  }, 2500);
}

function sleep(ms) {
  return new Promise((resolve) => { window.setTimeout(resolve, ms); });
}

/* The server's HTML takes the place of the element until it carries no data-poll. */
async function poll(element) {
  let current = element;
  for (let round = 0; round < POLL_LIMIT && current.dataset.poll; round += 1) {
    await sleep(POLL_EVERY_MS);
    const answer = await fetch(current.dataset.poll, { headers: { Accept: "text/html" }, redirect: "error" })
      .catch(() => null);
    if (!answer || !answer.ok) continue;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.body.firstElementChild;
    if (!next) continue;
    current.replaceWith(next);
    current = next;
    ready(current);
  }
  if (!current.dataset.poll) announce(current.dataset.done || "Done");
}

function showFileName(input) {
  const place = document.querySelector(`[data-file-name="${CSS.escape(input.id)}"]`);
  if (!place) return;
  const file = input.files[0];
  place.hidden = !file;
  place.textContent = file ? `Chosen: ${file.name}, ${Math.ceil(file.size / 1024)} KB` : "";
}

function ready(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const input of root.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => showFileName(input));
  }
}

ready(document);
document.querySelectorAll("[data-poll]").forEach(poll);
