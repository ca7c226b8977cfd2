/* <maillage-theme hidden> buttons with data-theme-choice: "" (system), "light", "dark" */
class MaillageTheme extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.addEventListener("click", this);
    this.show();
  }

  handleEvent(event) {
    const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
    if (choice === undefined) return;
    if (choice) document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
    try {
      if (choice) localStorage.setItem("theme", choice);
      else localStorage.removeItem("theme");
    } catch {
      // storage is closed: the choice lasts as long as the page
    }
    this.show();
    document.dispatchEvent(new CustomEvent("maillage:theme"));
  }

  show() {
    const now = document.documentElement.dataset.theme ?? "";
    for (const button of this.querySelectorAll("[data-theme-choice]"))
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === now));
  }
}

customElements.define("maillage-theme", MaillageTheme);
