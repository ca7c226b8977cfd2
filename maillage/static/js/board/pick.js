/* <maillage-pick data-chosen data-none> boxes to tick, in groups </maillage-pick>
   A search that hides the boxes whose words do not hold all of it, group included.
   What is ticked stays in sight. Without JavaScript the list is whole. */
import { fold } from "./model.js";

class MaillagePick extends HTMLElement {
  connectedCallback() {
    this.search = this.querySelector("[data-pick-search]");
    this.status = this.querySelector("[data-pick-status]");
    this.groups = [...this.querySelectorAll(".pick-group")].map((group) => ({
      group,
      boxes: [...group.querySelectorAll(".choice")].map((choice) => ({
        choice,
        input: choice.querySelector("input"),
        words: fold(`${group.querySelector(".choice-group")?.textContent ?? ""} ${choice.textContent}`),
      })),
    }));
    this.querySelector("[data-pick-tools]").hidden = false;
    this.search.addEventListener("input", () => this.show());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault(); // the form is not meant
    });
    this.addEventListener("change", () => this.say());
    this.say();
  }

  show() {
    const wanted = fold(this.search.value).split(" ").filter(Boolean);
    for (const { group, boxes } of this.groups) {
      for (const { choice, input, words } of boxes)
        choice.hidden = !input.checked && !wanted.every((word) => words.includes(word));
      group.hidden = boxes.every(({ choice }) => choice.hidden);
    }
    this.say();
  }

  say() {
    const chosen = this.querySelectorAll("input:checked").length;
    const none = this.groups.every(({ group }) => group.hidden);
    const { search } = this;
    this.status.textContent = none
      ? this.dataset.none.replace("{q}", search.value)
      : chosen
        ? this.dataset.chosen.replace("{n}", chosen)
        : "";
  }
}

customElements.define("maillage-pick", MaillagePick);
