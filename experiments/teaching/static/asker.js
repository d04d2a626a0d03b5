/** Asks for ensembles while sliders move. */

import * as data from "./data.js";

/** Worlds asked while a slider moves: few enough to answer before the eye has gone on. */
export const PREVIEW_WORLDS = 25;

let askers = 0;

/**
 * One request at a time. While dragging, the next goes out when the last has come back, always with the latest state, so
 * that the chart keeps moving; a large request is dropped as soon as something moves.
 */
export class Asker {
  /** @param {{show: Function, wait: Function, fail: Function}} board */
  constructor(board) {
    this.board = board;
    this.number = ++askers;
    this.running = null;
    this.next = null;
    this.answered = null; // the state that the board shows in full
  }

  ask(state, settled) {
    this.next = { state, worlds: settled ? state.worlds : Math.min(PREVIEW_WORLDS, state.worlds) };
    if (!this.running) this.go();
    else if (settled || this.running.worlds > PREVIEW_WORLDS) this.running.control.abort();
  }

  async go() {
    const { state, worlds } = this.next;
    this.next = null;
    this.running = { worlds, control: new AbortController() };
    this.board.wait(true);
    try {
      const result = await data.ensemble(state, worlds, this.running.control.signal, this.number);
      this.board.show(result, state);
      if (result.worlds >= state.worlds) this.answered = state;
      if (result.complete === false) this.next ??= { state, worlds }; // the server had no time for all of it
    } catch (error) {
      if (error.name !== "AbortError") this.board.fail(error.message, error);
    }
    this.running = null;
    if (this.next) this.go();
    else this.board.wait(false);
  }
}
