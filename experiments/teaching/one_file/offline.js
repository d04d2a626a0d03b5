/** In the place of data.js in an exported file: answers come out of the file, and what is not in it is said. */

/** A request that the file cannot answer. */
export class Faults extends Error {
  /** @param {{key: string, problem: string}[]} faults */
  constructor(faults) {
    super(faults.map(({ key, problem }) => (key ? `${key}: ${problem}` : problem)).join(" "));
    this.faults = faults;
  }
}

const missing = (what, instead) => Object.assign(new Faults([{ key: "", problem: what }]), { instead });

/** What the file holds, unpacked once. */
const store = unpack().then((held) => ({ ...held, byState: byState(held) }));

async function unpack() {
  if (!globalThis.DecompressionStream) throw missing("This browser is too old to open this file; any browser of 2023 or later will do.");
  const packed = atob(document.getElementById("packed").textContent.trim());
  const bytes = Uint8Array.from(packed, (sign) => sign.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

function byState({ declarations, ensembles }) {
  return new Map(ensembles.map(({ state, answer }) => [keyOf(state, declarations), answer]));
}

/** Equal for states that set the same numbers, whether or not they name what is as usual, in whatever order. */
function keyOf(state, declarations) {
  return JSON.stringify([marketOf(state, declarations), Object.keys(state.regimes)[0], structuresOf(state, declarations).sort()]);
}

/** The seed, and what of the scenario is not as usual. */
function marketOf({ seed, scenario }, { parameters }) {
  const changed = parameters
    .filter(({ group, name, default: usual }) => (scenario[group]?.[name] ?? usual) !== usual)
    .map(({ key, group, name }) => [key, scenario[group][name]]);
  return JSON.stringify([seed ?? 1, changed]);
}

/** Each regime as text. */
function structuresOf({ regimes }, { regimes: presets }) {
  return Object.entries(regimes).map(([regime, { base = regime, ...numbers }]) => {
    const usual = presets[base]?.numbers ?? {};
    return JSON.stringify([regime, base, Object.entries(numbers).filter(([name, value]) => value !== usual[name]).sort()]);
  });
}

/** What the file holds about a state: the same firms, or some more of them with the same one first. */
function found(held, state) {
  const exact = held.byState.get(keyOf(state, held.declarations));
  if (exact) return picked(exact, Object.keys(state.regimes));
  const [market, wanted] = [marketOf(state, held.declarations), structuresOf(state, held.declarations)];
  const more = held.ensembles.find((other) => marketOf(other.state, held.declarations) === market &&
    Object.keys(other.state.regimes)[0] === Object.keys(state.regimes)[0] &&
    wanted.every((structure) => structuresOf(other.state, held.declarations).includes(structure)));
  return more && picked(more.answer, Object.keys(state.regimes));
}

/** An answer with these regimes, in this order. In how many worlds one comes first is not known of fewer. */
function picked(answer, regimes) {
  const some = (table) => Object.fromEntries(regimes.map((regime) => [regime, table[regime]]));
  const fewer = regimes.length < Object.keys(answer.looks).length;
  const measures = Object.entries(answer.measures).map(([name, numbers]) => [name, Object.fromEntries(
    regimes.map((regime) => [regime, fewer ? { ...numbers[regime], worlds_won: null } : numbers[regime]]))]);
  return { ...answer, looks: some(answer.looks), curves: some(answer.curves), split: some(answer.split), measures: Object.fromEntries(measures) };
}

export const declarations = async () => (await store).declarations;

export async function ensemble(state) {
  const held = await store;
  const answer = found(held, state);
  if (!answer) throw missing(`This file cannot answer that: ${held.holds}. For everything else run “sellsim serve”.`);
  const { version, model } = held.declarations;
  return { version, model, complete: true, seconds: 0, ages_days: held.ages_days, ...answer };
}

export async function replay(state, regime, seed) {
  const held = await store;
  const wanted = keyOf({ ...state, seed }, held.declarations);
  const run = held.replays.find((one) => one.regime === regime && keyOf({ ...held.watched, seed: one.seed }, held.declarations) === wanted);
  if (!run) throw missing(`In this file only the reference firm can be watched, with seed ${held.watched.seed}. For others run “sellsim serve”.`, held.watched);
  return run;
}

/** The state as an experiment config. */
export async function toml({ seed, worlds, scenario, regimes }) {
  const table = (name, values) => `[${name}]\n${Object.entries(values).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join("")}\n`;
  const tables = [
    ...Object.entries(scenario).map(([group, values]) => table(`scenario.${group}`, values)),
    ...Object.entries(regimes).map(([regime, values]) => table(`regimes.${JSON.stringify(regime)}`, values)),
    table("replications", { count: worlds, first_seed: seed }),
  ];
  return `question = "What did the lab show in this state?"\n\n${tables.join("")}`;
}

export const lessons = async () => (await store).lessons;

export async function lesson(id) {
  const wanted = (await store).lessons.find((one) => one.id === id);
  if (!wanted) throw missing(`There is no lesson “${id}” in this file.`);
  return wanted;
}
