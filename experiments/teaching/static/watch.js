/** Watch one firm: the same customers under two regimes, hour by hour, and the story of each of them. */

import * as data from "./data.js";
import { Firm } from "./firm.js";
import { mostWaiting, Queues, waiting } from "./queues.js";
import { Stage } from "./stage.js";
import { make } from "./svg.js";
import { labelOf } from "./words.js";

const SPEEDS = [["4", "half a day a second"], ["8", "a day a second"], ["40", "a week a second"], ["1", "an hour a second"]];
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const EASE = 0.18; // share of the way that a mark goes from one frame to the next

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** The hour as people say it; a working day has eight hours from nine o'clock. */
function moment(hour) {
  return `Week ${Math.floor(hour / 40) + 1}, ${DAYS[Math.floor(hour / 8) % 5]}, ${9 + (hour % 8)}:00`;
}

/** One of the two firms: which regime, its stage, what is where, and the chosen customer's story. */
class Panel {
  constructor(declared, side, regime, changed) {
    Object.assign(this, { declared, side });
    const id = `watch-${side}`;
    this.wanted = regime;
    this.select = make("select", { id });
    this.select.addEventListener("change", () => {
      this.wanted = this.select.value;
      changed();
    });
    this.canvas = make("canvas", { role: "img", "aria-label": "Nothing to see yet" });
    this.counts = make("p", { class: "counts" });
    this.story = make("ol", { class: "story" });
    const inboxes = make("div", { class: "queues" });
    this.queues = new Queues(inboxes);
    this.element = make("section", { class: "panel", "aria-label": side === "left" ? "First firm" : "Second firm" },
      make("label", { for: id }, "Structure "), this.select, make("div", { class: "stage" }, this.canvas), this.counts, inboxes,
      make("h2", {}, "The chosen customer's story"), this.story);
  }

  /** Offer the state's regimes, and take the one wanted if it is among them. */
  offer({ state, labels }) {
    this.labels = labels;
    const names = Object.keys(state.regimes);
    this.regime = names.includes(this.wanted) ? this.wanted : names.at(this.side === "left" ? 0 : -1);
    const options = names.map((value) => make("option", { value, selected: value === this.regime }, labelOf(this.declared, value, labels)));
    this.select.replaceChildren(...options);
    return this.regime;
  }

  get name() {
    return labelOf(this.declared, this.regime, this.labels);
  }

  load(run, state) {
    const { base = this.regime, divert_below: set } = state.regimes[this.regime];
    const divert = set ?? this.declared.regimes[base]?.numbers.divert_below;
    this.firm = new Firm(run);
    this.stage = new Stage(this.canvas, this.firm, divert !== 0);
  }

  /** What is where, in words: under the stage, and for those who do not see it. */
  tell() {
    const { reps, managers, peers, offer, won, lost, left } = this.firm.counts();
    const text = `Waiting: ${reps} at reps, ${managers} at managers, ${peers} requests to peers. With an offer: ${offer}. Won ${won}, lost ${lost}, left undecided ${left}.`;
    this.counts.textContent = text;
    this.canvas.setAttribute("aria-label", `${this.name}: ${text}`);
  }

  choose(customer) {
    this.stage.chosen = this.firm.numbers.get(customer) ?? null;
  }

  /** The chosen customer's story; its sentences from number `parted` on are this firm's alone. */
  narrate(story, parted) {
    this.story.replaceChildren(...story.map((sentence, i) => make("li", { class: i >= parted && "parted" }, sentence)));
  }
}

/** @returns {number} the first place in which two lists differ, their length if they are alike */
function parting(one, other) {
  const at = one.findIndex((item, i) => item !== other[i]);
  return at < 0 ? one.length : at;
}

export class Watch {
  /**
   * @param {object} declared
   * @param {() => {state: object, labels: Record<string, string>, pair?: string[]}} now where the lab is, and which two
   *   structures its headline is about
   */
  constructor(declared, now) {
    Object.assign(this, { declared, now, hour: 0, playing: false, shown: null });
    const [first, , third = first] = Object.keys(declared.regimes);
    this.panels = [["left", first], ["right", third]].map(([side, regime]) => new Panel(declared, side, regime, () => this.load()));
    this.panels.forEach((panel) => panel.canvas.addEventListener("click", (event) => this.point(panel, event)));
    this.clock = make("output", { class: "clock", for: "watch-hour" });
    this.fault = make("p", { class: "fault", role: "alert", hidden: true });
    this.spoken = make("p", { class: "unseen", role: "status" });
    this.element = make("div", { class: "watch" },
      make("h1", { tabindex: "-1" }, "Watch one firm"),
      make("p", { class: "lead" }, "The same customers under two structures, in the market that the lab is set to: at first the two that its headline is about, at the hour at which the ways of one customer part. Desks were empty at the start."),
      this.player(), this.fault, this.spoken, this.chooser(),
      make("div", { class: "panels" }, ...this.panels.map(({ element }) => element)), this.legend());
    addEventListener("resize", () => this.fit());
  }

  player() {
    this.playButton = make("button", { type: "button", id: "play", class: "primary" }, "Play");
    const step = make("button", { type: "button", id: "step" }, "One hour on");
    const day = make("button", { type: "button", id: "step-day" }, "One day on");
    this.speed = make("select", { id: "speed" }, ...SPEEDS.map(([value, label]) => make("option", { value }, label)));
    this.slider = make("input", { type: "range", id: "watch-hour", min: 0, max: 480, step: 1, value: 0 });
    this.playButton.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    step.addEventListener("click", () => this.stepBy(1));
    day.addEventListener("click", () => this.stepBy(8));
    this.slider.addEventListener("input", () => this.stepBy(Number(this.slider.value) - this.hour));
    return make("div", { class: "player", role: "group", "aria-label": "Player" }, this.playButton, step, day,
      make("label", { for: "speed" }, "Speed"), this.speed, make("label", { for: "watch-hour" }, "Time"), this.slider, this.clock);
  }

  chooser() {
    this.customers = make("select", { id: "customer" });
    this.customers.addEventListener("change", () => this.choose(this.customers.value));
    const next = make("button", { type: "button", id: "next-parted" }, "Next customer who fares differently");
    next.addEventListener("click", () => this.nextParted());
    this.toParting = make("button", { type: "button", id: "to-parting" }, "Go to where their ways part");
    this.toParting.addEventListener("click", () => this.stepBy(this.partingHour - this.hour));
    return make("p", { class: "chooser" }, make("label", { for: "customer" }, "Customer "), this.customers, next, this.toParting);
  }

  legend() {
    return make("p", { class: "note" }, "Squares are managers, circles are reps (the letter is the cluster). Dots are opportunities: under a rep or beside a manager they wait, inside they are being worked on, beside a rep they wait for peers; lines and hollow squares are requests to peers. Blue has an offer, green is won, a ring is lost, a cross has left. Click a dot, or choose a customer, to read the story.");
  }

  async enter() {
    const { state, pair } = this.now();
    const wanted = JSON.stringify([state, pair]);
    if (wanted === this.opened && this.shown) return this.fit();
    this.opened = wanted;
    if (pair) this.panels.forEach((panel, i) => (panel.wanted = pair[i]));
    await this.load();
  }

  /** @param {object} [at] what to show in the place of the lab's state */
  async load(at = this.now()) {
    this.pause();
    const { state } = at;
    this.shown = JSON.stringify(state);
    this.element.setAttribute("aria-busy", "true");
    this.fault.hidden = true;
    try {
      const runs = await Promise.all(this.panels.map((panel) => data.replay(state, panel.offer(at), state.seed)));
      this.panels.forEach((panel, i) => panel.load(runs[i], state));
      this.begin(runs[0].weeks * runs[0].hours_per_week);
    } catch (error) {
      this.shown = null;
      this.fault.replaceChildren(error.message, ...this.instead(error));
      this.fault.hidden = false;
    }
    this.element.removeAttribute("aria-busy");
  }

  /** A way on where a state cannot be watched here. */
  instead({ instead: state }) {
    if (!state) return [];
    const button = make("button", { type: "button" }, "Watch the reference firm");
    button.addEventListener("click", () => this.load({ ...this.now(), state, labels: {} }));
    return [" ", button];
  }

  /** At the first customer who fares differently, and where the ways part. */
  begin(end) {
    this.end = end;
    this.slider.max = end;
    this.list();
    const parted = [...this.customers.options].find((option) => option.dataset.parted === "true");
    this.choose(parted?.value ?? this.customers.value);
    const series = this.panels.map(({ firm }) => waiting(firm.run));
    const top = Math.max(...series.map(mostWaiting));
    this.panels.forEach(({ queues, name }, i) => queues.show(series[i], top, name));
    this.show(Math.min(parted ? this.partingHour ?? 0 : this.hour, end));
  }

  /** Customers in the order of their coming. What becomes of them is not told here: it is to be seen. */
  list() {
    const [a, b] = this.panels.map(({ firm }) => firm);
    const before = this.customers.value;
    const options = a.run.cases.map(({ customer, outcome }) => {
      const other = b.run.cases[b.numbers.get(customer)]?.outcome ?? "does not turn up";
      return make("option", { value: customer, "data-parted": String(other !== outcome) }, customer);
    });
    this.customers.replaceChildren(...options);
    if (a.numbers.has(before)) this.customers.value = before;
  }

  choose(customer) {
    this.customers.value = customer;
    this.panels.forEach((panel) => panel.choose(customer));
    const [one, other] = this.panels.map(({ firm, stage }) => firm.run.cases[stage.chosen]?.story ?? ["This customer does not turn up here."]);
    const at = parting(one, other);
    this.panels[0].narrate(one, at);
    this.panels[1].narrate(other, at);
    this.partingHour = this.firstDifference();
    this.toParting.disabled = this.partingHour === null;
    this.paint();
  }

  /** The hour in which something happens to the chosen customer in one firm and not in the other. */
  firstDifference() {
    const [one, other] = this.panels.map(({ firm, stage }) =>
      firm.run.events.filter(([, , number]) => number === stage.chosen).map(([hour, kind, , ...what]) => ({ hour, text: [hour, kind, ...what].join() })));
    const at = parting(one.map(({ text }) => text), other.map(({ text }) => text));
    const hours = [one[at]?.hour, other[at]?.hour].filter((hour) => hour !== undefined);
    return hours.length ? Math.min(...hours) : null;
  }

  nextParted() {
    const options = [...this.customers.options];
    const after = options.findIndex((option) => option.selected) + 1;
    const found = [...options.slice(after), ...options.slice(0, after)].find((option) => option.dataset.parted === "true");
    if (found) this.choose(found.value);
    this.spoken.textContent = found ? found.textContent : "Every customer fares the same here.";
  }

  point(panel, event) {
    const box = panel.canvas.getBoundingClientRect();
    const number = panel.stage?.at(event.clientX - box.left, event.clientY - box.top) ?? null;
    if (number !== null) this.choose(panel.firm.run.cases[number].customer);
  }

  play() {
    if (!this.end) return;
    if (this.hour >= this.end) this.hour = 0;
    this.playing = true;
    this.playButton.textContent = "Pause";
    this.from = { time: performance.now(), hour: this.hour };
    this.speed.onchange = () => (this.from = { time: performance.now(), hour: this.hour });
    requestAnimationFrame(() => this.frame());
  }

  pause() {
    this.playing = false;
    this.playButton.textContent = "Play";
    if (this.panels[0].firm) this.spoken.textContent = `${moment(this.hour)}. ${this.panels.map(({ canvas }) => canvas.getAttribute("aria-label")).join(" ")}`;
  }

  stepBy(hours) {
    if (this.playing) this.pause();
    if (this.end) this.show(Math.min(this.end, Math.max(0, this.hour + hours)));
    this.spoken.textContent = this.clock.textContent;
  }

  frame() {
    if (!this.playing || !this.element.isConnected) return this.pause();
    const gone = (performance.now() - this.from.time) / 1000;
    this.show(Math.min(this.end, this.from.hour + Math.floor(gone * Number(this.speed.value))));
    if (this.hour >= this.end) this.pause();
    else requestAnimationFrame(() => this.frame());
  }

  show(hour) {
    const changed = hour !== this.hour || this.panels.some(({ firm }) => firm.hour !== hour);
    this.hour = hour;
    if (changed) {
      this.panels.forEach((panel) => {
        panel.firm.go(hour);
        panel.queues.go(hour);
        panel.tell();
      });
      this.slider.value = hour;
      this.clock.textContent = moment(hour);
      this.slider.setAttribute("aria-valuetext", this.clock.textContent);
    }
    this.paint();
  }

  /** Until every mark has arrived; at once for those who want less motion. */
  paint() {
    const moving = this.panels.map(({ stage }) => stage?.paint(still.matches ? 1 : EASE)).includes(true);
    if (moving && !this.playing && this.element.isConnected) {
      cancelAnimationFrame(this.pending);
      this.pending = requestAnimationFrame(() => this.paint());
    }
  }

  fit() {
    if (!this.element.isConnected) return;
    this.panels.forEach(({ stage, queues }) => {
      stage?.fit();
      queues.fit();
      queues.go(this.hour);
    });
    this.paint();
  }
}
