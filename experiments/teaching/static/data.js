/** Everything the page knows comes through here: the only module that talks to the server. */

/** With the asker's number it tells the server whose older request a newer one cancels. */
const PAGE = crypto.getRandomValues(new Uint32Array(2)).join("-");

/** An answer of the server that names what is wrong with the request. */
export class Faults extends Error {
  /** @param {{key: string, problem: string}[]} faults */
  constructor(faults) {
    super(faults.map(({ key, problem }) => (key ? `${key}: ${problem}` : problem)).join(" "));
    this.faults = faults;
  }
}

/**
 * @param {string} path
 * @param {object} [body] sent as JSON by POST; without it the request is a GET
 * @param {AbortSignal} [signal]
 * @param {number} [asker]
 * @returns {Promise<Response>}
 */
async function ask(path, body, signal, asker = 0) {
  const options = { signal };
  if (body) {
    options.method = "POST";
    options.headers = { "Content-Type": "application/json", "X-Page": `${PAGE}-${asker}` };
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Error("The server does not answer. Start it again with “sellsim serve” and reload this page.");
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function refusal(answer) {
  if (answer.status === 409) return new DOMException("A newer request has taken its place.", "AbortError");
  if (answer.status === 429 || answer.status === 503) {
    return new Error("The server is busy with other pages. Move the slider again in a moment.");
  }
  try {
    const { faults } = await answer.json();
    if (faults?.length) return new Faults(faults);
  } catch {
    // Not JSON: nothing more is known than the status.
  }
  return new Error(`The server refused the request (${answer.status}).`);
}

const json = async (...request) => (await ask(...request)).json();

/** What can be set, with units and meanings. */
export const declarations = () => json("api/declarations");

/** Runs of every regime in so many worlds; `signal` drops the request, as does the next one of the same asker. */
export const ensemble = (state, worlds, signal, asker) => json("api/ensemble", { state, worlds }, signal, asker);

/** One run of one regime, hour by hour. */
export const replay = (state, regime, seed, signal) => json("api/replay", { state, regime, seed }, signal);

/** The state as an experiment config that `sellsim run` takes. */
export const toml = async (state) => (await ask("api/toml", { state })).text();

export const lessons = () => json("api/lessons");
export const lesson = (id) => json(`api/lessons/${encodeURIComponent(id)}`);
