/* <maillage-indicator-map data-src data-bounds data-contours data-names data-worker
                           data-decimals data-unit data-secret data-none>
   Communes in the shade of an indicator; secret ones are hatched. The legend and the
   table beside it say the same; the server cuts the classes. */
import { AccessMap } from "./access_map.js";

class IndicatorMap extends AccessMap {
  tell({ insee, name }) {
    if (!this.told || this.over === insee) return;
    this.over = insee;
    const value = this.told.values[insee];
    this.querySelector("[data-told]").textContent = `${name} : ${this.said(insee, value)}`;
  }

  said(insee, value) {
    if (value === undefined) return this.told.hidden.includes(insee) ? this.dataset.secret : this.dataset.none;
    const digits = Number(this.dataset.decimals);
    const number = new Intl.NumberFormat(document.documentElement.lang, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return `${number.format(value)} ${this.dataset.unit}`;
  }
}

customElements.define("maillage-indicator-map", IndicatorMap);
