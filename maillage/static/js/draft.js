/* <maillage-draft key="lieu" data-found="…" data-undo="…"> <form>…</form> </maillage-draft>
   Keeps on this machine what is typed in a long form until the site has taken it: a
   closed tab or an expired session loses nothing. Passwords, files and hidden fields
   are not kept. A draft is forgotten after a week. */

const WEEK_MS = 7 * 24 * 3600 * 1000;
const PREFIX = "draft:";

const store = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, draft) {
    try {
      localStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // storage is closed or full: the form works as any form
    }
  },
  drop(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // nothing was kept
    }
  },
};

const kept = (field) =>
  field.name && !field.disabled && !["hidden", "password", "file", "submit", "button"].includes(field.type);

function values(form) {
  const found = {};
  for (const field of form.elements) {
    if (!kept(field)) continue;
    const list = (found[field.name] ??= []);
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked) list.push(field.value);
    } else if (field.type === "select-multiple") {
      list.push(...[...field.selectedOptions].map((option) => option.value));
    } else list.push(field.value);
  }
  return found;
}

function fill(form, found) {
  // rows that are added with JavaScript make themselves as many as were filled
  form.dispatchEvent(new CustomEvent("draft:fill", { detail: found }));
  const seen = {};
  for (const field of form.elements) {
    if (!kept(field) || !(field.name in found)) continue;
    const list = found[field.name];
    if (field.type === "checkbox" || field.type === "radio") field.checked = list.includes(field.value);
    else if (field.type === "select-multiple")
      for (const option of field.options) option.selected = list.includes(option.value);
    else field.value = list[(seen[field.name] = (seen[field.name] ?? -1) + 1)] ?? "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

class MaillageDraft extends HTMLElement {
  connectedCallback() {
    this.name = `${PREFIX}${this.getAttribute("key") ?? location.pathname}`;
    this.addEventListener("input", this);
    this.addEventListener("change", this);
    this.addEventListener("submit", this);
    // after a mistake the server has sent back what was typed: that is the newest
    if (this.querySelector(".error-summary")) return;
    // the elements of the form are defined by other modules: wait for all of them
    if (document.readyState === "complete") this.restore();
    else addEventListener("load", () => this.restore(), { once: true });
  }

  get form() {
    return this.querySelector("form");
  }

  handleEvent(event) {
    if (event.target.form === null && event.type !== "submit") return;
    clearTimeout(this.timer);
    if (event.type === "submit") this.keep(true);
    else if (!this.filling) this.timer = setTimeout(() => this.keep(false), 400);
  }

  keep(sent) {
    const { pathname } = location;
    store.write(this.name, { values: values(this.form), at: Date.now(), sent, pathname });
  }

  restore() {
    const draft = store.read(this.name);
    if (!draft || Date.now() - draft.at > WEEK_MS) return;
    const before = values(this.form);
    if (JSON.stringify(before) === JSON.stringify(draft.values)) return;
    this.filling = true;
    fill(this.form, draft.values);
    this.filling = false;
    this.announce(before);
  }

  announce(before) {
    const notice = document.createElement("div");
    notice.className = "notice draft-found";
    notice.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = this.dataset.found ?? "";
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "button button-plain button-small";
    undo.textContent = this.dataset.undo ?? "";
    undo.addEventListener("click", () => {
      this.filling = true;
      fill(this.form, before);
      this.filling = false;
      store.drop(this.name);
      notice.remove();
      this.form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
    });
    const actions = document.createElement("div");
    actions.append(undo);
    notice.append(text, actions);
    this.prepend(notice);
  }
}

customElements.define("maillage-draft", MaillageDraft);

/* A draft that was sent is done with once the page after it is another one, that is
   neither a sign-in page nor an error. */
function forget() {
  const here = document.querySelector("[type=password], [data-page-error]");
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      const draft = store.read(key);
      const came = document.referrer && new URL(document.referrer).pathname === draft?.pathname;
      const old = !draft || Date.now() - draft.at > WEEK_MS;
      const done = draft?.sent && came && !here && location.pathname !== draft.pathname;
      if (old || done) localStorage.removeItem(key);
    }
  } catch {
    // storage is closed
  }
}

forget();
