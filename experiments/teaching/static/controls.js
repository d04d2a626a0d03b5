/** Situations, sliders and numbers that set the state; all of them made from the declarations. */

import { sameFirm, situated, usualOf, valueOf, withValue } from "./state.js";
import { make, number } from "./svg.js";

const HEADINGS = { market: "The market", organisation: "The firm", regime: "The structures" };

const NARROW = "(max-width: 48rem)";

/** A part of the panel; on a phone it is folded at first, so that the answer stays near. */
export function folding(heading, ...inside) {
  return make("details", { class: "group", open: !matchMedia(NARROW).matches }, make("summary", {}, heading), ...inside);
}

/** Units that say nothing which the label does not; the slider's description has them all the same. */
const PLAIN_UNITS = new Set(["", "1", "share", "probability", "1/(rep week)", "reps", "reports"]);
const spoken = (unit, value) => (value === 1 ? unit.replace(/s\b/, "") : unit).replace(/^1\//, "a ").replace("/", " a ");

/** A slider for a declared parameter, with unit and meaning. */
class Slider {
  constructor(parameter, presets, change) {
    this.parameter = parameter;
    this.presets = presets;
    const id = `slider-${parameter.key.replaceAll(".", "-")}`;
    this.value = make("output", { for: id, class: "value" });
    this.input = make("input", {
      type: "range", id, min: parameter.low, max: parameter.high, step: parameter.step,
      "aria-describedby": `${id}-meaning`, "data-key": parameter.key,
    });
    this.element = make("div", { class: "slider" },
      make("label", { for: id }, parameter.label), this.value, this.input,
      make("p", { class: "meaning", id: `${id}-meaning` }, this.meaning()));
    this.input.addEventListener("input", () => change(parameter, Number(this.input.value), false));
    this.input.addEventListener("change", () => change(parameter, Number(this.input.value), true));
  }

  meaning() {
    const { meaning, unit, source, grade } = this.parameter;
    const usual = this.written(usualOf(this.parameter, this.presets));
    return `${meaning}. Usually ${usual}${unit && unit !== "1" ? ` (${unit})` : ""}. ${grade ? `${grade}: ` : ""}${source ?? ""}`;
  }

  written(value) {
    return typeof value === "number" ? number(value, this.parameter.whole ? 0 : decimalsOf(this.parameter.step)) : String(value);
  }

  show(state) {
    const value = valueOf(state, this.parameter, this.presets);
    const { unit } = this.parameter;
    if (typeof value === "number") this.input.value = String(value);
    this.value.textContent = PLAIN_UNITS.has(unit) ? this.written(value) : `${this.written(value)} ${spoken(unit, value)}`;
    this.input.setAttribute("aria-valuetext", this.value.textContent);
    this.element.classList.toggle("changed", value !== usualOf(this.parameter, this.presets));
  }
}

const decimalsOf = (step) => (Number.isInteger(step) ? 0 : Math.min(3, String(step).split(".")[1]?.length ?? 2));

/** The panel at the left of the lab. */
export class Controls {
  /**
   * @param {object} declared what the server declares
   * @param {(state: object, settled: boolean) => void} changed called with the new state; not settled while dragging
   */
  constructor(declared, changed) {
    this.declared = declared;
    this.changed = changed;
    this.state = null;
    this.sliders = declared.parameters.filter(({ slider }) => slider).map(
      (parameter) => new Slider(parameter, declared.regimes, (...what) => this.slide(...what)),
    );
    this.situations = declared.situations.map((situation) => this.situation(situation));
    this.seed = this.count("Seed of the first world", "seed", declared.limits.seed ?? 1e9, 0);
    this.worlds = this.count("Worlds", "worlds", declared.limits.worlds, 2);
    this.element = make("form", { class: "controls", "aria-label": "Market, firm and structures" },
      make("fieldset", { class: "situations" }, make("legend", {}, "Start from a situation"), ...this.situations),
      ...Object.entries(HEADINGS).map(([group, heading]) => this.group(group, heading)),
      folding("Chance", this.seed.element, this.worlds.element));
    this.element.addEventListener("submit", (event) => event.preventDefault());
  }

  group(group, heading) {
    const inside = this.sliders.filter(({ parameter }) => parameter.group === group).map(({ element }) => element);
    return folding(heading, ...inside);
  }

  situation({ name, label, meaning, state }) {
    const button = make("button", { type: "button", class: "situation", title: meaning, "aria-pressed": "false", "data-situation": name }, label);
    button.addEventListener("click", () => this.set(situated(state, this.state, this.declared.regimes), true));
    return button;
  }

  count(label, key, most, least) {
    const input = make("input", { type: "number", id: `number-${key}`, min: least, max: most, step: 1, inputmode: "numeric" });
    input.addEventListener("change", () => {
      const value = Math.round(Number(input.value));
      const sound = input.value !== "" && value >= least && value <= most;
      if (sound) this.set({ ...this.state, [key]: value }, true);
      else input.value = this.state[key];
    });
    return { input, element: make("div", { class: "number" }, make("label", { for: `number-${key}` }, label), input) };
  }

  slide(parameter, value, settled) {
    this.set(withValue(this.state, parameter, value, this.declared.regimes), settled);
  }

  set(state, settled) {
    this.show(state);
    this.changed(state, settled);
  }

  /** Make the controls say what the state says. */
  show(state) {
    this.state = state;
    for (const slider of this.sliders) slider.show(state);
    this.seed.input.value = state.seed;
    this.worlds.input.value = state.worlds;
    this.declared.situations.forEach((situation, i) => {
      const pressed = sameFirm(situated(situation.state, state, this.declared.regimes), state);
      this.situations[i].setAttribute("aria-pressed", String(pressed));
    });
  }
}
