// Lists: mark every row of the page, count the marks. Everything works without it.
"use strict";
for (const form of document.querySelectorAll("form[data-list]")) {
  const boxes = [...form.querySelectorAll("input[name=pick]:not(:disabled)")];
  const all = form.querySelector("[data-mark-page]");
  const marked = form.querySelector("[data-marked]");
  const unmarked = form.querySelector("[data-unmarked]");
  if (!marked || !boxes.length) continue;
  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    marked.querySelector("span").textContent = count;
    marked.hidden = count === 0;
    unmarked.hidden = count > 0;
    for (const box of boxes) box.closest("tr").classList.toggle("is-picked", box.checked);
    if (all) {
      all.checked = count === boxes.length;
      all.indeterminate = count > 0 && count < boxes.length;
    }
  };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      show();
    });
  }
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}
