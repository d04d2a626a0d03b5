/** One lesson: a situation, a bet that is locked, a code, a wait, and what has come out. */

import { Asker } from "./asker.js";
import { MOST_PUPIL, toCode } from "./bets.js";
import { Board } from "./board.js";
import { Card } from "./cards.js";
import { FIGURES, figureOf } from "./figures.js";
import { remember, remembered } from "./memory.js";
import { escaped, filled, settled, UNDECIDED } from "./reveal.js";
import { filledIn, situated } from "./state.js";
import { make } from "./svg.js";
import { labelOf, whoIsWho } from "./words.js";

const BETS = "bets"; // by lesson: which option, and whether its outcome has been shown
const PUPIL = "pupil";

/** Prose that the server made from Markdown, with raw HTML taken out there. */
export function prose(html) {
  const room = make("div", { class: "prose" });
  room.innerHTML = html;
  return room;
}

/** A line of text, with *this* in italics. */
export const emphasised = (text) => text.split(/\*([^*]+)\*/).map((part, i) => (i % 2 ? make("em", {}, part) : part));
const unmarked = (text) => text.replace(/\*([^*]+)\*/g, "$1");

export class Lesson {
  /**
   * @param {object} lesson @param {object} declared @param {object} now the lab's state
   * @param {(state: object, lesson: object) => void} openInLab
   */
  constructor(lesson, declared, now, openInLab) {
    Object.assign(this, { lesson, declared, openInLab });
    this.situated = (state) => situated(state, now, declared.regimes);
    this.state = this.situated(lesson.state);
    this.measure = declared.measures.find(({ name }) => name === lesson.measure);
    this.units = Object.fromEntries(declared.measures.map(({ name, unit }) => [name, unit]));
    this.waiting = make("section", { class: "waiting", hidden: true, "aria-label": "Your bet" });
    this.reveal = make("section", { class: "reveal", hidden: true, "aria-label": "The reveal" });
    this.form = this.bet();
    this.element = make("article", { class: "lesson" },
      make("p", {}, make("a", { href: "#lessons" }, "All lessons"), " · ", make("a", { href: `#lessons/${lesson.id}/handout` }, "Handout to print")),
      make("h1", { tabindex: "-1" }, lesson.title),
      make("p", { class: "note" }, `${lesson.minutes} minutes · claim ${lesson.claim} · experiment ${lesson.experiment}`),
      prose(lesson.situation_html), this.form, this.waiting, this.reveal);
    this.resume();
  }

  get kept() {
    const bet = remembered(BETS, {})[this.lesson.id];
    return this.lesson.bet.options[bet?.option] ? bet : null;
  }

  keep(bet) {
    remember(BETS, { ...remembered(BETS, {}), [this.lesson.id]: bet });
  }

  /** Where this browser was with the lesson: a bet that was locked stays locked, an outcome that was shown stays in view. */
  resume() {
    const bet = this.kept;
    if (!bet) return;
    this.form.elements.bet.value = this.lesson.bet.options[bet.option].id;
    this.locked(bet.option);
    if (bet.shown) this.show(bet.option);
  }

  bet() {
    const options = this.lesson.bet.options.map(({ id, label }) => make("label", { class: "option" },
      make("input", { type: "radio", name: "bet", value: id, required: true }), make("span", {}, label)));
    const form = make("form", { class: "bet" },
      make("fieldset", {}, make("legend", {}, this.lesson.bet.question), ...options),
      make("button", { type: "submit", class: "primary" }, "Lock my bet"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = new FormData(form).get("bet");
      const option = this.lesson.bet.options.findIndex(({ id }) => id === chosen);
      if (option < 0 || this.kept) return;
      this.keep({ option, shown: false });
      this.locked(option).focus();
    });
    return form;
  }

  /** The code, and the wait. @returns the heading */
  locked(option) {
    for (const field of this.form.elements) field.disabled = true;
    const head = make("h2", { tabindex: "-1", class: "locked" }, `Your bet is locked: “${this.lesson.bet.options[option].label}”`);
    this.go = make("button", { type: "button", id: "show-outcome", class: "primary" }, "Show what has come out");
    this.go.addEventListener("click", () => {
      this.keep({ option, shown: true });
      this.show(option);
      this.echo.focus({ preventScroll: true });
      this.reveal.scrollIntoView({ block: "start", behavior: "instant" });
    });
    this.waiting.replaceChildren(head, this.code(option),
      make("p", {}, "In a class, wait until all bets have been counted and your teacher says so. Alone, go on."), this.go);
    this.waiting.hidden = false;
    return head;
  }

  /** The pupil's number makes a code of the bet, to be sent to the teacher. */
  code(option) {
    const id = "pupil-number";
    const input = make("input", { id, type: "number", min: 0, max: MOST_PUPIL, step: 1, inputmode: "numeric", value: remembered(PUPIL, "") });
    const output = make("output", { for: id, class: "code" });
    const write = () => {
      const pupil = Number(input.value);
      const sound = input.value !== "" && Number.isInteger(pupil) && pupil >= 0 && pupil <= MOST_PUPIL;
      output.textContent = sound ? toCode({ lesson: this.lesson.number, option, pupil }) : "";
      if (sound) remember(PUPIL, input.value);
    };
    input.addEventListener("input", write);
    write();
    return make("p", { class: "class-code" }, make("label", { for: id }, `In a class? Your number (0 to ${MOST_PUPIL}):`), input, " your code: ", output);
  }

  /** What has come out. @param {number | null} option the bet; null for a teacher who shows it without one */
  show(option) {
    if (this.echo) return;
    if (this.go) this.go.hidden = true;
    for (const field of this.form.elements) field.disabled = true;
    const { labels } = this.lesson;
    const rows = Object.keys(this.state.regimes).length;
    this.echo = make("h2", { tabindex: "-1", class: "echo" }, "The worlds are being asked …");
    this.line = make("p", { class: "outcome" });
    this.card = new Card(figureOf(this.measure, this.lesson.settled), rows);
    this.board = new Board(this.declared, FIGURES, { labels, rows });
    this.answer = make("div");
    const all = make("details", { class: "all-figures" }, make("summary", {}, "All figures of these worlds"), this.board.element);
    this.board.headline.remove(); // it is about deals, and the bet may be about something else
    this.reveal.append(this.echo, this.line, this.board.fault, this.card.element, this.answer, this.who(labels), all);
    this.reveal.hidden = false;
    addEventListener("resize", () => this.card.redraw());
    new Asker({
      show: (result) => this.answered(result, option),
      wait: (waiting) => this.board.wait(waiting),
      fail: (message) => this.board.fail(message),
    }).ask(this.state, true);
  }

  who(labels) {
    const all = whoIsWho(this.state, this.declared, labels).map(({ label, meaning }) => make("div", {}, make("dt", {}, label), make("dd", {}, meaning)));
    return make("details", { class: "who" }, make("summary", {}, "Who is who in the charts"), make("dl", {}, ...all));
  }

  answered(result, option) {
    this.board.show(result, this.state);
    const names = Object.fromEntries(Object.keys(this.state.regimes).map((name) => [name, labelOf(this.declared, name, this.lesson.labels)]));
    this.card.show(result, names, filledIn(this.state, this.declared));
    if (result.worlds >= this.state.worlds && !this.answer.childElementCount) this.tell(option, result, names);
  }

  /** The bet beside what has come out, and what there is to say about it. */
  tell(option, result, names) {
    const { bet, measure, settled: how, reveal_html: revealed, debrief_html: debrief } = this.lesson;
    const winner = settled(bet.options.map(({ id }) => id), how !== "lowest", result.measures[measure]);
    const label = bet.options.find(({ id }) => id === winner)?.label ?? "none of them";
    const chosen = bet.options[option];
    const verdict = winner === chosen?.id ? "You were right." : chosen ? `You bet: “${chosen.label}”.` : "";
    this.echo.textContent = `It was: “${label}”. ${verdict}`.trim();
    this.line.textContent = this.outcome(result, winner, names);
    const fill = (text) => filled(text, label, result, this.units);
    this.answer.append(prose(filled(revealed, escaped(label), result, this.units)), ...this.further(fill), make("h2", {}, "To talk about"), prose(debrief));
  }

  /** The bet's own measure in a sentence: of the winner and of the next, among those on which one could bet. */
  outcome(result, winner, names) {
    const { bet, measure, settled: how } = this.lesson;
    const sign = how === "lowest" ? 1 : -1;
    const numbers = result.measures[measure];
    const order = bet.options.map(({ id }) => id).filter((id) => Number.isFinite(numbers[id]?.mean)).sort((a, b) => sign * (numbers[a].mean - numbers[b].mean));
    if (order.length < 2) return "";
    const [first, second] = order.map((id) => `${names[id]} ${filled(`{${measure}.${id}}`, "", result, this.units)}`);
    return `${this.measure.label}: ${first}, ${winner === UNDECIDED ? `${second}. Their intervals overlap.` : `next ${second}. Their intervals lie apart.`}`;
  }

  further(fill) {
    const notice = make("ul", {}, ...this.lesson.notice.map((text) => make("li", {}, ...emphasised(fill(text)))));
    const tries = make("ul", { class: "tries" }, ...this.lesson.try.map((what) => make("li", {}, ...emphasised(what.text), ...this.opener(what))));
    return [make("h2", {}, "Things to notice"), notice, make("h2", {}, "Things to try"), tries];
  }

  opener({ text, state }) {
    const { id, title, labels } = this.lesson;
    const button = make("button", { type: "button", "aria-label": `Open in the lab: ${text}` }, "Open in the lab");
    button.addEventListener("click", () => this.openInLab(this.situated(state ?? this.lesson.state), { id, title, text: unmarked(text), labels }));
    return [" ", button];
  }
}
