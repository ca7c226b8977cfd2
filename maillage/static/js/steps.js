/* The stops of a trail in its form: a button that adds, moves or removes one asks the
   server for the new list and puts it in place, without leaving the page. Without
   JavaScript, or when the answer does not come, the same buttons send the form and the
   page comes back. It is the click that is taken: the form itself is sent once. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[name=step]");
  const form = button?.form;
  if (!form?.matches("[data-steps-form]")) return;
  event.preventDefault();
  const fresh = await asked(form, button);
  if (!fresh) return form.requestSubmit(button);
  document.querySelector("#steps").replaceWith(document.adoptNode(fresh));
  const [verb, at] = button.value.split(":");
  const cards = [...document.querySelectorAll("#steps > .step-card")];
  const place = { up: at - 2, down: Number(at), remove: at - 1, add: cards.length - 1 }[verb];
  cards[Math.max(0, Math.min(place, cards.length - 1))]?.querySelector("input:not([type=hidden])")?.focus();
});

async function asked(form, button) {
  const data = new FormData(form, button);
  data.delete("picture"); // what was chosen stays in its box
  try {
    const response = await fetch(form.action || location.href, { method: "POST", body: data });
    if (!response.ok) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.querySelector("#steps");
  } catch {
    return null;
  }
}
