/** The lab: controls at the left, what the worlds answer at the right; and the way back to a lesson from which it was opened. */

import { Asker } from "./asker.js";
import { Board } from "./board.js";
import { save } from "./cards.js";
import { Controls, folding } from "./controls.js";
import * as data from "./data.js";
import { MarketMap } from "./map.js";
import { keepInTab, keptInTab } from "./memory.js";
import { initial, sameState, toLink } from "./state.js";
import { make } from "./svg.js";
import { differences, whoIsWho } from "./words.js";

const MOST_STEPS = 50; // to be undone

export class Lab {
  /** @param {object} declared what the server declares */
  constructor(declared) {
    this.declared = declared;
    this.map = new MarketMap(declared, (state) => this.go(state));
    this.board = new Board(declared, undefined, { extra: [this.map.element] });
    this.asker = new Asker({
      show: (...what) => this.board.show(...what),
      wait: (waiting) => this.board.wait(waiting),
      fail: (message, error) => this.failed(message, error),
    });
    this.pinning = new Asker({
      show: (result, state) => this.pinned && this.board.pin(result, state),
      wait: () => {},
      fail: (message) => this.board.fail(message),
    });
    this.controls = new Controls(declared, (state, settled) => this.change(state, settled), this.history());
    this.told = make("p", { class: "told", role: "status" });
    this.task = make("aside", { class: "task", hidden: true, "aria-label": "The lesson" });
    this.beside = make("p", { class: "beside", hidden: true });
    this.who = make("dl");
    const title = make("h1", { tabindex: "-1" }, "Which structure wins in this market?");
    const who = folding("Who is who", this.who);
    who.classList.add("who");
    this.element = make("div", { class: "lab" },
      make("div", { class: "lab-side" }, this.controls.element, this.takeaway()),
      make("div", { class: "lab-top" }, this.task, title, this.board.headline), // in view on a phone while a slider is dragged
      make("div", { class: "lab-main" }, this.beside, who, this.board.element));
    this.restore();
  }

  /** Where this tab was before it was reloaded, or the reference firm. */
  restore() {
    const { version, model } = this.declared;
    const kept = keptInTab("lab");
    const sound = kept?.state?.version === version && kept.state.model === model;
    Object.assign(this, { past: [], future: [], lesson: null, pinned: null }, sound ? kept : { state: initial(this.declared) });
    this.settled = this.state;
    this.present();
    if (this.pinned) this.pinning.ask(this.pinned, true);
  }

  keep() {
    const { state, past, future, lesson, pinned } = this;
    keepInTab("lab", { state, past, future, lesson, pinned });
  }

  history() {
    const button = (id, label, keys) => make("button", { type: "button", id, "aria-keyshortcuts": keys, disabled: true }, label);
    this.undoButton = button("undo", "Undo", "Control+Z");
    this.redoButton = button("redo", "Redo", "Control+Shift+Z");
    this.undoButton.addEventListener("click", () => this.undo());
    this.redoButton.addEventListener("click", () => this.redo());
    addEventListener("keydown", (event) => {
      if (!this.element.isConnected || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      if (event.shiftKey) this.redo();
      else this.undo();
    });
    this.pinButton = make("button", { type: "button", id: "pin", "aria-pressed": "false" }, "Pin as A");
    this.pinButton.addEventListener("click", () => this.pin(this.pinned ? null : this.settled));
    return make("div", { class: "history", role: "group", "aria-label": "Steps" }, this.undoButton, this.redoButton, this.pinButton);
  }

  /** Keep a setting as A, drawn beside whatever the sliders say from now on; null lets it go. */
  pin(state) {
    this.pinned = state;
    this.keep();
    this.present();
    if (state) this.pinning.ask(state, true);
    else this.board.pin(null);
  }

  showPinned() {
    this.pinButton.setAttribute("aria-pressed", String(Boolean(this.pinned)));
    this.beside.hidden = !this.pinned;
    if (!this.pinned) return;
    const changes = differences(this.pinned, this.state, this.declared);
    const back = make("button", { type: "button", id: "to-a" }, "Back to A");
    back.addEventListener("click", () => this.go(this.pinned));
    this.beside.replaceChildren(make("strong", {}, "A is pinned"), " (dashed outlines, dotted lines, thin strips). ",
      changes.length ? `From A to what the sliders say: ${changes.join("; ")}. ` : "The sliders say the same as A. ", back);
  }

  takeaway() {
    const share = make("button", { type: "button", id: "share" }, "Copy link to this state");
    const toml = make("button", { type: "button", id: "download-toml" }, "Download as TOML");
    const reset = make("button", { type: "button", id: "reset" }, "Back to the reference firm");
    share.addEventListener("click", () => this.share());
    toml.addEventListener("click", () => this.download());
    reset.addEventListener("click", () => this.open(initial(this.declared)));
    return folding("Share and take away", make("div", { class: "takeaway" }, share, toml, reset, this.told));
  }

  /**
   * Show this state, as if its link had been opened.
   * @param {{id: string, title: string, text: string, labels: Record<string, string>} | null} lesson where it comes from
   */
  open(state, lesson = null) {
    this.lesson = lesson;
    this.board.reset();
    this.go(state);
  }

  go(state) {
    this.controls.show(state);
    this.change(state, true);
  }

  change(state, settled) {
    this.state = state;
    if (settled && !sameState(state, this.settled)) {
      this.past = [...this.past.slice(-MOST_STEPS), this.settled];
      this.future = [];
    }
    if (settled) this.settled = state;
    this.present();
    this.ask(settled);
  }

  ask(settled) {
    this.asker.ask(this.state, settled);
    if (!settled) return;
    this.keep();
    if (this.element.isConnected) history.replaceState(null, "", toLink(this.state));
  }

  /** Everything about the state that needs no answer. */
  present() {
    this.controls.show(this.state);
    this.map.show(this.state);
    this.undoButton.disabled = !this.past.length;
    this.redoButton.disabled = !this.future.length;
    this.board.labels = this.lesson?.labels ?? {};
    this.who.replaceChildren(...whoIsWho(this.state, this.declared, this.board.labels).map(({ label, meaning }) =>
      make("div", {}, make("dt", {}, label), make("dd", {}, meaning))));
    this.showTask();
    this.showPinned();
  }

  showTask() {
    this.task.hidden = !this.lesson;
    if (!this.lesson) return this.task.replaceChildren();
    const { id, title, text } = this.lesson;
    const leave = make("button", { type: "button", id: "leave-lesson" }, "Put the task away");
    leave.addEventListener("click", () => {
      this.lesson = null;
      this.change(this.state, true);
    });
    this.task.replaceChildren(make("p", {}, make("strong", {}, "To try: "), text),
      make("p", {}, make("a", { href: `#lessons/${id}` }, `Back to the lesson “${title}”`), " ", leave));
  }

  undo() {
    if (this.past.length) this.step(this.past.at(-1), this.past.slice(0, -1), [this.settled, ...this.future]);
  }

  redo() {
    if (this.future.length) this.step(this.future[0], [...this.past, this.settled], this.future.slice(1));
  }

  step(state, past, future) {
    Object.assign(this, { state, settled: state, past, future });
    this.present();
    this.ask(true);
  }

  /** What cannot be answered must not stand over the charts of something else: the controls go back to what the charts show. */
  failed(message, error) {
    this.board.fail(message);
    const { answered } = this.asker;
    if (!(error instanceof data.Faults) || !answered || sameState(answered, this.state)) return;
    Object.assign(this, { state: answered, settled: answered, past: this.past.filter((one) => !sameState(one, answered)) });
    this.present();
    this.keep();
    if (this.element.isConnected) history.replaceState(null, "", toLink(this.state));
  }

  /** Called when the lab comes into view. */
  enter() {
    if (this.asker.answered && sameState(this.asker.answered, this.state)) {
      this.board.redraw();
      history.replaceState(null, "", toLink(this.state));
    } else this.ask(true);
  }

  async share() {
    const link = new URL(toLink(this.state), location.href).href;
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      this.told.textContent = "Link copied. It holds version, seed and every number.";
    } catch {
      this.told.textContent = "The link is in the address line: copy it from there.";
    }
  }

  async download() {
    try {
      save(await data.toml(this.state), `lab_seed${this.state.seed}.toml`, "application/toml");
      this.told.textContent = "Saved. Run it with: sellsim run FILE.toml";
    } catch (error) {
      this.told.textContent = error.message;
    }
  }
}
