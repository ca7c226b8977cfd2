/* Filter forms: empty boxes stay out of the address, with htmx and without; a box that
   stands elsewhere on the page (form="filters") counts as one of the form's own. */
document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const form = event.target.closest?.("form[data-filters]");
  const body = ctx?.request?.body;
  if (!form || !(body instanceof FormData || body instanceof URLSearchParams)) return;
  for (const [name, value] of [...body]) if (value === "") body.delete(name, value);
});

document.addEventListener("formdata", (event) => {
  if (!event.target.matches("form[data-filters], form.search")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("form[data-filters]") && !form.contains(event.target))
    form.dispatchEvent(new Event("change", { bubbles: true }));
});

// on a phone the filters are a drawer: once applied, they make room for the results
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-filters][popover]:popover-open")) form.hidePopover();
});
