/* The box where the code of a stop is typed. Without a network the code is kept on this
   phone and sent later; the site stamps a stop once, however often a code is sent.

   <maillage-stamps data-url="/passeport/…/tampon/" data-waits="…said when it is kept…">
     <form>… [name=code] … [data-role=said]</form>
     [data-role=waiting] hidden   with [data-role=codes] and [data-do=send]
   </maillage-stamps>

   With data-off the pass keeps no stamps: what waited is forgotten. Each code has its own
   entry, so that two pages of one phone do not write over each other. */

const PATIENCE_MS = 8000;

class MaillageStamps extends HTMLElement {
  connectedCallback() {
    this.stem = `maillage-tampon ${this.dataset.url} `;
    if (this.dataset.off !== undefined) {
      for (const code of this.codes()) this.drop(code);
      return;
    }
    this.addEventListener("submit", this);
    this.addEventListener("click", this);
    addEventListener("online", this);
    this.show();
    this.send();
  }

  disconnectedCallback() {
    removeEventListener("online", this);
  }

  handleEvent(event) {
    if (event.type === "submit") {
      event.preventDefault();
      this.take();
    } else if (event.type === "online" || event.target.closest("[data-do=send]")) {
      this.again();
    }
  }

  async again() {
    if (this.codes().length && !(await this.send())) this.say(this.dataset.waits);
  }

  codes() {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(this.stem))
      .map((name) => name.slice(this.stem.length))
      .sort();
  }

  drop(code) {
    localStorage.removeItem(this.stem + code);
  }

  show() {
    const codes = this.codes();
    this.querySelector("[data-role=waiting]").hidden = codes.length === 0;
    this.querySelector("[data-role=codes]").textContent = codes.join(", ");
  }

  say(text) {
    this.querySelector("[data-role=said]").textContent = text;
  }

  /* Kept first, sent then: a phone that dies between the two loses nothing. */
  async take() {
    const box = this.querySelector("[name=code]");
    const code = box.value.trim().toUpperCase();
    if (!code) return;
    try {
      localStorage.setItem(this.stem + code, "");
    } catch {
      this.querySelector("form").submit(); // a browser that keeps nothing
      return;
    }
    await this.sending; // of codes that waited
    const answer = await this.send();
    if (!answer) this.say(this.dataset.waits);
    if (answer?.state !== "refused") box.value = "";
    else box.focus();
  }

  /* All that waits; the last answer, nothing when the site could not be reached. */
  async send() {
    if (this.sending) return this.sending;
    this.sending = this.sendAll().finally(() => { this.sending = null; });
    return this.sending;
  }

  async sendAll() {
    let last = null;
    let fresh = false;
    for (const code of this.codes()) {
      last = await this.ask(code);
      if (!last) break;
      this.drop(code);
      fresh ||= last.state === "stamped";
      this.say(last.message);
    }
    this.show();
    if (fresh) location.reload(); // the page shows how far one is
    return last;
  }

  async ask(code) {
    const body = new FormData(this.querySelector("form"));
    body.set("code", code);
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const headers = { accept: "application/json" };
      const response = await fetch(this.dataset.url, { method: "POST", body, headers, signal });
      if (!response.ok) return null;
      return await response.json();
    } catch {
      return null;
    }
  }
}

customElements.define("maillage-stamps", MaillageStamps);
