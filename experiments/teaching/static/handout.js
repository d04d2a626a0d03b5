/** A lesson on paper: situation and bet on the first page, what to try and to talk about on the second; no outcomes. */

import { emphasised, prose } from "./lesson.js";
import { make } from "./svg.js";

const ruled = (lines) => Array.from({ length: lines }, () => make("div", { class: "ruled" }));

/** @param {object} lesson as the server tells it */
export function handout({ id, title, minutes, situation_html: situation, bet, try: trials, debrief_html: debrief }) {
  const print = make("button", { type: "button", id: "print", class: "primary" }, "Print");
  print.addEventListener("click", () => globalThis.print());
  const options = bet.options.map(({ label }) => make("li", {}, make("span", { class: "box" }), label));
  return make("article", { class: "lesson handout" },
    make("p", { class: "off-paper" }, make("a", { href: `#lessons/${id}` }, "Back to the lesson"), " ", print),
    make("h1", { tabindex: "-1" }, title),
    make("p", { class: "note" }, `${minutes} minutes. Name or number: ______________`),
    prose(situation),
    make("h2", {}, bet.question), make("ul", { class: "boxes" }, ...options),
    make("p", {}, "I bet so because:"), ...ruled(3),
    make("p", {}, "How sure am I, from 1 (a guess) to 5 (I would stake a day's pay)? ______"),
    make("section", { class: "after" },
      make("h2", {}, "Afterwards: it was"), ...ruled(2),
      make("h2", {}, "Things to try"), ...trials.flatMap(({ text }) => [make("p", {}, ...emphasised(text)), ...ruled(2)]),
      make("h2", {}, "To talk about"), prose(debrief), ...ruled(3)));
}
