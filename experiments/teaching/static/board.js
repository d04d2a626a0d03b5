/** What an ensemble says: a headline, the figures, and what stands behind them. */

import { Card } from "./cards.js";
import { FIGURES } from "./figures.js";
import { filledIn } from "./state.js";
import { drawing, lookOf, make } from "./svg.js";
import { fineprint, headline, labelOf } from "./words.js";

/** Headlines are read out to those who listen, but not at every step of a drag. */
const QUIET_MS = 700;

export class Board {
  /**
   * @param {object} declared @param {object[]} [figures] all those of the lab if left out
   * @param {{labels?: Record<string, string>, rows?: number, extra?: HTMLElement[]}} [more] a lesson's labels, how many regimes
   *   there will be, cards of another kind that stand first
   */
  constructor(declared, figures = FIGURES, { labels = {}, rows = Object.keys(declared.regimes).length, extra = [] } = {}) {
    Object.assign(this, { declared, labels });
    this.cards = figures.map((figure) => new Card(figure, rows));
    this.headline = make("p", { class: "headline" }, "Asking the first worlds …");
    this.spoken = make("p", { class: "unseen", role: "status" });
    this.fault = make("p", { class: "fault", role: "alert", hidden: true });
    this.print = make("p", { class: "fineprint" });
    const grid = make("div", { class: "cards" }, ...extra, ...this.cards.map(({ element }) => element));
    this.element = make("div", { class: "board" }, this.headline, this.spoken, this.fault, this.print, grid);
    new ResizeObserver(() => this.redraw()).observe(grid);
  }

  /** @param {object} result an ensemble @param {object} state what was asked */
  show(result, state) {
    this.looks = result.looks;
    drawing(this.looks);
    const names = Object.fromEntries(Object.keys(this.looks).map((name) => [name, labelOf(this.declared, name, this.labels)]));
    const { text, winner, pair } = headline(result, this.declared, this.labels);
    this.pair = pair;
    this.headline.textContent = text;
    this.headline.style.borderColor = winner ? lookOf(winner).colour : "";
    this.print.textContent = fineprint(result, state, this.declared);
    this.fault.hidden = true;
    this.element.dataset.worlds = result.worlds;
    const whole = filledIn(state, this.declared);
    this.cards.forEach((card) => card.show(result, names, whole));
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => (this.spoken.textContent = text), QUIET_MS);
  }

  /** Draw another ensemble beside what is shown, or none (null). @param {object} [state] what was asked for it */
  pin(result, state) {
    const pinned = result && { ...result, scenario: filledIn(state, this.declared) };
    this.cards.forEach((card) => card.pin(pinned));
  }

  /** Scales begin anew: another firm is looked at. */
  reset() {
    this.cards.forEach((card) => card.reset());
  }

  /** The same again, for another width or size of letters. */
  redraw() {
    drawing(this.looks ?? {});
    this.cards.forEach((card) => card.redraw());
  }

  wait(waiting) {
    this.element.setAttribute("aria-busy", String(waiting));
  }

  fail(message) {
    this.fault.textContent = message;
    this.fault.hidden = false;
  }
}
