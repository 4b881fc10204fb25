// Comfort on forms; every task works without this file.
(() => {
  "use strict";
  // Errors are read first.
  const summary = document.querySelector(".error-summary");
  if (summary) summary.focus();

  // A link in the error summary puts the cursor into the field.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".error-summary a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: "center" });
  });

  // A double click sends once; the button is free again when the page is shown again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    dirty.delete(form);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // Leaving a page with unsent text asks first. Search and filter forms (GET) do not count.
  const dirty = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.method === "post" && !form.hasAttribute("data-no-guard")) dirty.add(form);
  });
  document.addEventListener("reset", (event) => dirty.delete(event.target));
  document.addEventListener("htmx:afterRequest", (event) => dirty.delete(event.target.closest("form")));
  window.addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
  });

  // On a narrow screen the modules are a strip: the current one is brought into view.
  const current = document.querySelector(".modules [aria-current]");
  const strip = current && current.closest(".modules");
  if (strip && strip.scrollWidth > strip.clientWidth) {
    strip.scrollLeft = current.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
  }

  // An open menu closes with Escape and on a click elsewhere.
  const close = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
  document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
