/** Who has won a lesson's bet, and the numbers in its text; the same rules as `experiments/teaching/lessons/reveal.py`. */

export const UNDECIDED = "undecided";
const NO_VALUE = "no value";
const PLACEHOLDER = /\{([^{}]*)\}/g;
const FORM = /^(?:(difference|worlds_won)\.)?(\w+)\.(\w+)$/;

/**
 * The id of the option that has won: the regime with the highest (or lowest) mean, if the interval of its difference from
 * the baseline is clear of those of the others; else "undecided".
 * @param {string[]} options @param {boolean} highest @param {Record<string, object>} numbers of the bet's measure, by regime
 */
export function settled(options, highest, numbers) {
  const sign = highest ? 1 : -1;
  const leads = options
    .filter((regime) => regime !== UNDECIDED && Number.isFinite(numbers[regime]?.mean))
    .map((regime) => {
      const { mean, low, high } = numbers[regime].difference ?? { mean: 0, low: 0, high: 0 };
      const [worst, best] = [sign * low, sign * high].sort((a, b) => a - b);
      return { regime, mean: sign * mean, worst, best };
    })
    .sort((a, b) => b.mean - a.mean);
  const [first, ...others] = leads;
  if (!others.length || first.worst <= Math.max(...others.map(({ best }) => best))) return UNDECIDED;
  return first.regime;
}

/**
 * Text with its placeholders filled in from an ensemble.
 * @param {string} text @param {string} winner label of the option that has won, escaped if the text is HTML
 * @param {object} result an ensemble @param {Record<string, string>} units by measure
 */
export function filled(text, winner, result, units) {
  return text.replace(PLACEHOLDER, (all, name) => {
    if (name === "winner") return winner;
    if (name === "worlds") return String(result.worlds);
    const found = FORM.exec(name);
    const numbers = found && result.measures[found[2]]?.[found[3]];
    return numbers ? written(found[1], units[found[2]] ?? "", numbers) : NO_VALUE;
  });
}

/** Text as it may stand in HTML. */
export const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A number in words that fit into a sentence; shares in percent, differences of shares in points. */
function written(form, unit, numbers) {
  if (form === "worlds_won") return String(numbers.worlds_won);
  const share = /^(share|probability)/.test(unit);
  if (form !== "difference") return Number.isFinite(numbers.mean) ? figure(numbers.mean, share, false) + (share ? "%" : "") : NO_VALUE;
  const { low, mean, high } = numbers.difference ?? {};
  if (!Number.isFinite(mean)) return NO_VALUE;
  const [a, b, c] = [low, mean, high].map((value) => figure(value, share, true));
  return `${b}${share ? " points" : ""} (${a} to ${c})`;
}

/** Two or three figures. `toFixed` rounds as Python does, but for exact ties. @param {boolean} sign whether to write a + */
function figure(value, share, sign) {
  const size = share ? 100 * value : value;
  const digits = Math.abs(size) >= (share ? 10 : 100) ? 0 : 1;
  const text = Math.abs(size).toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const negative = size < 0 || Object.is(size, -0);
  return (negative ? "−" : sign ? "+" : "") + text;
}
