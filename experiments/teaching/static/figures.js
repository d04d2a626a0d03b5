/** The figures of an ensemble: for each its title, how it is drawn, and the table behind it. */

import { bars, lines, stacks } from "./charts.js";
import { number, percent } from "./svg.js";
import { interval } from "./words.js";

/**
 * @typedef {{id: string, title: string, note: string, keys?: {label: string, fill: string}[],
 *   show: (host: HTMLElement, result: object, names: Record<string, string>) => void,
 *   table: (result: object) => (string | number | null)[][]}} Figure
 */

const regimesOf = (result) => Object.keys(result.looks);
const shown = ({ mean, low, high }) => [mean, low, high];

/** @type {Figure} */
const deals = {
  id: "deals",
  title: "Deals won",
  note: "Mean per world, against strict in the same worlds, and in how many worlds this structure wins most.",
  show(host, result, names) {
    const won = result.measures.won;
    const all = regimesOf(result).map((regime) => ({
      regime, name: names[regime], ...won[regime],
      text: number(won[regime].mean, 0), notes: remarks(won[regime], result),
    }));
    bars(host, { bars: all, label: `Deals won: ${all.map(({ name, text }) => `${name} ${text}`).join(", ")}` });
  },
  table(result) {
    const head = ["regime", "deals", "low", "high", "against strict", "low", "high", "worlds won", "worlds"];
    const won = result.measures.won;
    return [head, ...regimesOf(result).map((regime) => [
      regime, ...shown(won[regime]), ...shown(won[regime].difference ?? { mean: null, low: null, high: null }),
      won[regime].worlds_won, result.worlds,
    ])];
  },
};

function remarks({ difference, worlds_won: most }, { worlds, baseline }) {
  const often = `most in ${most} of ${worlds} worlds`;
  if (!difference || !Number.isFinite(difference.mean)) return ["the baseline", often];
  const sign = difference.mean > 0 ? "+" : "";
  return [`${sign}${number(difference.mean, 0)} ${interval(difference)} against ${baseline}`, often];
}

/** Business days on the axis: five weeks, whatever the sliders say, so that charts can be compared. */
const SHOWN_DAYS = 25;

/** @type {Figure} */
const action = {
  id: "action",
  title: "How soon is something done?",
  note: "Share of opportunities (%) with a first offer, by business days since they opened. Leaving without any offer competes with it.",
  show(host, result, names) {
    const days = result.ages_days.filter((day) => day <= SHOWN_DAYS);
    const all = Object.entries(result.curves).map(([regime, { acted }]) => ({
      regime, name: names[regime], ...acted, end: percent(acted.mean[days.length - 1]),
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
  show(host, result, names) {
    const rows = Object.entries(result.split).map(([regime, split]) => {
      const all = shares(split);
      const parts = ENDINGS.map(({ key, ...part }) => ({ ...part, value: all[key], shown: percent(all[key]) }));
      return { regime, name: names[regime], text: `no action ${percent(all.no_action, 1)}`, parts };
    });
    stacks(host, { rows, label: `Outcomes: ${rows.map(({ name, parts }) => `${name} ${parts[0].shown} won`).join(", ")}` });
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
  show(host, result, names) {
    const rows = regimesOf(result).map((regime) => {
      const parts = HOURS.map(({ key, ...part }) => {
        const { mean } = result.measures[key][regime];
        return { ...part, value: mean ?? 0, shown: `${number(mean, 0)} h` };
      });
      const total = parts.reduce((sum, { value }) => sum + value, 0);
      return { regime, name: names[regime], text: `${number(total, 0)} h in all`, parts };
    });
    stacks(host, { rows, label: `Hours inside the firm: ${rows.map(({ name, text }) => `${name} ${text}`).join(", ")}` });
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
  show(host, result, names) {
    const measure = result.measures.best_answer_share;
    const all = regimesOf(result).map((regime) => ({
      regime, name: names[regime], ...measure[regime], text: percent(measure[regime].mean), notes: [],
    }));
    bars(host, { bars: all, top: 1, label: `Best answer: ${all.map(({ name, text }) => `${name} ${text}`).join(", ")}` });
  },
  table: (result) => [
    ["regime", "best-answer share", "low", "high"],
    ...regimesOf(result).map((regime) => [regime, ...shown(result.measures.best_answer_share[regime])]),
  ],
};

/** @type {Figure[]} */
export const FIGURES = [deals, action, outcomes, hours, best];
