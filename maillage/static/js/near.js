/* <maillage-near hidden action="/pres-de-chez-moi/" data-wait="…" data-denied="…">
     <button type="button">…</button> <p role="status"></p> </maillage-near>
   Shown where the browser can tell a position. The position is rounded to about a
   hundred metres and only goes into the address that is opened. */
class MaillageNear extends HTMLElement {
  connectedCallback() {
    if (!navigator.geolocation) return;
    this.hidden = false;
    this.querySelector("button").addEventListener("click", this);
  }

  handleEvent() {
    this.say(this.dataset.wait);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const url = new URL(this.getAttribute("action"), location.href);
        url.searchParams.set("lon", coords.longitude.toFixed(3));
        url.searchParams.set("lat", coords.latitude.toFixed(3));
        location.assign(url);
      },
      () => this.say(this.dataset.denied),
      { timeout: 10_000, maximumAge: 600_000 },
    );
  }

  say(text) {
    this.querySelector("[role=status]").textContent = text ?? "";
  }
}

customElements.define("maillage-near", MaillageNear);
