/* The page of a pass on a phone: kept for when there is no network, put among the
   applications, shown large. Without JavaScript the code is on the page all the same.

   <maillage-pass data-worker="/passeport/sw.js">
     [data-role=kept] hidden      said once the page is kept on this phone
     [data-do=install] hidden     shown when the browser offers to install
     [data-do=large] hidden       opens the dialog with the code alone
   </maillage-pass> */

class MaillagePass extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this);
    addEventListener("beforeinstallprompt", this);
    addEventListener("appinstalled", this);
    const large = this.querySelector("[data-do=large]");
    if (large) large.hidden = false;
    if ("serviceWorker" in navigator) this.keep().catch(() => null); // the page works without
  }

  disconnectedCallback() {
    removeEventListener("beforeinstallprompt", this);
    removeEventListener("appinstalled", this);
  }

  handleEvent(event) {
    const install = this.querySelector("[data-do=install]");
    if (event.type === "beforeinstallprompt") {
      event.preventDefault();
      this.prompt = event;
      if (install) install.hidden = false;
    } else if (event.type === "appinstalled") {
      if (install) install.hidden = true;
    } else if (event.target.closest("[data-do=install]")) {
      this.prompt?.prompt();
    } else if (event.target.closest("[data-do=large]")) {
      this.enlarge();
    }
  }

  async keep() {
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (data === "kept") this.querySelector("[data-role=kept]").hidden = false;
    });
    await navigator.serviceWorker.register(this.dataset.worker, { scope: this.dataset.scope });
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage("keep");
  }

  /* The code alone, on white; the screen stays on while a door reads it. */
  async enlarge() {
    const dialog = this.querySelector("dialog");
    dialog.showModal();
    try {
      const lock = await navigator.wakeLock?.request("screen");
      if (lock) dialog.addEventListener("close", () => lock.release(), { once: true });
    } catch {
      // a phone low on battery says no
    }
  }
}

customElements.define("maillage-pass", MaillagePass);
