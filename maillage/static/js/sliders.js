/* <maillage-slider> a label, a range, an <output> </maillage-slider>
   Writes the number of the range beside it while it moves. */
class MaillageSlider extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", this);
    this.handleEvent();
  }

  handleEvent() {
    const range = this.querySelector("input");
    const shown = this.querySelector("output");
    if (range && shown) shown.value = range.value;
  }
}

customElements.define("maillage-slider", MaillageSlider);
