/* <maillage-siting> is <maillage-access-map> with places that can be dragged: while one
   is moved the server says what it would change (data-try), and once it is dropped the
   form data-form is sent with the point. A click on the map drops a new place there.
   Keyboard and no script: the form itself. */
import { AccessMap } from "./access_map.js";

class Siting extends AccessMap {
  connectedCallback() {
    this.markers = [];
    this.addEventListener("maillage:ready", () => this.place(), { once: true });
    return super.connectedCallback();
  }

  place() {
    if (!this.dataset.try) return;
    this.showSites(false);
    for (const [lon, lat, name, travels, key, depot] of this.told?.sites ?? [])
      if (!travels) this.marker({ lon, lat, name, key, depot });
    this.map.on("click", ({ lngLat }) => this.send({ act: "add", site: "" }, lngLat));
  }

  /* Markers stand for the places that can be moved; circles for what only passes. */
  showSites(all) {
    this.map.setFilter("access-sites", all ? null : ["==", ["get", "travels"], 1]);
  }

  marker({ lon, lat, name, key, depot }) {
    const element = document.createElement("span");
    element.className = "siting-site";
    element.classList.toggle("is-new", key.startsWith("new-"));
    element.classList.toggle("is-depot", Boolean(depot));
    element.dataset.site = key;
    element.title = name;
    const marker = new this.library.Marker({ element, draggable: true });
    marker.setLngLat([lon, lat]).addTo(this.map);
    element.removeAttribute("tabindex"); // the form does it by keyboard
    marker.on("drag", () => this.ask({ act: "move", site: key }, marker.getLngLat()));
    marker.on("dragend", () => this.send({ act: "move", site: key }, marker.getLngLat()));
    this.markers.push(marker);
  }

  /* One question at a time: the next is asked when the last is answered. */
  ask(change, { lng, lat }) {
    this.next = { ...change, lon: lng, lat };
    this.busy ??= this.answers().finally(() => (this.busy = null));
  }

  async answers() {
    while (this.next && !this.sent) {
      const change = this.next;
      this.next = null;
      const told = await this.tried(change);
      if (told) this.show(told);
    }
  }

  async tried(change) {
    const headers = { "X-CSRFToken": this.field("csrfmiddlewaretoken").value };
    const body = JSON.stringify({ changes: [change] });
    const found = await fetch(this.dataset.try, { method: "POST", headers, body }).catch(() => null);
    return found?.ok ? found.json() : null;
  }

  show(told) {
    this.paint(told);
    const piece = document.createRange().createContextualFragment(told.html);
    document.getElementById("chiffres")?.replaceWith(piece);
  }

  get form() {
    return document.getElementById(this.dataset.form);
  }

  field(name) {
    return this.form.elements[name];
  }

  send({ act, site }, { lng, lat }) {
    if (this.sent) return;
    this.sent = true;
    for (const radio of this.form.querySelectorAll('[name="act"]')) radio.checked = radio.value === act;
    if (site && ![...this.field("site").options].some(({ value }) => value === site))
      this.field("site").append(new Option(site, site));
    this.field("site").value = site;
    this.field("lon").value = lng.toFixed(6);
    this.field("lat").value = lat.toFixed(6);
    this.form.requestSubmit();
  }
}

customElements.define("maillage-siting", Siting);
