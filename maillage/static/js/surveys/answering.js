/* <maillage-answers data-save data-news data-key data-revision data-page data-say-…>
     a form whose boxes are the questions </maillage-answers>
   Saves each answer as it is typed, keeps on this device what the site could not take
   and sends it again, shows what others write meanwhile, shows and hides questions by
   their conditions. Without it the form saves a whole section at each button. */
import { runSheet } from "./running.js";

const PAUSE_MS = 700;
const NEWS_MS = 4000;
const RETRY_MS = 5000;
const PREFIX = "reponses:";

const disk = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  },
  write(key, queue) {
    try {
      if (Object.keys(queue).length) localStorage.setItem(key, JSON.stringify(queue));
      else localStorage.removeItem(key);
    } catch {
      // storage is closed or full: the page itself still holds what was typed
    }
  },
};

/* One tab is one page, even when it goes from section to section. */
function tabName(fallback) {
  try {
    const found = sessionStorage.getItem("reponses-page") ?? fallback;
    sessionStorage.setItem("reponses-page", found);
    return found;
  } catch {
    return fallback;
  }
}

const say = (text, words) => Object.entries(words).reduce((done, [name, word]) => done.replace(`{${name}}`, () => word), text);
const same = (one, two) => JSON.stringify(one) === JSON.stringify(two);

class MaillageAnswers extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    const program = this.querySelector("#answer-program");
    if (!this.form || !program) return;
    this.facts = JSON.parse(program.textContent);
    if ("closed" in this.dataset) return;
    this.store = PREFIX + this.dataset.key;
    this.page = tabName(this.dataset.page);
    this.form.elements["-page"].value = this.page;
    // its buttons wait for what is typed: this element sees to it that it is sent once
    this.form.setAttribute("data-many", "");
    this.revision = Number(this.dataset.revision);
    this.queue = disk.read(this.store); // name → {value, seen}
    this.held = new Map(); // what the site has, as the boxes say it
    for (const part of this.parts()) this.held.set(part.dataset.question, this.read(part.dataset.question));
    this.listen();
    this.recover();
    this.follow();
    this.dataset.ready = "yes";
  }

  disconnectedCallback() {
    clearInterval(this.newsTimer);
    clearInterval(this.retryTimer);
    clearTimeout(this.timer);
    removeEventListener("online", this);
    removeEventListener("pagehide", this);
    removeEventListener("pageshow", this);
    document.removeEventListener("visibilitychange", this);
  }

  listen() {
    this.addEventListener("input", this);
    this.addEventListener("change", this);
    this.addEventListener("click", this);
    document.addEventListener("submit", this, { capture: true });
    addEventListener("online", this);
    addEventListener("pagehide", this);
    addEventListener("pageshow", this);
    document.addEventListener("visibilitychange", this);
    this.newsTimer = setInterval(() => document.visibilityState === "visible" && this.news(), NEWS_MS);
    this.retryTimer = setInterval(() => this.waits && !this.sending && this.flush(), RETRY_MS);
  }

  handleEvent(event) {
    if (event.type === "submit") return this.submitted(event);
    if (event.type === "click") return this.clicked(event);
    if (event.type === "online") return this.flush();
    if (event.type === "pagehide") return this.leave();
    if (event.type === "pageshow") return (this.leaving = false);
    if (event.type === "visibilitychange") return document.visibilityState === "visible" ? this.news() : this.flush();
    const part = event.target.closest?.("[data-question]");
    if (part) this.typed(part.dataset.question);
  }

  get waits() {
    return Object.keys(this.queue).length > 0;
  }

  parts() {
    return [...this.form.querySelectorAll("[data-question]")].filter((part) => this.boxes(part.dataset.question).length);
  }

  part(name) {
    return this.form.querySelector(`[data-question="${CSS.escape(name)}"]`);
  }

  boxes(name) {
    const found = this.form.elements[name];
    if (!found) return [];
    return found instanceof RadioNodeList ? [...found] : [found];
  }

  /* What the boxes of a question hold: a list for boxes to tick, else a text. */
  read(name) {
    const boxes = this.boxes(name);
    const [first] = boxes;
    if (!first) return "";
    if (first.type === "checkbox") return boxes.filter((box) => box.checked).map((box) => box.value);
    if (first.type === "radio") return boxes.find((box) => box.checked)?.value ?? "";
    return first.value;
  }

  write(name, value) {
    const boxes = this.boxes(name);
    const list = Array.isArray(value) ? value : [value];
    for (const box of boxes) {
      if (box.type === "checkbox" || box.type === "radio") box.checked = list.includes(box.value);
      else box.value = list.join(" ");
    }
  }

  get seen() {
    return (name) => this.form.elements[`-seen.${name}`];
  }

  // Typing and sending ---------------------------------------------------------------

  typed(name) {
    const value = this.read(name);
    if (name in this.queue ? same(this.queue[name].value, value) : same(this.held.get(name), value)) return;
    this.queue[name] = { value, seen: this.seen(name)?.value ?? "" };
    disk.write(this.store, this.queue);
    this.follow();
    this.state(this.dataset.saySaving, "saving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSE_MS);
  }

  /* Send what waits; true when nothing waits any more. */
  async flush({ last = false } = {}) {
    clearTimeout(this.timer);
    if (this.sending && !last) return this.sending.then(() => (this.waits ? this.flush() : true));
    if (!this.waits) return true;
    this.sending = this.send(last);
    const done = await this.sending;
    this.sending = null;
    return done;
  }

  async send(last) {
    const sent = { ...this.queue };
    const changes = Object.entries(sent).map(([name, { value, seen }]) => ({ name, value, seen }));
    try {
      const response = await fetch(this.dataset.save, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({ page: this.page, changes }),
        keepalive: last,
      });
      if (response.status === 409) {
        const { message } = await response.json();
        this.state(`${this.dataset.sayRefused} ${message}`, "refused");
        return false;
      }
      if (!response.ok) throw new Error(String(response.status));
      this.took(sent, await response.json());
      return !this.waits;
    } catch {
      this.state(this.dataset.sayKept, "kept");
      return false;
    }
  }

  /* The site has written what was sent. */
  took(sent, told) {
    for (const [name, { value }] of Object.entries(sent)) {
      const saved = told.saved[name];
      const now = this.queue[name];
      if (!saved) {
        delete this.queue[name]; // a question of which the site knows nothing
        continue;
      }
      const box = this.seen(name);
      if (box && saved.state !== "beside") box.value = saved.seen;
      if (now && same(now.value, value)) delete this.queue[name];
      else if (now) now.seen = saved.state === "beside" ? now.seen : saved.seen;
      this.held.set(name, value);
      this.error(name, saved.error);
      if (saved.versions) this.versions(name, saved.versions);
    }
    disk.write(this.store, this.queue);
    if (this.waits) this.timer = setTimeout(() => this.flush(), PAUSE_MS);
    else this.state(say(this.dataset.saySaved, { time: told.at }), "saved");
  }

  leave() {
    if (this.waits) this.flush({ last: true });
  }

  /* A button of the form: what is typed goes first, so that nothing is lost if the
     site does not answer; then the form leaves as without JavaScript. */
  async submitted(event) {
    if (event.target !== this.form || this.free) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.leaving) return;
    this.leaving = true;
    const button = event.submitter;
    await this.flush();
    if (await this.reachable()) {
      this.free = true;
      this.form.requestSubmit(button ?? undefined);
      this.free = false;
    } else {
      this.state(this.dataset.sayKept, "kept");
      this.leaving = false;
    }
  }

  async reachable() {
    try {
      const response = await fetch(`${this.dataset.news}?depuis=${this.revision}`);
      return response.ok;
    } catch {
      return false;
    }
  }

  /* « C’est exact » fills in the boxes by itself. */
  clicked(event) {
    const button = event.target.closest?.("[data-confirm]");
    if (!button) return;
    const offer = button.closest("[data-offer]");
    const value = JSON.parse(offer.dataset.value || "null");
    if (value === null || !this.boxes(button.dataset.confirm).length) return;
    event.preventDefault();
    this.write(button.dataset.confirm, value);
    this.typed(button.dataset.confirm);
    this.flush();
    offer.classList.replace("is-open", "is-confirmed");
    const badge = document.createElement("span");
    badge.className = "badge badge-good";
    badge.textContent = this.dataset.sayConfirmed;
    offer.querySelector(".answer-offer-value").append(" ", badge);
    button.parentElement.remove();
    this.boxes(button.dataset.confirm)[0].focus();
  }

  /* What a stopped server, a dead network or a closed tab had left on this device. */
  recover() {
    if (!this.waits) return;
    let found = false;
    for (const [name, { value }] of Object.entries(this.queue)) {
      if (!this.boxes(name).length || same(this.held.get(name), value)) continue;
      this.write(name, value);
      found = true;
    }
    if (found) this.tell(this.dataset.sayFound);
    this.flush();
  }

  // What others write ---------------------------------------------------------------

  async news() {
    if (this.asking) return;
    this.asking = true;
    try {
      const response = await fetch(`${this.dataset.news}?depuis=${this.revision}`);
      if (response.ok) this.heard(await response.json());
    } catch {
      // the next turn asks again
    } finally {
      this.asking = false;
    }
  }

  heard(told) {
    if (told.revision <= this.revision) return;
    this.revision = told.revision;
    for (const answer of told.answers) {
      if (answer.versions) this.versions(answer.name, answer.versions);
      else if (answer.page !== this.page || !this.part(answer.name)) this.versions(answer.name, "");
      if (answer.page === this.page) continue;
      if (!this.boxes(answer.name).length) {
        this.elsewhere(answer);
        continue;
      }
      if (answer.name in this.queue) continue; // both will be kept, side by side
      this.seen(answer.name).value = answer.seen;
      if (same(this.read(answer.name), answer.value)) continue;
      this.write(answer.name, answer.value);
      this.held.set(answer.name, answer.value);
      this.mark(answer);
    }
    if (told.sent) this.tell(this.dataset.saySent, true);
    else if (told.rows) this.tell(this.dataset.sayRows, true);
    this.follow();
  }

  mark(answer) {
    const part = this.part(answer.name);
    part.querySelector(".answer-changed")?.remove();
    const note = document.createElement("p");
    note.className = "answer-changed";
    note.setAttribute("role", "status");
    note.textContent = say(this.dataset.sayChanged, { who: answer.who, at: answer.at });
    part.append(note);
  }

  elsewhere({ name, value }) {
    const pieces = name.split(".");
    if (pieces.length === 1) this.facts.values[name] = value;
  }

  versions(name, html) {
    const place = this.form.querySelector(`[data-versions="${CSS.escape(name)}"]`);
    if (!place) return;
    const piece = document.createRange().createContextualFragment(html);
    const inner = piece.querySelector("[data-versions]");
    place.replaceChildren(...(inner ? inner.childNodes : []));
    if (inner) this.tell(this.dataset.sayBoth);
  }

  tell(text, refresh = false) {
    const box = this.querySelector("[data-role=news]");
    const line = document.createElement("p");
    line.textContent = text;
    if (refresh) {
      const link = document.createElement("a");
      link.href = location.pathname;
      link.textContent = this.dataset.sayRefresh;
      line.append(" ", link);
    }
    box.replaceChildren(line);
    box.hidden = false;
  }

  // What shows ------------------------------------------------------------------------

  state(text, tone) {
    const line = this.querySelector("[data-role=state]");
    line.textContent = text;
    line.dataset.tone = tone;
  }

  error(name, text) {
    const part = this.part(name);
    const place = part?.querySelector(".survey-error");
    if (!place) return;
    const list = document.createElement("ul");
    list.className = "errorlist";
    list.append(document.createElement("li"));
    list.firstChild.textContent = text;
    place.replaceChildren(...(text ? [list] : []));
    for (const box of this.boxes(name)) {
      if (text) box.setAttribute("aria-invalid", "true");
      else box.removeAttribute("aria-invalid");
      if (text && !box.getAttribute("aria-describedby")) box.setAttribute("aria-describedby", place.id);
    }
  }

  /* The value of a question as conditions read it. */
  value(name, kind) {
    const raw = this.read(name);
    if (!["integer", "decimal", "euros", "scale"].includes(kind)) return raw;
    const text = raw.replace(/[\s\u00a0\u202f€]/g, "").replace(",", ".");
    return text !== "" && Number.isFinite(Number(text)) ? Number(text) : raw;
  }

  /* Show what is asked, hide what is not, work out what is calculated. */
  follow() {
    const { program, today } = this.facts;
    const values = { ...this.facts.values };
    const rows = new Map(Object.entries(this.facts.rows).map(([group, held]) => [group, new Map(held.map(([key, one]) => [key, { ...one }]))]));
    for (const part of program) {
      if (["section", "repeat", "note", "calculate"].includes(part.kind)) continue;
      for (const key of part.group ? (rows.get(part.group)?.keys() ?? []) : [""]) {
        const name = key ? `${part.group}.${key}.${part.code}` : part.code;
        if (!this.boxes(name).length) continue;
        const into = key ? rows.get(part.group).get(key) : values;
        into[part.code] = this.value(name, part.kind);
      }
    }
    const sheet = runSheet(program, { values, rows: Object.fromEntries([...rows].map(([group, held]) => [group, [...held]])) }, today);
    for (const part of this.form.querySelectorAll("[data-question]")) {
      const pieces = part.dataset.question.split(".");
      const [code, key] = pieces.length === 3 ? [pieces[2], pieces[1]] : [pieces[0], ""];
      part.hidden = !sheet.asks(code, key);
      const output = part.querySelector("[data-calculated]");
      if (output) {
        const found = (key ? sheet.rows[pieces[0]]?.[key] : sheet.values)?.[code];
        output.textContent = typeof found === "number" ? found.toLocaleString(document.documentElement.lang) : (found ?? "—");
      }
    }
    for (const part of this.form.querySelectorAll("[data-part]")) part.hidden = !sheet.asks(part.dataset.part);
  }
}

customElements.define("maillage-answers", MaillageAnswers);
