/**
 * Pupils' bets as short codes, without accounts. A code is five letters of Crockford's base 32: lesson (6 bits), option
 * (4 bits), pupil's number (10 bits), and a checksum (5 bits) that finds slips of the pen.
 */

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
export const MOST_PUPIL = 1023;

/** Sum of the four groups of five bits, each times its place (1 to 4), modulo 31. */
const checksum = (groups) => groups.reduce((sum, group, i) => sum + group * (i + 1), 0) % 31;

/**
 * @param {{lesson: number, option: number, pupil: number}} bet lesson and option count from 0
 * @returns {string} e.g. "0G43R"
 */
export function toCode({ lesson, option, pupil }) {
  const bits = (lesson << 14) | (option << 10) | pupil;
  const groups = [15, 10, 5, 0].map((shift) => (bits >> shift) & 31);
  return [...groups, checksum(groups)].map((group) => LETTERS[group]).join("");
}

/** What a code says, or null if it is none. Forgiving about case, blanks, O for 0, and I or L for 1. */
export function fromCode(text) {
  const tidy = text.toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
  const groups = [...tidy].map((letter) => LETTERS.indexOf(letter));
  if (groups.length !== 5 || groups.includes(-1) || checksum(groups.slice(0, 4)) !== groups[4]) return null;
  const bits = (groups[0] << 15) | (groups[1] << 10) | (groups[2] << 5) | groups[3];
  return { lesson: bits >> 14, option: (bits >> 10) & 15, pupil: bits & 1023 };
}

/**
 * Bets out of pasted text: each pupil's last word on a lesson counts.
 * @param {string} text codes with blanks, commas or lines between them
 * @returns {{bets: {lesson: number, option: number, pupil: number}[], unread: string[]}}
 */
export function readCodes(text) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const last = new Map();
  const unread = [];
  for (const word of words) {
    const bet = fromCode(word);
    if (bet) last.set(`${bet.lesson}/${bet.pupil}`, bet);
    else unread.push(word);
  }
  return { bets: [...last.values()], unread };
}

/** How many bet on each option of a lesson: an array as long as there are options. */
export function tally(bets, lesson, options) {
  const counts = new Array(options).fill(0);
  for (const bet of bets) if (bet.lesson === lesson && bet.option < options) counts[bet.option] += 1;
  return counts;
}
