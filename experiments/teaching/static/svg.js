/** Drawing: elements, how regimes look, numbers as people write them. */

const SPACE = "http://www.w3.org/2000/svg";

export const INK = "#222222";
export const FAINT = "#595959";
export const RULE = "#d9d9d4";

/** @type {Record<string, {colour: string, dashes: number[], marker: string}>} told apart also without colour */
let looks = {};

/** Say which regimes are about to be drawn, and how each of them looks: what comes with an ensemble. */
export function drawing(all) {
  looks = all;
}

export const lookOf = (regime) => looks[regime];

/** An SVG element with attributes and children (elements or text). */
export function draw(name, attributes = {}, ...children) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** An HTML element, in the same manner. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const CORNERS = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  diamond: [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]],
  triangle: [[0, -1.3], [1.25, 0.95], [-1.25, 0.95]],
  down: [[0, 1.3], [1.25, -0.95], [-1.25, -0.95]],
  left: [[-1.3, 0], [0.95, -1.25], [0.95, 1.25]],
  right: [[1.3, 0], [-0.95, 1.25], [-0.95, -1.25]],
  pentagon: [[0, -1.3], [1.24, -0.4], [0.76, 1.05], [-0.76, 1.05], [-1.24, -0.4]],
  hexagon: [[1.2, 0], [0.6, 1.05], [-0.6, 1.05], [-1.2, 0], [-0.6, -1.05], [0.6, -1.05]],
  cross: [[-1.2, -0.65], [-0.65, -1.2], [0, -0.55], [0.65, -1.2], [1.2, -0.65], [0.55, 0], [1.2, 0.65], [0.65, 1.2], [0, 0.55], [-0.65, 1.2], [-1.2, 0.65], [-0.55, 0]],
  plus: [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
};

/** A regime's marker, outlined so that pale colours stand out from white. */
export function marker(regime, x, y, size = 5) {
  const { colour, marker: shape } = lookOf(regime);
  const paint = { fill: colour, stroke: INK, "stroke-width": 0.8 };
  if (shape === "circle") return draw("circle", { cx: x, cy: y, r: size * 1.05, ...paint });
  const points = CORNERS[shape].map(([dx, dy]) => `${x + dx * size},${y + dy * size}`).join(" ");
  return draw("polygon", { points, ...paint });
}

/** Text at a place; `more` are attributes. */
export const write = (text, x, y, more = {}) => draw("text", { x, y, fill: INK, ...more }, text);

/** About three digits, with commas and a true minus: 1,536 · 66.4 · 8.13; "–" where there is no number. */
export function number(value, decimals) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  decimals ??= size >= 99.95 || size === 0 ? 0 : size >= 9.995 ? 1 : 2;
  const text = size.toLocaleString("en-GB", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** A number with its sign. */
export const signed = (value, decimals) => (value > 0 ? "+" : "") + number(value, decimals);

export const percent = (share, decimals = 0) => (Number.isFinite(share) ? `${number(100 * share, decimals)} %` : "–");

/** The size of the page's letters in pixels: charts grow with them on a projector. */
export const letters = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
