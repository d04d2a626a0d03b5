/** The map of markets: who wins most deals by variety and ambiguity, out of stored results; a click goes there. */

import { valueOf, withValue } from "./state.js";
import { draw, FAINT, INK, letters, make, write } from "./svg.js";
import { labelOf } from "./words.js";

const HEARSAY = "organisation.hearsay";
const LOAD = "market.opportunities_per_rep_week";
const VARIETY = "market.variety";
const AMBIGUITY = "market.ambiguity";

const nearest = (values, wanted) => values.reduce((best, value, i) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? i : best), 0);

export class MarketMap {
  /** @param {object} declared @param {(state: object) => void} go called with the state of the place that was clicked */
  constructor(declared, go) {
    Object.assign(this, { declared, go, state: null });
    this.parameters = new Map(declared.parameters.map((parameter) => [parameter.key, parameter]));
    this.levels = Object.fromEntries(declared.map.axes.map(({ key, values }) => [key, values]));
    this.host = make("div", { class: "figure map" });
    this.host.style.minHeight = "18.5rem";
    this.slice = make("p", { class: "note" });
    this.element = make("section", { class: "card card-map", "aria-label": "Map of markets" },
      make("h2", {}, "It depends: who wins where"),
      make("p", { class: "note" }, "Who wins most deals, by market; two colours: they cannot be told apart. Click on a square to go there; the sliders do the same."),
      this.host, this.key(), this.slice);
    this.host.addEventListener("click", (event) => this.click(event));
    new ResizeObserver(() => this.draw()).observe(this.host);
  }

  key() {
    const { regimes } = this.declared.map;
    return make("ul", { class: "key" }, ...regimes.map((regime) => {
      const swatch = make("span", { class: "swatch" });
      swatch.style.background = this.colour(regime);
      return make("li", {}, swatch, this.name(regime));
    }));
  }

  name(regime) {
    return labelOf(this.declared, regime, this.declared.map.labels);
  }

  colour(regime) {
    return this.declared.looks[regime].colour;
  }

  at(key) {
    return valueOf(this.state, this.parameters.get(key), this.declared.regimes);
  }

  /** @param {object} state of the lab */
  show(state) {
    this.state = state;
    const { date, seeds, experiment } = this.declared.map;
    const [h, l] = [HEARSAY, LOAD].map((key) => nearest(this.levels[key], this.at(key)));
    this.page = this.declared.map.pages[h * this.levels[LOAD].length + l];
    this.slice.textContent = `This page of the map: hearsay ${this.levels[HEARSAY][h]}, ${this.levels[LOAD][l]} customers a week for each rep, all else as in the reference firm. ` +
      `Stored results of ${experiment}, ${date}, ${seeds} worlds a square.`;
    this.draw();
  }

  draw() {
    if (!this.page || !this.host.clientWidth) return;
    const size = 0.8125 * letters();
    const [rows, columns] = [this.levels[VARIETY], this.levels[AMBIGUITY]];
    const width = Math.max(200, this.host.clientWidth);
    const height = 18.5 * letters();
    const box = { left: 4.4 * size, top: 0.4 * size, width: width - 5.2 * size, height: height - 4 * size };
    this.cell = { ...box, across: box.width / columns.length, up: box.height / rows.length };
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": this.label(), "font-family": "system-ui, sans-serif", "font-size": size });
    this.page.forEach((row, v) => row.forEach((winners, a) => svg.append(...this.square(winners, v, a))));
    for (const at of [0, (columns.length - 1) / 2, columns.length - 1]) {
      svg.append(write(String(columns[at]), this.x(at), box.top + box.height + 1.2 * size, { "text-anchor": "middle", fill: FAINT }));
      svg.append(write(String(rows[at]), box.left - 0.5 * size, this.y(at) + 0.35 * size, { "text-anchor": "end", fill: FAINT }));
    }
    svg.append(write("what they say is clear → ambiguous", box.left + box.width / 2, height - 0.5 * size, { "text-anchor": "middle", fill: FAINT }));
    svg.append(draw("text", { transform: `translate(${0.9 * size} ${box.top + box.height / 2}) rotate(-90)`, "text-anchor": "middle", fill: FAINT }, "customers alike → different"));
    svg.append(...this.here(size));
    this.host.replaceChildren(svg);
  }

  x(column) {
    return this.cell.left + this.cell.across * (column + 0.5);
  }

  y(row) {
    return this.cell.top + this.cell.height - this.cell.up * (row + 0.5);
  }

  /** One colour, or two triangles where the first two cannot be told apart. */
  square(winners, v, a) {
    const [first, second = first] = winners.split("|");
    const { across, up } = this.cell;
    const [left, top] = [this.x(a) - across / 2, this.y(v) - up / 2];
    const upper = `${left},${top} ${left + across},${top} ${left},${top + up}`;
    const lower = `${left + across},${top} ${left + across},${top + up} ${left},${top + up}`;
    const filled = second === first
      ? [draw("rect", { x: left, y: top, width: across, height: up, fill: this.colour(first) })]
      : [[upper, first], [lower, second]].map(([points, regime]) => draw("polygon", { points, fill: this.colour(regime), opacity: 0.5 }));
    return [
      ...filled,
      draw("rect", { x: left, y: top, width: across, height: up, fill: "transparent", stroke: "#ffffff", "data-place": `${v} ${a}`, "data-winners": winners, class: "place" },
        draw("title", {}, this.told(winners, v, a))),
    ];
  }

  told(winners, v, a) {
    const names = winners.split("|").map((regime) => this.name(regime)).join(" and ");
    return `Variety ${this.levels[VARIETY][v]}, ambiguity ${this.levels[AMBIGUITY][a]}: ${names}${winners.includes("|") ? " cannot be told apart" : ""}`;
  }

  /** A ring where the lab stands, at its own variety and ambiguity, between squares as well. */
  here(size) {
    const place = (key) => ((this.at(key) - this.levels[key][0]) / (this.levels[key].at(-1) - this.levels[key][0])) * (this.levels[key].length - 1);
    const [x, y] = [this.x(place(AMBIGUITY)), this.y(place(VARIETY))];
    const beyond = x > this.cell.left + 0.7 * this.cell.width;
    const name = { "text-anchor": beyond ? "end" : "start", "font-weight": 700, stroke: "#ffffff", "stroke-width": 4, "paint-order": "stroke" };
    return [
      draw("circle", { cx: x, cy: y, r: 0.65 * size, fill: "none", stroke: "#ffffff", "stroke-width": 5 }),
      draw("circle", { cx: x, cy: y, r: 0.65 * size, fill: "none", stroke: INK, "stroke-width": 2.2, class: "here" }),
      write("you are here", x + (beyond ? -1 : 1) * size, y + 0.35 * size, name),
    ];
  }

  label() {
    const counts = {};
    for (const winners of this.page.flat()) counts[winners] = (counts[winners] ?? 0) + 1;
    const clear = Object.entries(counts).filter(([winners]) => !winners.includes("|")).map(([regime, count]) => `${this.name(regime)} in ${count}`);
    return `Map of ${this.page.flat().length} markets. Clear winners: ${clear.join(", ")}. You are at variety ${this.at(VARIETY)}, ambiguity ${this.at(AMBIGUITY)}.`;
  }

  click(event) {
    const place = event.target.closest("[data-place]")?.dataset.place.split(" ").map(Number);
    if (!place) return;
    const set = (state, key, value) => withValue(state, this.parameters.get(key), this.snapped(key, value), this.declared.regimes);
    this.go(set(set(this.state, VARIETY, this.levels[VARIETY][place[0]]), AMBIGUITY, this.levels[AMBIGUITY][place[1]]));
  }

  /** The nearest value that the slider has. */
  snapped(key, value) {
    const { low = 0, step = 0 } = this.parameters.get(key);
    return step ? Number((low + step * Math.round((value - low) / step)).toFixed(6)) : value;
  }
}
