/** The teacher's page: codes in, bets counted, and then the outcome. */

import { readCodes, tally } from "./bets.js";
import * as data from "./data.js";
import { remember, remembered } from "./memory.js";
import { make, number } from "./svg.js";

export class Classroom {
  constructor() {
    this.codes = make("textarea", { id: "codes", rows: 6, spellcheck: "false", autocapitalize: "characters", "aria-describedby": "codes-help" });
    this.codes.value = remembered("codes", "");
    this.result = make("div", { role: "status", class: "tally" });
    this.codes.addEventListener("input", () => this.count());
    this.element = make("div", { class: "classroom" },
      make("h1", { tabindex: "-1" }, "What the class bets"),
      make("p", { id: "codes-help" }, "Give each pupil a number. When a bet is locked, the page shows the pupil a code of five signs; paste the codes here, in any order. Of two codes with the same number the last one counts. When all are in, show the tally, and then the outcome. Nothing leaves this page; it is kept in this browser."),
      make("label", { for: "codes" }, "Codes"), this.codes, this.anew(), this.result);
  }

  /** For the next class at the same machine. */
  anew() {
    const button = make("button", { type: "button", id: "forget" }, "A new class: forget the codes and bets in this browser");
    button.addEventListener("click", () => {
      remember("bets", {});
      remember("pupil", "");
      remember("codes", "");
      location.reload(); // lessons that are open have their bets in them
    });
    return make("p", {}, button);
  }

  async enter() {
    try {
      this.lessons ??= await Promise.all((await data.lessons()).map(({ id }) => data.lesson(id)));
      this.count();
    } catch (error) {
      this.result.textContent = error.message;
    }
  }

  count() {
    remember("codes", this.codes.value);
    if (!this.lessons) return;
    const { bets, unread } = readCodes(this.codes.value);
    const shown = this.lessons.map((lesson) => this.counted(lesson, tally(bets, lesson.number, lesson.bet.options.length))).filter(Boolean);
    const fault = unread.length ? [make("p", { class: "fault" }, `Not a code, please check: ${unread.join(", ")}`)] : [];
    this.result.replaceChildren(...fault, ...shown);
  }

  counted({ id, title, bet }, counts) {
    const sum = counts.reduce((a, b) => a + b, 0);
    if (!sum) return null;
    const rows = bet.options.map(({ label }, i) => make("tr", {}, make("th", { scope: "row" }, label), make("td", {}, number(counts[i], 0)),
      make("td", {}, make("meter", { min: 0, max: sum, value: counts[i], "aria-label": `${label}: ${counts[i]} of ${sum}` }))));
    return make("section", {}, make("h2", {}, title), make("p", {}, bet.question),
      make("table", {}, make("caption", {}, `${sum} ${sum === 1 ? "bet" : "bets"}`), make("tbody", {}, ...rows)),
      make("p", {}, make("a", { href: `#lessons/${id}/outcome` }, "Show the class what has come out")));
  }
}
