/** Sentences made from the numbers of an ensemble, never written beforehand. */

import { settled, UNDECIDED } from "./reveal.js";
import { number, signed } from "./svg.js";

const capital = (text) => text.replace(/^./, (first) => first.toUpperCase());

/** What a regime is called on the page; `labels` are a lesson's own. */
export const labelOf = (declared, name, labels = {}) => labels[name] ?? declared.regimes[name]?.label ?? capital(name.replaceAll("_", " "));

/** A regime within a sentence. */
function called(declared, name, labels) {
  return labels[name] || !declared.regimes[name] ? `“${labelOf(declared, name, labels)}”` : declared.regimes[name].subject;
}

const plural = (declared, name, labels) => !labels[name] && declared.regimes[name]?.plural;

/** `[low, high]` as text. */
export const interval = ({ low, high }) => (Number.isFinite(low) && Number.isFinite(high) ? `[${signed(low, 0)}, ${signed(high, 0)}]` : "");

/** Regimes by mean, the best first. */
export function ranking(measure) {
  return Object.keys(measure).sort((a, b) => (measure[b].mean ?? -Infinity) - (measure[a].mean ?? -Infinity));
}

/**
 * Who wins most deals, by the rule that judges bets; and the two regimes that the sentence is about.
 * @param {object} result an ensemble @param {object} declared what the server declares @param {Record<string, string>} labels
 * @returns {{text: string, winner: string | null, pair: string[]}}
 */
export function headline(result, declared, labels = {}) {
  const won = result.measures[declared.lead];
  const { baseline } = result;
  const [best, second] = ranking(won);
  const name = (regime) => called(declared, regime, labels);
  const pair = second ? [best === baseline ? second : baseline, best] : [best, best];
  if (!Number.isFinite(won[best]?.mean) || won[best].mean <= 0) return { text: "Nobody wins a deal here.", winner: null, pair };
  if (!second) return { text: `${capital(name(best))}: ${number(won[best].mean, 0)} deals won.`, winner: best, pair };
  const lead = (regime) => `${signed(won[regime].difference.mean, 0)} ${interval(won[regime].difference)}`;
  if (settled(Object.keys(won), true, won) === UNDECIDED) {
    const gap = [best, second].filter((regime) => won[regime].difference).map(lead).join(" and ");
    const text = `No clear winner: ${name(best)} and ${name(second)} cannot be told apart (${gap} deals against ${name(baseline)}).`;
    return { text, winner: null, pair: [second, best] };
  }
  const wins = `${capital(name(best))} ${plural(declared, best, labels) ? "win" : "wins"} most deals`;
  const next = second === baseline ? "" : `; next ${plural(declared, second, labels) ? "come" : "comes"} ${name(second)}, ${best === baseline ? `${lead(second)} deals` : lead(second)}`;
  const ahead = best === baseline ? "" : `: ${lead(best)} against ${name(baseline)}`;
  return { text: `${wins}${ahead}${next}.`, winner: best, pair };
}

/** What stands behind the numbers on the page. */
export function fineprint(result, state, declared) {
  const usual = Object.fromEntries(declared.parameters.filter(({ group }) => group === "horizon").map((one) => [one.name, one.default]));
  const { warmup_weeks: before, window_weeks: window, horizon_weeks: end } = { ...usual, ...state.scenario.horizon };
  const part = result.worlds < state.worlds ? `So far ${result.worlds} of ${state.worlds}` : result.worlds;
  return `${part} worlds (seeds ${result.seed} to ${result.seed + result.worlds - 1}), the same customers under every structure. ` +
    `Counted: opportunities that open in ${window} weeks, followed until week ${end} (${before} weeks of warm-up first). ` +
    `Bands, whiskers and brackets: 95 % intervals. A structure wins if its interval is clear of all others.`;
}

/**
 * In what two states differ: "variety of customers 0.4 → 0.8".
 * @param {object} before @param {object} now @param {object} declared @returns {string[]}
 */
export function differences(before, now, declared) {
  return declared.parameters.flatMap(({ group, name, label, default: usual, regimes }) => {
    const places = group === "regime" ? Object.keys(now.regimes).filter((regime) => regime in before.regimes) : [null];
    const value = (state, regime) => (regime ? state.regimes[regime][name] ?? declared.regimes[regime]?.numbers[name] : state.scenario[group]?.[name] ?? usual);
    const changed = places.filter((regime) => value(before, regime) !== value(now, regime));
    if (!changed.length) return [];
    const whose = regimes?.length > 1 && changed.length < regimes.length ? ` (${changed.map((regime) => labelOf(declared, regime)).join(", ")})` : "";
    return [`${label}${whose} ${value(before, changed[0])} → ${value(now, changed[0])}`];
  });
}

/** What the structures of a state are, for those who meet them here: presets, and rows of numbers that start from one. */
export function whoIsWho(state, declared, labels = {}) {
  return Object.entries(state.regimes).map(([name, { base, ...numbers }]) => {
    const preset = declared.regimes[base ?? name];
    const changed = Object.keys(numbers).length ? `${base ? `as ${preset?.label ?? base}` : preset?.meaning}, changed: ${Object.entries(numbers).map(([key, value]) => `${titleOf(declared, key)} ${value}`).join(", ")}` : null;
    return { name, label: labelOf(declared, name, labels), meaning: changed ?? preset?.meaning ?? "" };
  });
}

const titleOf = (declared, key) => declared.parameters.find(({ group, name }) => group === "regime" && name === key)?.label.toLowerCase() ?? key;
