// Tells the desk that somebody really types or clicks (at most once a minute), covers the page when the
// session locks, and never shows a page of an ended session again after "back".
(() => {
  const here = document.currentScript;
  const every = 60_000;
  const idle = Number(here.dataset.idle) * 1000;
  let told = Date.now();
  let used = Date.now();
  let locked = false;

  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

  async function tell() {
    told = Date.now();
    try {
      const answer = await fetch(here.dataset.url, {
        method: "POST",
        headers: { "X-CSRFToken": token(), "X-Requested-With": "keepalive" },
        redirect: "manual",
      });
      if (answer.status === 204) show(false);
      else if (answer.type === "opaqueredirect" || answer.status === 401) show(true);
    } catch {
      // no network: the next act tries again
    }
  }

  function act(event) {
    if (!event.isTrusted) return;
    used = Date.now();
    if (locked || used - told >= every) tell();
  }

  function show(isLocked) {
    locked = isLocked;
    document.getElementById("locked-notice").hidden = !isLocked;
    document.body.classList.toggle("is-locked", isLocked);
  }

  const isDirty = () =>
    [...document.querySelectorAll("textarea, input:not([type=hidden]), select")].some((field) =>
      field.tagName === "SELECT"
        ? [...field.options].some((option) => option.selected !== option.defaultSelected)
        : field.type === "checkbox" || field.type === "radio"
          ? field.checked !== field.defaultChecked
          : field.value !== field.defaultValue,
    );

  function look() {
    if (locked || Date.now() - used < idle) return;
    if (isDirty()) show(true);
    else location.assign(`${here.dataset.lock}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }

  for (const kind of ["keydown", "pointerdown", "input"]) addEventListener(kind, act, { passive: true, capture: true });
  addEventListener("focus", () => locked && tell());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  setInterval(look, 10_000);
})();
