/** Sentences made from the numbers of an ensemble, never written beforehand. */

import { number, signed } from "./svg.js";

const capital = (text) => text.replace(/^./, (first) => first.toUpperCase());

/** A regime within a sentence. */
const called = (declared, name) => declared.regimes[name]?.subject ?? `“${name.replaceAll("_", " ")}”`;
const winning = (declared, name) => `${capital(called(declared, name))} ${declared.regimes[name]?.plural ? "win" : "wins"}`;

/** What a regime is called on the page. */
export const labelOf = (declared, name) => declared.regimes[name]?.label ?? capital(name.replaceAll("_", " "));

/** `[low, high]` as text. */
export const interval = ({ low, high }) => (Number.isFinite(low) && Number.isFinite(high) ? `[${signed(low, 0)}, ${signed(high, 0)}]` : "");

/** Regimes by mean, the best first. */
export function ranking(measure) {
  return Object.keys(measure).sort((a, b) => (measure[b].mean ?? -Infinity) - (measure[a].mean ?? -Infinity));
}

/**
 * Who wins most, by how much against the strict process, and how often.
 * @param {object} result an ensemble @param {object} declared what the server declares
 * @returns {{text: string, winner: string | null}}
 */
export function headline(result, declared) {
  const won = result.measures[declared.lead];
  const { baseline } = result;
  const [best, second] = ranking(won);
  if (!Number.isFinite(won[best]?.mean) || won[best].mean <= 0) return { text: "Nobody wins a deal here.", winner: null };
  const often = `most deals in ${won[best].worlds_won} of ${result.worlds} worlds`;
  const rival = best === baseline ? second : best;
  const gap = won[rival]?.difference;
  if (!gap || !Number.isFinite(gap.low)) return { text: `${winning(declared, best)} most: ${often}.`, winner: best };
  if (gap.low <= 0 && gap.high >= 0) {
    return { text: `No clear winner: ${called(declared, rival)} and ${called(declared, baseline)} are ${number(Math.abs(gap.mean), 0)} deals apart, and the interval ${interval(gap)} includes none.`, winner: null };
  }
  const lead = best === baseline
    ? `${number(Math.abs(gap.mean), 0)} deals more than ${called(declared, second)}`
    : `${signed(gap.mean, 0)} deals against ${baseline}`;
  return { text: `${winning(declared, best)} most: ${lead}, ${often}.`, winner: best };
}

/** What stands behind the numbers on the page. */
export function fineprint(result, state, declared) {
  const usual = Object.fromEntries(declared.parameters.filter(({ group }) => group === "horizon").map((one) => [one.name, one.default]));
  const { warmup_weeks: before, window_weeks: window, horizon_weeks: end } = { ...usual, ...state.scenario.horizon };
  const part = result.worlds < state.worlds ? `So far ${result.worlds} of ${state.worlds}` : result.worlds;
  return `${part} worlds (seeds ${result.seed} to ${result.seed + result.worlds - 1}), the same customers under every structure. ` +
    `Counted: opportunities that open in ${window} weeks, followed until week ${end} (${before} weeks of warm-up first). ` +
    `Bands and whiskers: 95 % intervals of the mean.`;
}
