// <survey-trying data-today> a form of questions and the program of their conditions:
// what is typed opens and closes questions at once. Without script, the form asks the site.

import { runSheet } from "./running.js";

class SurveyTrying extends HTMLElement {
  connectedCallback() {
    this.program = JSON.parse(this.querySelector("#program").textContent);
    if (!this.program.length) return;
    this.kinds = Object.fromEntries(this.program.map((part) => [part.code, part]));
    this.addEventListener("input", this);
    this.addEventListener("change", this);
    for (const button of this.querySelectorAll("[data-without-script]")) button.hidden = true;
    this.handleEvent();
  }

  handleEvent() {
    const sheet = runSheet(this.program, this.answers(), this.dataset.today);
    for (const part of this.querySelectorAll("[data-question]")) {
      const [code, key] = this.place(part.dataset.question);
      part.hidden = !sheet.asks(code, key);
    }
    for (const part of this.querySelectorAll("section[data-group]")) part.hidden = !sheet.asks(part.dataset.group);
    for (const page of this.querySelectorAll("li[data-group]"))
      page.classList.toggle("is-closed", !sheet.asks(page.dataset.group));
    for (const output of this.querySelectorAll("[data-calculated]")) {
      const [code, key] = this.place(output.dataset.calculated);
      const held = key ? sheet.rows[this.kinds[code].group]?.[key] : sheet.values;
      output.value = held?.[code] ?? "—";
    }
  }

  // The code of a question and the key of its row: « lieu.1.lieu_nom ».
  place(name) {
    const parts = name.split(".");
    return parts.length === 3 ? [parts[2], parts[1]] : [name, ""];
  }

  answers() {
    const values = {};
    const rows = {};
    for (const part of this.program) if (part.kind === "repeat") rows[part.code] = [["1", {}]];
    for (const [name, text] of new FormData(this.querySelector("form"))) {
      const [code, key] = this.place(name);
      const part = this.kinds[code];
      if (!part || !text) continue;
      const held = key ? rows[part.group][0][1] : values;
      held[code] = this.read(part.kind, text, held[code]);
    }
    return { values, rows };
  }

  read(kind, text, before) {
    if (kind === "many") return [...(before ?? []), text];
    if (!["integer", "decimal", "euros", "scale"].includes(kind)) return text;
    const number = Number(text.replaceAll(/[\s€]/g, "").replace(",", "."));
    return Number.isFinite(number) ? number : null;
  }
}

customElements.define("survey-trying", SurveyTrying);
