// The log line of an incident's page; without this file it is a plain form.
(() => {
  "use strict";
  const line = () => document.getElementById("line");

  // "/" leads to the line, unless one is writing somewhere.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !line()) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    line().focus();
  });

  // A logged line leaves the cursor where the next one is written.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "log" && line()) line().focus();
  });

  // The clock beside the line goes on while the page stands open.
  const two = (number) => String(number).padStart(2, "0");
  setInterval(() => {
    const label = line() && line().labels[0];
    if (!label) return;
    const now = new Date(new Date().toLocaleString("en-US", { timeZone: "Asia/Tokyo" }));
    label.lastChild.textContent = `${two(now.getHours())}:${two(now.getMinutes())}`;
  }, 10000);
})();
