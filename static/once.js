/* Forms that change something in Jira are sent once: a second click would do it twice. Pages work without this file. */

function buttonsOf(form) {
  return [...form.elements].filter((one) => one.type === "submit");
}

/* For whole pages. What a button says of itself is sent before it is switched off. */
export function followOnce(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !form.closest("[data-once]")) return;
    if (event.defaultPrevented) return;
    window.setTimeout(() => buttonsOf(form).forEach((one) => { one.disabled = true; }));
  });
  /* The way back shows the page as it was left. */
  window.addEventListener("pageshow", () => {
    for (const form of root.querySelectorAll("form")) {
      if (form.closest("[data-once]")) buttonsOf(form).forEach((one) => { one.disabled = false; });
    }
  });
}
