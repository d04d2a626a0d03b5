/** Situations, sliders, choices and numbers that set the state; all of them made from the declarations. */

import { sameFirm, situated, usualOf, valueOf, withValue } from "./state.js";
import { make, number } from "./svg.js";

const HEADINGS = { market: "The market", organisation: "The firm", regime: "The structures" };

const NARROW = "(max-width: 48rem)";

/** A part of the panel; on a phone it is folded at first, so that the answer stays near. */
export function folding(heading, ...inside) {
  return make("details", { class: "group", open: !matchMedia(NARROW).matches }, make("summary", {}, heading), ...inside);
}

/** Units that say nothing which the label does not; the explanation has them all the same. */
const PLAIN_UNITS = new Set(["", "1", "share", "probability", "1/(rep week)", "reps", "reports"]);
const spoken = (unit, value) => (value === 1 ? unit.replace(/s\b/, "") : unit).replace(/^1\//, "a ").replace("/", " a ");

const GRADES = { assumed: "assumed", measured: "measured", calibrated: "fitted to published figures", design: "a choice of the model's makers" };

const capital = (text) => text.replace(/^./, (first) => first.toUpperCase());

/** What sliders and choices share: a label, a value, and an explanation that is shown below the panel. */
class Control {
  constructor(parameter, declared, explain) {
    Object.assign(this, { parameter, declared, presets: declared.regimes });
    this.id = `slider-${parameter.key.replaceAll(".", "-")}`;
    this.told = make("span", { class: "unseen", id: `${this.id}-meaning` }, this.meaning());
    this.element = make("div", { class: "slider" });
    for (const event of ["pointerenter", "focusin"]) this.element.addEventListener(event, () => explain(this));
  }

  meaning() {
    return `${capital(this.parameter.plain)}. Usually ${this.written(usualOf(this.parameter, this.presets))}.`;
  }

  /** Where the usual value comes from, for those who doubt it. */
  source() {
    const { source, grade } = this.parameter;
    return `The usual value is ${GRADES[grade] ?? grade} (${source}).`;
  }

  written(value) {
    return typeof value === "number" ? number(value, decimalsOf(value, this.parameter)) : String(value);
  }
}

/** As many decimals as the value has on the slider's steps, so that 0.4 is not 0.400. */
const decimalsOf = (value, { whole }) => (whole || Number.isInteger(value) ? 0 : Math.min(3, String(Number(value.toFixed(3))).split(".")[1]?.length ?? 0));

/** A slider for a declared parameter. */
class Slider extends Control {
  constructor(parameter, declared, change, explain) {
    super(parameter, declared, explain);
    this.value = make("output", { for: this.id, class: "value" });
    this.input = make("input", {
      type: "range", id: this.id, min: parameter.low, max: parameter.high, step: parameter.step,
      "aria-describedby": `${this.id}-meaning`, "data-key": parameter.key,
    });
    this.element.append(make("label", { for: this.id }, parameter.label), this.value, this.input, this.told);
    this.input.addEventListener("input", () => change(parameter, Number(this.input.value), false));
    this.input.addEventListener("change", () => change(parameter, Number(this.input.value), true));
  }

  show(state) {
    const value = valueOf(state, this.parameter, this.presets);
    const unit = this.declared.units[this.parameter.unit] ?? this.parameter.unit;
    if (typeof value === "number") this.input.value = String(value);
    this.value.textContent = PLAIN_UNITS.has(unit) ? this.written(value) : `${this.written(value)} ${spoken(unit, value)}`;
    this.input.setAttribute("aria-valuetext", this.value.textContent);
    this.element.classList.toggle("changed", value !== usualOf(this.parameter, this.presets));
  }
}

/** One word of a few, for all structures that have it; or as each of them has it by itself. */
class Choice extends Control {
  constructor(parameter, declared, change, explain) {
    super(parameter, declared, explain);
    const words = Object.entries(parameter.words).map(([value, word]) => make("option", { value }, word));
    this.select = make("select", { id: this.id, "aria-describedby": `${this.id}-meaning`, "data-key": parameter.key },
      make("option", { value: "" }, "as each structure has it"), ...words);
    this.element.append(make("label", { for: this.id }, parameter.label), this.select, this.told);
    this.select.addEventListener("change", () => change(parameter, this.select.value || null, true));
  }

  meaning() {
    return `${capital(this.parameter.plain)}.`;
  }

  show(state) {
    const values = this.parameter.regimes.filter((regime) => regime in state.regimes).map((regime) => state.regimes[regime][this.parameter.name] ?? usualOf(this.parameter, this.presets, regime));
    const set = this.parameter.regimes.some((regime) => state.regimes[regime]?.[this.parameter.name] !== undefined);
    this.select.value = set && new Set(values).size === 1 ? values[0] : "";
    this.element.classList.toggle("changed", set);
  }
}

/** The panel at the left of the lab. */
export class Controls {
  /**
   * @param {object} declared what the server declares
   * @param {(state: object, settled: boolean) => void} changed called with the new state; not settled while dragging
   * @param {HTMLElement} above what stands first in the panel
   */
  constructor(declared, changed, above) {
    Object.assign(this, { declared, changed, state: null });
    this.explanation = make("p", { class: "explain" }, "Point at a slider, or go there with the keyboard, to read here what it means.");
    const control = (parameter) => new (parameter.choice ? Choice : Slider)(parameter, declared, (...what) => this.slide(...what), (one) => this.explain(one));
    this.controls = declared.parameters.filter(({ slider, choice }) => slider || choice).map(control);
    this.situations = declared.situations.map((situation) => this.situation(situation));
    this.seed = this.count("Seed of the first world", "seed", declared.limits.seed ?? 1e9, 0);
    this.worlds = this.count("Worlds", "worlds", declared.limits.worlds, 2);
    this.form = make("form", { class: "controls", "aria-label": "Market, firm and structures" }, above,
      make("fieldset", { class: "situations" }, make("legend", {}, "Start from a situation"), ...this.situations),
      ...Object.entries(HEADINGS).flatMap(([group, heading]) => this.group(group, heading)),
      folding("Chance", this.seed.element, this.worlds.element));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.element = make("div", {}, this.form, this.explanation);
  }

  explain(control) {
    this.explanation.replaceChildren(make("strong", {}, `${control.parameter.label}. `), control.meaning(), " ", make("span", { class: "source" }, control.source()));
  }

  /** The handful that decide, and the others folded away. */
  group(group, heading) {
    const all = this.controls.filter(({ parameter }) => parameter.group === group);
    const [first, others] = [true, false].map((wanted) => all.filter(({ parameter }) => Boolean(parameter.first) === wanted).map(({ element }) => element));
    const rest = others.length ? [this.more(`More about ${heading.toLowerCase()}`, ...others)] : [];
    return all.length ? [folding(heading, ...first, ...rest)] : [];
  }

  more(heading, ...inside) {
    return make("details", { class: "group further" }, make("summary", {}, heading), ...inside);
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
    for (const control of this.controls) control.show(state);
    this.seed.input.value = state.seed;
    this.worlds.input.value = state.worlds;
    this.declared.situations.forEach((situation, i) => {
      const pressed = sameFirm(situated(situation.state, state, this.declared.regimes), state);
      this.situations[i].setAttribute("aria-pressed", String(pressed));
    });
  }
}
