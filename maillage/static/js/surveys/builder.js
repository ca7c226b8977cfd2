// The builder: boxes that fit the kind of question, and parts that are moved by hand.
// Without script all boxes of the saved kind are there, and « Monter », « Déplacer » move.

// <survey-tree>: an <ol> of parts and a hidden form that says where one goes.
class SurveyTree extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    for (const link of this.querySelectorAll(".branch-link")) link.draggable = true;
    this.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    for (const name of ["dragstart", "dragover", "dragleave", "drop", "dragend"]) this.addEventListener(name, this);
  }

  handleEvent(event) {
    this[event.type](event);
  }

  branch(event) {
    return event.target.closest?.(".branch");
  }

  dragstart(event) {
    this.carried = this.branch(event);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", this.carried.dataset.code);
    this.carried.classList.add("is-carried");
  }

  // Above the middle of a part: before it; below: into it when it holds parts.
  place(event) {
    const over = this.branch(event);
    if (!over || !this.carried || this.carried.contains(over)) return null;
    const box = over.querySelector(".branch-link").getBoundingClientRect();
    const upper = event.clientY < box.top + box.height / 2;
    const holder = over.parentElement.closest(".branch")?.dataset.code ?? "";
    const goes = (into, sort) =>
      this.carried.dataset.sort === "question"
        ? into !== ""
        : into === ""
          ? this.carried.dataset.sort === "section"
          : sort !== "repeat";
    const outer = over.parentElement.closest(".branch")?.dataset.sort ?? "";
    if (upper && goes(holder, outer)) return { over, into: holder, before: over.dataset.code, how: "before" };
    if (over.dataset.sort !== "question" && goes(over.dataset.code, over.dataset.sort))
      return { over, into: over.dataset.code, before: "", how: "into" };
    if (!goes(holder, outer)) return null;
    return { over, into: holder, before: over.nextElementSibling?.dataset.code ?? "", how: "after" };
  }

  mark(place) {
    for (const one of this.querySelectorAll("[data-drop]")) delete one.dataset.drop;
    if (place) place.over.dataset.drop = place.how;
  }

  dragover(event) {
    const place = this.place(event);
    this.mark(place);
    if (place) event.preventDefault();
  }

  dragleave(event) {
    if (!this.contains(event.relatedTarget)) this.mark(null);
  }

  drop(event) {
    const place = this.place(event);
    if (!place) return;
    event.preventDefault();
    this.form.elements.code.value = this.carried.dataset.code;
    this.form.elements.into.value = place.into;
    this.form.elements.before.value = place.before === this.carried.dataset.code ? "" : place.before;
    this.form.submit();
  }

  dragend() {
    this.mark(null);
    this.carried?.classList.remove("is-carried");
    this.carried = null;
  }
}

customElements.define("survey-tree", SurveyTree);

const fit = (form) => {
  const kind = form.elements.kind?.value;
  if (!kind) return;
  for (const part of form.querySelectorAll("[data-kinds]")) part.hidden = !part.dataset.kinds.split(" ").includes(kind);
};

const form = document.querySelector("#part-form");
if (form) {
  form.addEventListener("change", () => fit(form));
  fit(form);
}
