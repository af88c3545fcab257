/* Tick boxes of a list: all at once, and how many are ticked. Pages work without this file. */

function boxesOf(root) {
  return [...root.querySelectorAll("input[type=checkbox][form]")];
}

function show(button) {
  const boxes = boxesOf(button.closest("section"));
  const areAll = boxes.length > 0 && boxes.every((box) => box.checked);
  button.querySelector("[data-tick-text]").textContent = areAll ? "Untick all" : "Tick all";
  return { boxes, areAll };
}

function count(output) {
  const form = document.getElementById(output.dataset.ticked);
  const number = [...form.elements].filter((one) => one.type === "checkbox" && one.checked).length;
  output.textContent = number ? `${number} ticked` : "";
}

/* For whole pages: every button that ticks all of its section, every count of a form. */
export function followTicks(root) {
  const buttons = [...root.querySelectorAll("[data-tick-all]")];
  const counts = [...root.querySelectorAll("[data-ticked]")];
  const refresh = () => {
    buttons.forEach(show);
    counts.forEach(count);
  };
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const { boxes, areAll } = show(button);
      for (const box of boxes) box.checked = !areAll;
      refresh();
    });
  }
  if (counts.length) root.addEventListener("change", refresh);
  refresh();
  window.addEventListener("pageshow", refresh); // the way back brings ticks that no event told of
}
