/** Lessons: a situation, a bet that is locked before the reveal, the ensemble, and what to make of it; and the class's bets. */

import { Asker } from "./asker.js";
import { MOST_PUPIL, readCodes, tally, toCode } from "./bets.js";
import { Board } from "./board.js";
import * as data from "./data.js";
import { escaped, filled, settled } from "./reveal.js";
import { situated } from "./state.js";
import { make, number } from "./svg.js";

const PUPIL = "sellsim-pupil";

/** Prose that the server made from Markdown, with raw HTML taken out there. */
function prose(html) {
  const room = make("div", { class: "prose" });
  room.innerHTML = html;
  return room;
}

/** A line of text, with *this* in italics. */
const emphasised = (text) => text.split(/\*([^*]+)\*/).map((part, i) => (i % 2 ? make("em", {}, part) : part));

/** One lesson on the page. */
class Lesson {
  /**
   * @param {object} lesson @param {object} declared @param {object} now the lab's state
   * @param {(state: object) => void} openInLab
   */
  constructor(lesson, declared, now, openInLab) {
    Object.assign(this, { lesson, openInLab });
    this.situated = (state) => situated(state, now, declared.regimes);
    this.state = this.situated(lesson.state);
    this.units = Object.fromEntries(declared.measures.map(({ name, unit }) => [name, unit]));
    this.board = new Board(declared);
    this.reveal = make("section", { class: "reveal", hidden: true, "aria-label": "The reveal" });
    this.element = make("article", { class: "lesson" },
      make("p", {}, make("a", { href: "#lessons" }, "All lessons")),
      make("h1", { tabindex: "-1" }, lesson.title),
      make("p", { class: "note" }, `${lesson.minutes} minutes · claim ${lesson.claim} · experiment ${lesson.experiment}`),
      prose(lesson.situation_html), this.bet(), this.reveal);
  }

  bet() {
    const options = this.lesson.bet.options.map(({ id, label }) => make("label", { class: "option" },
      make("input", { type: "radio", name: "bet", value: id, required: true }), make("span", {}, label)));
    const form = make("form", { class: "bet" },
      make("fieldset", {}, make("legend", {}, this.lesson.bet.question), ...options),
      make("button", { type: "submit", class: "primary" }, "Lock my bet and see"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.lock(form, new FormData(form).get("bet"));
    });
    return form;
  }

  lock(form, chosen) {
    const { options } = this.lesson.bet;
    const option = options.findIndex(({ id }) => id === chosen);
    if (option < 0) return;
    for (const field of form.elements) field.disabled = true;
    const echo = make("h2", { tabindex: "-1", class: "echo" }, `You bet: “${options[option].label}”. The worlds are being asked …`);
    this.answer = make("div");
    this.reveal.append(echo, this.code(option), this.board.element, this.answer);
    this.reveal.hidden = false;
    echo.focus();
    new Asker({
      show: (result) => this.answered(result, echo, options[option]),
      wait: (waiting) => this.board.wait(waiting),
      fail: (message) => this.board.fail(message),
    }).ask(this.state, true);
  }

  answered(result, echo, chosen) {
    this.board.show(result, this.state);
    if (result.worlds >= this.state.worlds) this.tell(echo, chosen, result);
  }

  /** The bet beside what has come out, and what there is to say about it. */
  tell(echo, chosen, result) {
    const { bet, measure, settled: how, reveal_html: revealed, debrief_html: debrief } = this.lesson;
    const winner = settled(bet.options.map(({ id }) => id), how !== "lowest", result.measures[measure]);
    const label = bet.options.find(({ id }) => id === winner)?.label ?? "none of them";
    const verdict = winner === chosen.id ? "You were right." : `It was: “${label}”.`;
    echo.textContent = `You bet: “${chosen.label}”. ${verdict}`;
    const told = prose(filled(revealed, escaped(label), result, this.units));
    const fill = (text) => filled(text, label, result, this.units);
    this.answer.append(told, ...this.further(fill), make("h2", {}, "To talk about"), prose(debrief));
  }

  /** The pupil's number makes a code of the bet, to be sent to the teacher. */
  code(option) {
    const id = "pupil-number";
    const input = make("input", { id, type: "number", min: 0, max: MOST_PUPIL, step: 1, inputmode: "numeric", value: remembered() });
    const output = make("output", { for: id, class: "code" });
    const show = () => {
      const pupil = Number(input.value);
      const sound = input.value !== "" && Number.isInteger(pupil) && pupil >= 0 && pupil <= MOST_PUPIL;
      output.textContent = sound ? toCode({ lesson: this.lesson.number, option, pupil }) : "";
      if (sound) remember(input.value);
    };
    input.addEventListener("input", show);
    show();
    return make("p", { class: "class-code" }, make("label", { for: id }, `In a class? Your number (0 to ${MOST_PUPIL}):`), input, " your code: ", output);
  }

  further(fill) {
    const notice = make("ul", {}, ...this.lesson.notice.map((text) => make("li", {}, ...emphasised(fill(text)))));
    const tries = make("ul", { class: "tries" }, ...this.lesson.try.map((what) => make("li", {}, ...emphasised(what.text), ...this.opener(what))));
    return [make("h2", {}, "Things to notice"), notice, make("h2", {}, "Things to try"), tries];
  }

  opener({ text, state }) {
    const button = make("button", { type: "button", "aria-label": `Open in the lab: ${text}` }, "Open in the lab");
    button.addEventListener("click", () => this.openInLab(this.situated(state ?? this.lesson.state)));
    return [" ", button];
  }
}

/** The pupil's number is kept in this browser, where that is allowed. */
function remembered() {
  try {
    return localStorage.getItem(PUPIL) ?? "";
  } catch {
    return "";
  }
}

function remember(pupil) {
  try {
    localStorage.setItem(PUPIL, pupil);
  } catch {
    // Without storage the number is typed again in the next lesson.
  }
}

/** The list of lessons, and the lesson that is open. */
export class Lessons {
  constructor(declared, now, openInLab) {
    Object.assign(this, { declared, now, openInLab });
    this.element = make("div", { class: "lessons" });
    this.fault = make("p", { class: "fault", role: "alert" });
  }

  /** @param {string} [id] of a lesson; the list without one */
  async enter(id) {
    if (id === this.id && this.element.childElementCount > 1) return;
    this.id = id;
    const title = make("h1", { tabindex: "-1" }, "Lessons");
    this.element.replaceChildren(title);
    try {
      this.list ??= await data.lessons();
      const content = id ? await this.one(id) : this.index();
      if (id !== this.id) return;
      this.element.replaceChildren(...(id ? [] : [title]), content);
      if (id) content.querySelector("h1").focus();
    } catch (error) {
      this.fault.textContent = error.message;
      this.element.append(this.fault);
    }
  }

  async one(id) {
    const lesson = await data.lesson(id);
    return new Lesson(lesson, this.declared, this.now(), this.openInLab).element;
  }

  index() {
    return make("ol", { class: "lesson-list" }, ...this.list.map(({ id, title, minutes, claim }) => make("li", {},
      make("a", { href: `#lessons/${id}` }, title), make("span", { class: "note" }, `${minutes} minutes · claim ${claim}`))));
  }
}

/** The teacher's page: codes in, bets counted. */
export class Classroom {
  constructor() {
    this.codes = make("textarea", { id: "codes", rows: 6, spellcheck: "false", autocapitalize: "characters", "aria-describedby": "codes-help" });
    this.result = make("div", { role: "status", class: "tally" });
    this.codes.addEventListener("input", () => this.count());
    this.element = make("div", { class: "classroom" },
      make("h1", { tabindex: "-1" }, "What the class bets"),
      make("p", { id: "codes-help" }, "Give each pupil a number. After locking a bet in a lesson, the page shows the pupil a code of five letters; paste the codes here, in any order. Of two codes with the same number the last one counts. Nothing leaves this page."),
      make("label", { for: "codes" }, "Codes"), this.codes, this.result);
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
    if (!this.lessons) return;
    const { bets, unread } = readCodes(this.codes.value);
    const shown = this.lessons.map((lesson) => this.counted(lesson, tally(bets, lesson.number, lesson.bet.options.length))).filter(Boolean);
    const fault = unread.length ? [make("p", { class: "fault" }, `Not a code, please check: ${unread.join(", ")}`)] : [];
    this.result.replaceChildren(...fault, ...shown);
  }

  counted({ title, bet }, counts) {
    const sum = counts.reduce((a, b) => a + b, 0);
    if (!sum) return null;
    const rows = bet.options.map(({ label }, i) => make("tr", {}, make("th", { scope: "row" }, label), make("td", {}, number(counts[i], 0)),
      make("td", {}, make("meter", { min: 0, max: sum, value: counts[i], "aria-label": `${label}: ${counts[i]} of ${sum}` }))));
    return make("section", {}, make("h2", {}, title), make("p", {}, bet.question),
      make("table", {}, make("caption", {}, `${sum} ${sum === 1 ? "bet" : "bets"}`), make("tbody", {}, ...rows)));
  }
}
