/* Copy and print buttons, results that arrive, ticks, forms that are sent once, and file names. Pages work without this file. */

import { announce, follow } from "./live.js";
import { followOnce } from "./once.js";
import { followTicks } from "./ticks.js";

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
  for (const button of root.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  for (const input of root.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => showFileName(input));
  }
}

ready(document);
followOnce(document);
followTicks(document);
document.querySelectorAll("[data-live]").forEach((root) => follow(root, ready));
