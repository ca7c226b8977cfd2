/* <maillage-application> … questions … </maillage-application>
   Hides a question until the answer that it waits for is given. Without JavaScript
   every question stands there with its condition in words. */
class MaillageApplication extends HTMLElement {
  connectedCallback() {
    this.update();
    this.addEventListener("change", this);
  }

  handleEvent() {
    this.update();
  }

  given(question) {
    const boxes = this.querySelectorAll(`[name="${CSS.escape(question)}"]`);
    return [...boxes].filter((box) => box.checked).map((box) => box.value);
  }

  update() {
    for (const item of this.querySelectorAll("[data-when]")) {
      const wanted = item.dataset.values.split("|");
      const other = this.querySelector(`[data-question="${CSS.escape(item.dataset.when)}"]`);
      // a condition on another page: the server knows, the words say it
      if (!other) continue;
      item.hidden = other.hidden || !this.given(item.dataset.when).some((one) => wanted.includes(one));
    }
  }
}

customElements.define("maillage-application", MaillageApplication);
