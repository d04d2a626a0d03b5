/** The figures of an ensemble: for each its title, how it is drawn, and the table behind it. */

import { bars, barsHeight, lines, LINES_HEIGHT, stacks, stacksHeight } from "./charts.js";
import { number, percent, signed } from "./svg.js";
import { interval } from "./words.js";

/**
 * @typedef {{id: string, title: string, note: string, keys?: {label: string, fill: string}[],
 *   height: (rows: number) => number, top?: (result: object, scenario: object) => number,
 *   show: (host: HTMLElement, result: object, names: Record<string, string>, top: number, pinned: object | null) => void,
 *   table: (result: object) => (string | number | null)[][]}} Figure
 * `top`: where the scale must end at least. A card never lets it shrink while sliders move, so that bars can be compared.
 * `pinned`: another ensemble, drawn beside the first on the same scale, where it has the same regimes.
 */

const whole = (value) => number(value, 0);
const perCent = (share) => `${number(100 * share, 0)} %`;

/** The first of 1, 2, 2.5, 5, 10, 20, … that is enough. */
function roundUp(most) {
  const power = 10 ** Math.floor(Math.log10(most || 1));
  return [1, 2, 2.5, 5, 10].map((m) => m * power).find((value) => value >= most * 0.9999);
}

const highest = (measure) => Math.max(...Object.values(measure).map(({ mean, high }) => Math.max(mean ?? 0, high ?? 0)), 1e-9);

/** Half of the customers who come in the window: what no firm wins more of, and the same whatever they are like. */
const halfOfArrivals = ({ market, organisation, horizon }) => 0.5 * organisation.reps * market.opportunities_per_rep_week * horizon.window_weeks;

const regimesOf = (result) => Object.keys(result.looks);
const shown = ({ mean, low, high }) => [mean, low, high];

/** @type {Figure} */
const deals = {
  id: "deals",
  title: "Deals won",
  note: "Mean per world, the difference from the first in the same worlds, and in how many worlds a structure wins most.",
  height: (rows) => barsHeight(rows, 2),
  top: (result, scenario) => roundUp(Math.max(highest(result.measures.won), halfOfArrivals(scenario))),
  show(host, result, names, top, pinned) {
    const won = result.measures.won;
    const all = regimesOf(result).map((regime) => {
      const before = pinned?.measures.won[regime]?.mean;
      const text = `${Number.isFinite(before) ? `A ${whole(before)} → ` : ""}${whole(won[regime].mean)}`;
      return { regime, name: names[regime], ...won[regime], text, before, notes: remarks(won[regime], result, names) };
    });
    bars(host, { bars: all, top, axis: "deals won", tick: whole, label: `Deals won: ${all.map(({ name, text }) => `${name} ${text}`).join(", ")}` });
  },
  table(result) {
    const head = ["regime", "deals", "low", "high", "against the first", "low", "high", "worlds won", "worlds"];
    const won = result.measures.won;
    return [head, ...regimesOf(result).map((regime) => [
      regime, ...shown(won[regime]), ...shown(won[regime].difference ?? { mean: null, low: null, high: null }),
      won[regime].worlds_won, result.worlds,
    ])];
  },
};

function remarks({ difference, worlds_won: most }, { worlds, baseline }, names) {
  const often = Number.isFinite(most) ? [`most in ${most} of ${worlds} worlds`] : [];
  if (!difference || !Number.isFinite(difference.mean)) return ["others are compared with it", ...often];
  const sign = difference.mean > 0 ? "+" : "";
  return [`${sign}${number(difference.mean, 0)} ${interval(difference)} against ${names[baseline]}`, ...often];
}

/** Business days on the axis: five weeks, whatever the sliders say, so that charts can be compared. */
const SHOWN_DAYS = 25;

/** @type {Figure} */
const action = {
  id: "action",
  title: "How soon is something done?",
  note: "Share of opportunities (%) with a first offer, by business days since they opened. Leaving without any offer competes with it.",
  height: () => LINES_HEIGHT,
  show(host, result, names, top, pinned) {
    const days = result.ages_days.filter((day) => day <= SHOWN_DAYS);
    const all = Object.entries(result.curves).map(([regime, { acted }]) => ({
      regime, name: names[regime], ...acted, before: pinned?.curves[regime]?.acted.mean, end: percent(acted.mean[days.length - 1]),
    }));
    const label = `First offer within ${number(days.at(-1), 0)} days: ${all.map(({ name, end }) => `${name} ${end}`).join(", ")}`;
    const marks = [{ day: 1, text: "a day" }, { day: 5, text: "a week" }];
    lines(host, { days, lines: all, label, axis: "business days since opening", marks });
  },
  table(result) {
    const regimes = Object.keys(result.curves);
    const columns = regimes.flatMap((regime) => [`${regime} acted`, `${regime} low`, `${regime} high`, `${regime} gone`]);
    return [["days", ...columns], ...result.ages_days.map((day, i) => [day, ...regimes.flatMap((regime) => {
      const { acted, gone } = result.curves[regime];
      return [acted.mean[i], acted.low[i], acted.high[i], gone?.mean[i] ?? null];
    })])];
  },
};

const ENDINGS = [
  { key: "won", label: "won", fill: "#1b5e57", ink: "#ffffff" },
  { key: "lost", label: "lost: offer declined", fill: "#9bbcb7", ink: "#222222" },
  { key: "went_quiet", label: "no decision: went quiet after an offer", fill: "#d8d3c4", ink: "#222222" },
  { key: "no_action", label: "no decision: no action was ever taken", fill: "#a33b20", ink: "#ffffff" },
  { key: "still_open", label: "still open at the end", fill: "#efefeb", ink: "#222222" },
];

/** @type {Figure} */
const outcomes = {
  id: "outcomes",
  title: "What becomes of opportunities",
  note: "Per cent of those that opened, in the order of the key.",
  keys: ENDINGS,
  height: stacksHeight,
  top: () => 1,
  show(host, result, names, top, pinned) {
    const partsOf = (split) => {
      const all = shares(split);
      return ENDINGS.map(({ key, ...part }) => ({ ...part, value: all[key], shown: percent(all[key]) }));
    };
    const rows = Object.entries(result.split).map(([regime, split]) => ({
      regime, name: names[regime], text: `no action ${percent(shares(split).no_action, 1)}`, parts: partsOf(split),
      before: pinned?.split[regime] && partsOf(pinned.split[regime]),
    }));
    stacks(host, { rows, top, axis: "share of opportunities", tick: perCent, label: `Outcomes: ${rows.map(({ name, parts }) => `${name} ${parts[0].shown} won`).join(", ")}` });
  },
  table: (result) => [
    ["regime", ...ENDINGS.map(({ label }) => label)],
    ...Object.entries(result.split).map(([regime, split]) => [regime, ...ENDINGS.map(({ key }) => shares(split)[key])]),
  ],
};

function shares(split) {
  const total = ENDINGS.reduce((sum, { key }) => sum + (split[key] ?? 0), 0) || 1;
  return Object.fromEntries(ENDINGS.map(({ key }) => [key, (split[key] ?? 0) / total]));
}

const HOURS = [
  { key: "touched_hours", label: "somebody works on it", fill: "#1b5e57", ink: "#ffffff" },
  { key: "waited_rep_hours", label: "waits in the rep's inbox", fill: "#9bbcb7", ink: "#222222" },
  { key: "waited_peers_hours", label: "waits for peers", fill: "#e3c88f", ink: "#222222" },
  { key: "waited_managers_hours", label: "waits for managers", fill: "#a33b20", ink: "#ffffff" },
];

/** @type {Figure} */
const hours = {
  id: "hours",
  title: "Touched and waiting, inside the firm",
  note: "Business hours per opportunity. The customer's own time to answer is in the table.",
  keys: HOURS,
  height: stacksHeight,
  top: (result) => roundUp(Math.max(...regimesOf(result).map((regime) => HOURS.reduce((sum, { key }) => sum + (result.measures[key][regime].mean ?? 0), 0)))),
  show(host, result, names, top, pinned) {
    const partsOf = ({ measures }, regime) => HOURS.map(({ key, ...part }) => {
      const { mean } = measures[key][regime];
      return { ...part, value: mean ?? 0, shown: `${number(mean, 0)} h` };
    });
    const rows = regimesOf(result).map((regime) => {
      const parts = partsOf(result, regime);
      const total = parts.reduce((sum, { value }) => sum + value, 0);
      const before = pinned?.looks[regime] && partsOf(pinned, regime);
      return { regime, name: names[regime], text: `${number(total, 0)} h in all`, parts, before };
    });
    stacks(host, { rows, top, axis: "hours per opportunity", tick: whole, label: `Hours inside the firm: ${rows.map(({ name, text }) => `${name} ${text}`).join(", ")}` });
  },
  table(result) {
    const all = [...HOURS, { key: "waited_customer_hours", label: "waits for the customer" }].filter(({ key }) => key in result.measures);
    return [["regime", ...all.map(({ label }) => label)],
      ...regimesOf(result).map((regime) => [regime, ...all.map(({ key }) => result.measures[key][regime].mean)])];
  },
};

/** @type {Figure} */
const best = {
  id: "best",
  title: "Deals won with the best answer",
  note: "Share of deals won in which the offer met every issue of the customer's need.",
  height: (rows) => barsHeight(rows, 0),
  top: () => 1,
  show(host, result, names, top, pinned) {
    const measure = result.measures.best_answer_share;
    const all = regimesOf(result).map((regime) => ({
      regime, name: names[regime], ...measure[regime], text: percent(measure[regime].mean), notes: [],
      before: pinned?.measures.best_answer_share[regime]?.mean,
    }));
    bars(host, { bars: all, top, axis: "share of deals won", tick: perCent, label: `Best answer: ${all.map(({ name, text }) => `${name} ${text}`).join(", ")}` });
  },
  table: (result) => [
    ["regime", "best-answer share", "low", "high"],
    ...regimesOf(result).map((regime) => [regime, ...shown(result.measures.best_answer_share[regime])]),
  ],
};

/**
 * What a lesson's bet is about, regime by regime.
 * @param {{name: string, label: string, unit: string}} measure @param {"highest" | "lowest"} settled @returns {Figure}
 */
export function figureOf({ name, label, unit }, settled) {
  const share = /^(share|probability)/.test(unit);
  const written = share ? percent : (value) => number(value);
  return {
    id: "bet",
    title: label,
    note: `${settled === "lowest" ? "The lowest wins" : "The highest wins"}, if the interval of its difference from the first is clear of all others. Mean per world, and that difference.`,
    height: (rows) => barsHeight(rows, 1),
    top: (result) => (share ? [0.1, 0.25, 0.5].find((top) => top >= highest(result.measures[name])) ?? 1 : roundUp(highest(result.measures[name]))),
    show(host, result, names, top) {
      const all = regimesOf(result).map((regime) => {
        const { difference, ...numbers } = result.measures[name][regime];
        return { regime, name: names[regime], ...numbers, text: written(numbers.mean), notes: [against(difference, share, names[result.baseline])] };
      });
      bars(host, { bars: all, top, axis: unit, tick: share ? perCent : (value) => number(value, 0), label: `${label}: ${all.map((bar) => `${bar.name} ${bar.text}`).join(", ")}` });
    },
    table: (result) => [
      ["regime", label, "low", "high", "against the first", "low", "high"],
      ...regimesOf(result).map((regime) => [regime, ...shown(result.measures[name][regime]), ...shown(result.measures[name][regime].difference ?? { mean: null, low: null, high: null })]),
    ],
  };
}

/** The difference from the first regime with its interval; of shares in points. */
function against(difference, share, first) {
  if (!difference || !Number.isFinite(difference.mean)) return "others are compared with it";
  const [mean, low, high] = shown(difference).map((value) => signed(share ? 100 * value : value, 1));
  return `${mean} [${low}, ${high}]${share ? " points" : ""} against ${first}`;
}

/** @type {Figure[]} */
export const FIGURES = [deals, action, outcomes, hours, best];
