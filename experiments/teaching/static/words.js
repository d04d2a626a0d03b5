/** Sentences made from the numbers of an ensemble, never written beforehand. */

import { number, signed } from "./svg.js";

const SUBJECTS = {
  strict: ["The strict process enacts", "the strict process"],
  cluster: ["Clusters enact", "clusters"],
  blended: ["The blend enacts", "the blend"],
  lean: ["The lean process enacts", "the lean process"],
};
const enacting = (name) => (SUBJECTS[name] ?? [`“${name.replaceAll("_", " ")}” enacts`])[0];
export const called = (name) => (SUBJECTS[name] ?? [, `“${name.replaceAll("_", " ")}”`])[1];

/** What a regime is called on the page. */
export const labelOf = (declared, name) => declared.regimes[name]?.label ?? name.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

/** `[low, high]` as text. */
export const interval = ({ low, high }) => (Number.isFinite(low) && Number.isFinite(high) ? `[${signed(low, 0)}, ${signed(high, 0)}]` : "");

/** Regimes by mean, the best first. */
export function ranking(measure) {
  return Object.keys(measure).sort((a, b) => (measure[b].mean ?? -Infinity) - (measure[a].mean ?? -Infinity));
}

/**
 * Who enacts most, by how much against the strict process, and how often.
 * @param {object} result an ensemble
 * @returns {{text: string, winner: string | null}}
 */
export function headline(result) {
  const won = result.measures.won;
  const { baseline } = result;
  const [best, second] = ranking(won);
  if (!Number.isFinite(won[best]?.mean) || won[best].mean <= 0) return { text: "Nobody enacts a deal here.", winner: null };
  const often = `most deals in ${won[best].worlds_won} of ${result.worlds} worlds`;
  const rival = best === baseline ? second : best;
  const gap = won[rival]?.difference;
  if (!gap || !Number.isFinite(gap.low)) return { text: `${enacting(best)} most: ${often}.`, winner: best };
  if (gap.low <= 0 && gap.high >= 0) {
    return { text: `No clear winner: ${called(rival)} and ${called(baseline)} are ${number(Math.abs(gap.mean), 0)} deals apart, and the interval ${interval(gap)} includes none.`, winner: null };
  }
  const lead = best === baseline
    ? `${number(Math.abs(gap.mean), 0)} deals more than ${called(second)}`
    : `${signed(gap.mean, 0)} deals against ${baseline}`;
  return { text: `${enacting(best)} most: ${lead}, ${often}.`, winner: best };
}

/** What stands behind the numbers on the page. */
export function fineprint(result, state) {
  const { warmup_weeks: before = 26, window_weeks: window = 52, horizon_weeks: end = 130 } = state.scenario.horizon;
  const part = result.worlds < state.worlds ? `So far ${result.worlds} of ${state.worlds}` : result.worlds;
  return `${part} worlds (seeds ${result.seed} to ${result.seed + result.worlds - 1}), the same customers under every structure. ` +
    `Counted: opportunities that open in ${window} weeks, followed until week ${end} (${before} weeks of warm-up first). ` +
    `Bands and whiskers: 95 % intervals of the mean.`;
}
