/* A form that changes something is sent once, however often its button is pressed. */
const sent = new WeakSet();

function release(form) {
  sent.delete(form);
  for (const button of form.querySelectorAll("button, [type=submit]"))
    button.removeAttribute("aria-disabled");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("data-many")) return;
  if (sent.has(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  queueMicrotask(() => {
    if (event.defaultPrevented && !form.hasAttribute("hx-post")) return;
    sent.add(form);
    for (const button of form.querySelectorAll("button:not([type=button]), [type=submit]"))
      button.setAttribute("aria-disabled", "true");
  });
}, true);

document.addEventListener("htmx:finally:request", (event) => {
  const form = event.target.closest?.("form");
  if (form) release(form);
});

// back to a page that the browser kept: the form may be sent again
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach(release);
});
