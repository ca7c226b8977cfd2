/* Custom elements of the catalogue: rows that are added to a form, and the resources
   kept aside for a comparison. Pages work without them. */

/* <maillage-rows> … <… data-rows> … <template> one row </template>
   <p hidden data-tools><button data-add>…</button></p> </maillage-rows> */
class MaillageRows extends HTMLElement {
  connectedCallback() {
    const tools = this.querySelector("[data-tools]");
    if (tools) tools.hidden = false;
    this.addEventListener("click", this);
    this.closest("form")?.addEventListener("draft:fill", this);
  }

  handleEvent(event) {
    if (event.type === "draft:fill") this.make(event.detail);
    else if (event.target.closest("[data-add]")) this.add().focus();
  }

  /* As many rows as a draft has values. */
  make(found) {
    const names = [...this.template.querySelectorAll("[name]")].map((box) => box.name);
    const wanted = Math.max(...names.map((name) => found[name]?.length ?? 0));
    while (this.rows.children.length < wanted) this.add();
  }

  get rows() {
    return this.querySelector("[data-rows]");
  }

  get template() {
    return this.querySelector("template").content;
  }

  add() {
    const number = this.rows.children.length + 1;
    const row = this.template.cloneNode(true);
    for (const box of row.querySelectorAll("[aria-label]"))
      box.setAttribute("aria-label", `${box.getAttribute("aria-label").trim()} ${number}`);
    const first = row.querySelector("select, input");
    this.rows.append(row);
    return first;
  }
}

customElements.define("maillage-rows", MaillageRows);

/* <maillage-compare max="4" data-none… data-one… data-many="{n} …" data-remove="Retirer {name}">
     <p data-count></p> <ul data-list></ul> <a data-go href="/ressources/comparer/">…</a>
     <button data-clear>…</button> </maillage-compare>
   Follows the boxes named « r » of the page and remembers them from page to page. */
const KEY = "compare";

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY));
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

class MaillageCompare extends HTMLElement {
  connectedCallback() {
    this.max = Number(this.getAttribute("max"));
    this.chosen = kept();
    document.addEventListener("change", this);
    document.addEventListener("htmx:after:swap", this);
    this.addEventListener("click", this);
    this.show();
  }

  disconnectedCallback() {
    document.removeEventListener("change", this);
    document.removeEventListener("htmx:after:swap", this);
  }

  get boxes() {
    return document.querySelectorAll("input[type=checkbox][data-compare]");
  }

  handleEvent(event) {
    if (event.type === "htmx:after:swap") this.show();
    else if (event.type === "change") this.changed(event.target);
    else if (event.target.closest("[data-clear]")) this.keep([]);
    else {
      const slug = event.target.closest("[data-drop]")?.dataset.drop;
      if (slug) this.keep(this.chosen.filter((one) => one.slug !== slug));
    }
  }

  changed(box) {
    if (!box.matches("input[type=checkbox][data-compare]")) return;
    const others = this.chosen.filter((one) => one.slug !== box.value);
    this.keep(box.checked ? [...others, { slug: box.value, name: box.dataset.compare }] : others);
  }

  keep(chosen) {
    this.chosen = chosen.slice(0, this.max);
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.chosen));
    } catch {
      // storage is closed: the choice lives as long as the page
    }
    this.show();
  }

  show() {
    const slugs = this.chosen.map((one) => one.slug);
    for (const box of this.boxes) {
      box.checked = slugs.includes(box.value);
      box.disabled = !box.checked && slugs.length >= this.max;
    }
    for (const button of document.querySelectorAll("[data-compare-submit]")) button.hidden = true;
    this.hidden = slugs.length === 0;
    const words = slugs.length === 1 ? this.dataset.one : this.dataset.many;
    this.querySelector("[data-count]").textContent = words.replace("{n}", slugs.length);
    this.querySelector("[data-list]").replaceChildren(...this.chosen.map((one) => this.item(one)));
    const go = this.querySelector("[data-go]");
    const url = new URL(go.href);
    url.search = new URLSearchParams(slugs.map((slug) => ["r", slug]));
    go.href = url;
  }

  item({ slug, name }) {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tag";
    button.dataset.drop = slug;
    button.setAttribute("aria-label", this.dataset.remove.replace("{name}", name));
    const label = document.createElement("span");
    label.textContent = name;
    button.append(label, "×");
    item.append(button);
    return item;
  }
}

customElements.define("maillage-compare", MaillageCompare);

/* <maillage-print><button hidden>…</button></maillage-print> */
class MaillagePrint extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

customElements.define("maillage-print", MaillagePrint);
