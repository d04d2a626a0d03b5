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

/** Equal for states that set the same numbers, whether or not they name what is as usual. */
function keyOf({ seed, scenario, regimes }, { parameters, regimes: presets }) {
  const changed = parameters
    .filter(({ group, name, default: usual }) => (scenario[group]?.[name] ?? usual) !== usual)
    .map(({ key, group, name }) => [key, scenario[group][name]]);
  const structures = Object.entries(regimes).map(([regime, { base = regime, ...numbers }]) => {
    const usual = presets[base]?.numbers ?? {};
    return [regime, base, Object.entries(numbers).filter(([name, value]) => value !== usual[name]).sort()];
  });
  return JSON.stringify([seed ?? 1, changed, structures]);
}

export const declarations = async () => (await store).declarations;

export async function ensemble(state) {
  const held = await store;
  const answer = held.byState.get(keyOf(state, held.declarations));
  if (!answer) throw missing(`This file cannot answer that: ${held.holds}. For everything else run “sellsim serve”.`);
  const { version, model } = held.declarations;
  return { version, model, complete: true, seconds: 0, ages_days: held.ages_days, ...answer };
}

export async function replay(state, regime, seed) {
  const held = await store;
  const wanted = keyOf({ ...state, seed }, held.declarations);
  const found = held.replays.find((run) => run.regime === regime && keyOf({ ...held.watched, seed: run.seed }, held.declarations) === wanted);
  if (!found) throw missing(`In this file only the reference firm can be watched, with seed ${held.watched.seed}. For others run “sellsim serve”.`, held.watched);
  return found;
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
  const found = (await store).lessons.find((one) => one.id === id);
  if (!found) throw missing(`There is no lesson “${id}” in this file.`);
  return found;
}
