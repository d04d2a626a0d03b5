/** The list of lessons, and the lesson that is open. */

import * as data from "./data.js";
import { handout } from "./handout.js";
import { Lesson } from "./lesson.js";
import { remembered } from "./memory.js";
import { make } from "./svg.js";

/** After a lesson's id in the address: show the outcome, bet or no bet; the lesson on paper. */
const OUTCOME = "outcome";
const HANDOUT = "handout";

export class Lessons {
  constructor(declared, now, openInLab) {
    Object.assign(this, { declared, now, openInLab });
    this.element = make("div", { class: "lessons" });
    this.fault = make("p", { class: "fault", role: "alert" });
  }

  /** @param {string} [id] of a lesson; the list without one @param {string} [part] OUTCOME or HANDOUT */
  async enter(id, part) {
    if (id && id === this.id && part === this.part && this.element.childElementCount) return;
    Object.assign(this, { id, part });
    const title = make("h1", { tabindex: "-1" }, "Lessons");
    this.element.replaceChildren(title);
    try {
      this.list ??= await data.lessons();
      const content = id ? await this.one(id, part) : this.index();
      if (id !== this.id) return;
      this.element.replaceChildren(...(id ? [] : [title]), content);
      if (id) content.querySelector("h1").focus();
    } catch (error) {
      this.fault.textContent = error.message;
      this.element.append(this.fault);
    }
  }

  async one(id, part) {
    const told = await data.lesson(id);
    if (part === HANDOUT) return handout(told);
    const lesson = new Lesson(told, this.declared, this.now(), this.openInLab);
    if (part === OUTCOME) lesson.show(lesson.kept?.option ?? null);
    return lesson.element;
  }

  index() {
    const bets = remembered("bets", {});
    const progress = ({ id }) => (bets[id] ? ` · ${bets[id].shown ? "done" : "bet locked"}` : "");
    return make("ol", { class: "lesson-list" }, ...this.list.map((lesson) => make("li", {},
      make("a", { href: `#lessons/${lesson.id}` }, lesson.title),
      make("span", { class: "note" }, `${lesson.minutes} minutes · claim ${lesson.claim}${progress(lesson)}`))));
  }
}
