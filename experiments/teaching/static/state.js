/**
 * The state of the lab: version, seed, worlds, scenario and regimes, with only what differs from the reference firm.
 * Everything here is a pure function that returns a new state.
 */

/**
 * What the lab starts with: the first situation declared, under all regimes.
 * @param {object} declared what the server declares
 */
export function initial({ version, model, limits, regimes, situations: [first] }) {
  const bare = { version, model, seed: 1, worlds: Math.min(200, limits.worlds), scenario: {}, regimes: {} };
  return situated(first.state, bare, regimes);
}

/**
 * A situation's or a lesson's state; seed, worlds and horizon stay as they are where it names none.
 * @param {object} partial @param {object} now @param {object} presets the regimes where it names none
 */
export function situated(partial, now, presets) {
  const { scenario = {}, regimes } = partial;
  const bare = Object.fromEntries(Object.keys(presets).map((name) => [name, {}]));
  return {
    ...now,
    seed: partial.seed ?? now.seed,
    worlds: partial.worlds ?? now.worlds,
    scenario: {
      market: { ...scenario.market },
      organisation: { ...scenario.organisation },
      horizon: { ...(scenario.horizon ?? now.scenario.horizon) },
    },
    regimes: structuredClone(regimes ?? bare),
  };
}

/** The number that a declared parameter has in this state. */
export function valueOf(state, parameter, presets) {
  const { group, name, default: usual } = parameter;
  if (group !== "regime") return state.scenario[group]?.[name] ?? usual;
  const first = parameter.regimes.find((regime) => regime in state.regimes);
  return state.regimes[first]?.[name] ?? usualOf(parameter, presets, first);
}

/** What it is in the reference firm or, for a parameter of the regimes, in the preset. */
export function usualOf(parameter, presets, regime = parameter.regimes[0]) {
  if (parameter.group !== "regime") return parameter.default;
  return presets[regime]?.numbers?.[parameter.name] ?? parameter.default;
}

/** The numbers of the scenario with those that are as usual filled in. */
export function filledIn(state, { parameters }) {
  const scenario = {};
  for (const { group, name, default: usual } of parameters) {
    if (group !== "regime") (scenario[group] ??= {})[name] = state.scenario[group]?.[name] ?? usual;
  }
  return scenario;
}

/** The state with a parameter set; what is as usual, or nothing (null), is left out. */
export function withValue(state, parameter, value, presets) {
  const next = structuredClone(state);
  const put = (table, usual) => {
    if (value === usual || value === null) delete table[parameter.name];
    else table[parameter.name] = value;
  };
  if (parameter.group !== "regime") {
    next.scenario[parameter.group] ??= {};
    put(next.scenario[parameter.group], parameter.default);
    return next;
  }
  for (const regime of parameter.regimes) {
    if (regime in next.regimes) put(next.regimes[regime], usualOf(parameter, presets, regime));
  }
  return next;
}

/** Whether both set the same numbers, whatever their seed and worlds. */
export function sameFirm(a, b) {
  return ordered({ scenario: a.scenario, regimes: a.regimes }) === ordered({ scenario: b.scenario, regimes: b.regimes });
}

/** Whether both ask for the same worlds, too. */
export const sameState = (a, b) => a.seed === b.seed && a.worlds === b.worlds && sameFirm(a, b);

/** JSON with sorted keys and without empty tables of the scenario, so that equal states give equal text. */
function ordered(value) {
  return JSON.stringify(value, (_, inner) => {
    if (!inner || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The part of a link after `#` that holds version, seed and every number set. */
export function toLink(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const text = btoa(String.fromCharCode(...bytes));
  return `#s=${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/**
 * The state in a link, or null where there is none.
 * @throws {Error} if the link is damaged
 */
export function fromLink(hash) {
  const found = /^#s=([\w-]+)$/.exec(hash);
  if (!found) return null;
  try {
    const text = atob(found[1].replaceAll("-", "+").replaceAll("_", "/"));
    const state = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    return complete(state);
  } catch {
    throw new Error("This link is damaged: copy it again, as a whole. The reference firm is shown instead.");
  }
}

function complete(state) {
  const { version, model, seed, worlds, scenario, regimes } = state;
  if (typeof version !== "string" || !Number.isInteger(seed) || !Number.isInteger(worlds)) throw new Error("incomplete");
  if (typeof scenario !== "object" || typeof regimes !== "object") throw new Error("incomplete");
  return { version, model, seed, worlds, scenario: { market: {}, organisation: {}, horizon: {}, ...scenario }, regimes };
}
