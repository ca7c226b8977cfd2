/* <maillage-application> … questions … </maillage-application>
   Hides a question until the answer that it waits for is given; after each saving, puts
   beside each box what is wrong with it, and shows what another author wrote where this
   page has not written. Without JavaScript every question stands there with its condition
   in words, and the page says the rest when it comes back. */
class MaillageApplication extends HTMLElement {
  connectedCallback() {
    this.update();
    this.addEventListener("change", this);
    this.addEventListener("htmx:after:swap", this);
  }

  handleEvent(event) {
    if (event.type === "change") this.update();
    else this.learn(event.detail.ctx.request.body);
  }

  item(question) {
    return this.querySelector(`.call-item[data-question="${CSS.escape(question)}"]`);
  }

  given(question) {
    const boxes = this.querySelectorAll(`[name="${CSS.escape(question)}"]`);
    return [...boxes].filter((box) => box.checked).map((box) => box.value);
  }

  update() {
    for (const item of this.querySelectorAll("[data-when]")) {
      const wanted = item.dataset.values.split("|");
      const other = this.item(item.dataset.when);
      // a condition on another page: the server knows, the words say it
      if (!other) continue;
      item.hidden = other.hidden || !this.given(item.dataset.when).some((one) => wanted.includes(one));
    }
  }

  learn(sent) {
    for (const told of this.querySelectorAll("template[data-theirs]")) this.replace(told, sent);
    for (const told of this.querySelectorAll("template[data-faults]")) this.point(told);
    this.update();
  }

  /* Words of another author; not over what was typed here since this page was sent. */
  replace(told, sent) {
    const question = told.dataset.theirs;
    const item = this.item(question);
    const here = new FormData(this.querySelector("form[data-many]"));
    const names = [...(item?.querySelectorAll("[name]") ?? [])].map((box) => box.name);
    if (!item || names.some((name) => String(here.getAll(name)) !== String(sent.getAll(name)))) return;
    const held = item.contains(document.activeElement) ? document.activeElement.id : "";
    item.replaceWith(told.content.cloneNode(true));
    this.querySelector(`[name="-seen-${CSS.escape(question)}"]`).value = told.dataset.now;
    if (held) document.getElementById(held)?.focus();
  }

  /* The same words, in the same place, with the same attributes as a page that is loaded. */
  point(told) {
    const item = this.item(told.dataset.faults);
    const list = told.content.querySelector("ul");
    if (!item) return;
    const old = item.querySelector("ul.errorlist");
    if ((old?.outerHTML ?? "") === (list?.outerHTML ?? "")) return;
    old?.remove();
    const group = item.querySelector("fieldset");
    const boxes = item.querySelectorAll("input, textarea, select");
    const id = `id_${told.dataset.faults}`;
    const about = [item.querySelector(`#${CSS.escape(id)}_helptext`)?.id, list?.id].filter(Boolean).join(" ");
    for (const box of [...boxes].filter((one) => one.id)) set(box, "aria-invalid", list && "true");
    set(group ?? boxes[0], "aria-describedby", about);
    if (!list) return;
    const label = item.querySelector(group ? "legend" : ":scope > label");
    if (label) label.after(list);
    else item.querySelector(".call-condition") ? item.querySelector(".call-condition").after(list) : item.prepend(list);
  }
}

function set(element, name, value) {
  if (value) element.setAttribute(name, value);
  else element.removeAttribute(name);
}

customElements.define("maillage-application", MaillageApplication);
