// Digits tick the themes of a text, Enter keeps them: boxes and button work without it.

class Coding extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.boxes = [...this.querySelectorAll("input[type=checkbox]")];
    this.querySelector("[data-keys]").hidden = false;
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onKey);
  }

  key(event) {
    const typing = event.target.closest("textarea, input:not([type=checkbox]), select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[1-9]$/.test(event.key) && this.boxes[event.key - 1]) {
      const box = this.boxes[event.key - 1];
      box.checked = !box.checked;
      box.focus();
      event.preventDefault();
    } else if (event.key === "Enter" && !event.target.closest("a, button, summary")) {
      event.preventDefault();
      this.form.requestSubmit();
    }
  }
}

customElements.define("maillage-coding", Coding);
