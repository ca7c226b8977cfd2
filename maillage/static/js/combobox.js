/* Suggestions under a text box, after the WAI-ARIA combobox pattern (list
   autocomplete, manual selection). Two uses:

   <maillage-search src="/…/"> <form>… <input type="search"> …</form> </maillage-search>
     a suggestion that has a url opens it; another fills the box and searches.

   <input data-suggest="/…/" data-suggest-label="…">
     a suggestion fills the box with its label.

   The address answers ?q= with {"results": [{"label", "detail"?, "kind"?, "url"?}]}.
   Without JavaScript both are plain text boxes. */

const WAIT_MS = 150;
let boxes = 0;

const same = (one, other) => one.label === other.label && one.url === other.url;

class Combobox {
  constructor(input, src, words, choose) {
    Object.assign(this, { input, src, words, choose, options: [], at: -1 });
    this.list = document.createElement("ul");
    this.list.id = `suggestions-${++boxes}`;
    this.list.className = "suggestions";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", words.label ?? input.labels?.[0]?.textContent ?? "");
    this.list.hidden = true;
    this.status = document.createElement("span");
    this.status.className = "hidden-visually";
    this.status.setAttribute("role", "status");

    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-controls", this.list.id);
    input.setAttribute("autocomplete", "off");
    for (const type of ["input", "keydown", "blur"]) input.addEventListener(type, this);
    for (const type of ["mousedown", "click"]) this.list.addEventListener(type, this);
  }

  handleEvent(event) {
    if (event.type === "input") this.ask();
    else if (event.type === "blur") this.close();
    else if (event.type === "mousedown") event.preventDefault(); // keep the focus in the box
    else if (event.type === "click") this.take(event.target.closest("[role=option]"));
    else this.key(event);
  }

  ask() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fetch(), WAIT_MS);
  }

  async fetch() {
    const q = this.input.value.trim();
    this.request?.abort();
    if (q.length < 2) return this.close();
    this.request = new AbortController();
    try {
      const url = new URL(this.src, location.href);
      url.searchParams.set("q", q);
      const headers = { Accept: "application/json" };
      const answer = await fetch(url, { headers, signal: this.request.signal });
      if (answer.ok) this.show((await answer.json()).results ?? []);
    } catch (error) {
      if (error.name !== "AbortError") this.close(); // the plain form still works
    }
  }

  show(results) {
    if (document.activeElement !== this.input) return;
    const marked = this.options[this.at];
    this.options = results;
    this.at = -1;
    this.list.replaceChildren(...results.map((result, i) => this.option(result, i)));
    this.list.hidden = results.length === 0;
    this.input.setAttribute("aria-expanded", String(results.length > 0));
    this.input.removeAttribute("aria-activedescendant");
    const words = results.length ? this.words.some : this.words.none;
    this.status.textContent = (words ?? "").replace("{n}", results.length);
    // A late answer to an earlier letter must not undo what the arrows have marked.
    if (marked) this.move(results.findIndex((result) => same(result, marked)));
  }

  option({ label, detail, kind }, i) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${i}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.textContent = label;
    const note = [kind, detail].filter(Boolean).join(" · ");
    if (note) {
      const small = document.createElement("small");
      small.textContent = note;
      item.append(small);
    }
    return item;
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.list.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const open = !this.list.hidden;
    if (event.key === "Escape" && open) this.close();
    else if (event.key === "Enter" && open && this.at >= 0) this.take(this.list.children[this.at]);
    else if (event.key === "ArrowDown" && !open) this.fetch();
    else if (event.key === "ArrowDown") this.move(this.at + 1);
    else if (event.key === "ArrowUp" && open) this.move(this.at < 0 ? this.options.length - 1 : this.at - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  move(to) {
    this.list.children[this.at]?.setAttribute("aria-selected", "false");
    this.at = to < this.options.length ? to : -1;
    const item = this.list.children[this.at];
    if (!item) return this.input.removeAttribute("aria-activedescendant");
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", item.id);
  }

  take(item) {
    if (!item) return;
    const result = this.options[[...this.list.children].indexOf(item)];
    this.close();
    this.choose(result);
  }
}

class MaillageSearch extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (this.box || !input) return;
    const words = this.dataset;
    this.box = new Combobox(input, this.getAttribute("src"), words, (result) => {
      if (result.url) return location.assign(result.url);
      input.value = result.label;
      input.form.requestSubmit();
    });
    this.append(this.box.list, this.box.status);
  }
}

customElements.define("maillage-search", MaillageSearch);

function equip(root) {
  for (const input of root.querySelectorAll?.("input[data-suggest]:not([role])") ?? []) {
    const words = {
      label: input.dataset.suggestLabel,
      some: input.dataset.suggestSome,
      none: input.dataset.suggestNone,
    };
    const box = new Combobox(input, input.dataset.suggest, words, (result) => {
      input.value = result.label;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    const frame = document.createElement("div");
    frame.className = "combobox";
    input.before(frame);
    frame.append(input, box.list, box.status);
  }
}

equip(document);
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) equip(node);
}).observe(document.body, { childList: true, subtree: true });
