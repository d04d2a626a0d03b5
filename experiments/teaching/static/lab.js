/** The lab: controls at the left, what the worlds answer at the right. */

import { Asker } from "./asker.js";
import { Board } from "./board.js";
import { save } from "./cards.js";
import { Controls, folding } from "./controls.js";
import * as data from "./data.js";
import { initial, toLink } from "./state.js";
import { make } from "./svg.js";

export class Lab {
  /** @param {object} declared what the server declares */
  constructor(declared) {
    this.declared = declared;
    this.state = initial(declared);
    this.board = new Board(declared);
    this.asker = new Asker(this.board);
    this.controls = new Controls(declared, (state, settled) => this.change(state, settled));
    this.told = make("p", { class: "told", role: "status" });
    const title = make("h1", { tabindex: "-1" }, "Which structure wins in this market?");
    this.element = make("div", { class: "lab" },
      make("div", { class: "lab-side" }, this.controls.element, this.takeaway()),
      make("div", { class: "lab-top" }, title, this.board.headline), // in view on a phone while a slider is dragged
      make("div", { class: "lab-main" }, this.board.element));
    this.controls.show(this.state);
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

  /** Show this state, as if its link had been opened. */
  open(state) {
    this.controls.show(state);
    this.change(state, true);
  }

  change(state, settled) {
    this.state = state;
    this.asker.ask(state, settled);
    if (settled && this.element.isConnected) history.replaceState(null, "", toLink(state));
  }

  /** Called when the lab comes into view. */
  enter() {
    if (this.asker.answered === this.state) this.board.redraw();
    else this.asker.ask(this.state, true);
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
