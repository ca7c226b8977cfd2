/* <maillage-dialog> <a href="/…" data-open>Supprimer…</a> <dialog>…</dialog> </maillage-dialog>
   The link leads to the page that asks the same question, for browsers without
   JavaScript; with it, the question opens here. [data-close] closes. */
class MaillageDialog extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this);
  }

  handleEvent(event) {
    const dialog = this.querySelector("dialog");
    if (event.target.closest("[data-open]")) {
      event.preventDefault();
      dialog.showModal();
    } else if (event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  }
}

customElements.define("maillage-dialog", MaillageDialog);
