// Passkeys: the one task of the desk that needs JavaScript. Without it these buttons stay hidden.
//
// <form data-passkey="get|create" data-options="URL" data-cancelled="..." data-failed="..."> with a hidden
// field answer_json, an element [data-passkey-error] and a submit button. The device is asked at submit, its
// answer goes into the field, and the form is sent like any other.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !window.isSecureContext) return;

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    if (!buffer) return null;
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  const options = async (form) => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    const response = await fetch(form.dataset.options, { method: "POST", body, credentials: "same-origin" });
    if (!response.ok || response.redirected) throw new Error("no options");
    return response.json();
  };

  const create = async (asked) => {
    asked.challenge = bytes(asked.challenge);
    asked.user.id = bytes(asked.user.id);
    for (const item of asked.excludeCredentials || []) item.id = bytes(item.id);
    const made = await navigator.credentials.create({ publicKey: asked });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    };
  };

  const get = async (asked) => {
    asked.challenge = bytes(asked.challenge);
    for (const item of asked.allowCredentials || []) item.id = bytes(item.id);
    const found = await navigator.credentials.get({ publicKey: asked });
    return {
      id: found.id,
      rawId: text(found.rawId),
      type: found.type,
      response: {
        clientDataJSON: text(found.response.clientDataJSON),
        authenticatorData: text(found.response.authenticatorData),
        signature: text(found.response.signature),
        userHandle: text(found.response.userHandle),
      },
    };
  };

  const say = (form, sentence) => {
    const place = form.querySelector("[data-passkey-error]");
    place.querySelector("p").textContent = sentence;
    place.hidden = false;
  };

  const ask = async (form) => {
    const shared = document.querySelector("input[type=checkbox][name=shared]");
    if (shared && form.elements.shared) form.elements.shared.value = shared.checked ? "on" : "";
    try {
      const asked = await options(form);
      const answer = form.dataset.passkey === "create" ? await create(asked) : await get(asked);
      form.elements.answer_json.value = JSON.stringify(answer);
      form.dataset.ready = "1";
      form.requestSubmit();
    } catch (error) {
      const known = { InvalidStateError: form.dataset.known, NotAllowedError: form.dataset.cancelled };
      say(form, known[error.name] || form.dataset.failed);
    } finally {
      delete form.dataset.asking;
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    for (const part of document.querySelectorAll("[data-with-passkey]")) part.hidden = false;
    for (const part of document.querySelectorAll("[data-without-passkey]")) part.hidden = true;
    // On the way down, so that nobody else takes this for the real sending.
    form.addEventListener("submit", (event) => {
      if (form.dataset.ready) return delete form.dataset.ready;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.dataset.asking || !form.reportValidity()) return;
      form.dataset.asking = "1";
      form.querySelector("[data-passkey-error]").hidden = true;
      ask(form);
    }, true);
  }
})();
