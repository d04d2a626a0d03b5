/** A card holds a figure, the table behind it, and ways to take both away. */

import { make, number } from "./svg.js";

/** Hand the user a file. */
export function save(content, name, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const address = URL.createObjectURL(blob);
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Rows as CSV, numbers in full. */
export const csv = (rows) => `${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;

function cell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A drawing as a file of its own: white ground, name space and title included. */
function standalone(svg, title) {
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const { width, height } = svg.viewBox.baseVal;
  const pad = 16;
  const head = 30;
  copy.setAttribute("viewBox", `${-pad} ${-pad - head} ${width + 2 * pad} ${height + 2 * pad + head}`);
  copy.setAttribute("width", width + 2 * pad);
  copy.setAttribute("height", height + 2 * pad + head);
  const ground = `<rect x="${-pad}" y="${-pad - head}" width="100%" height="100%" fill="#ffffff"/>`;
  const heading = `<text x="0" y="${-head / 2}" font-size="16" font-weight="700" fill="#222222">${title}</text>`;
  const text = new XMLSerializer().serializeToString(copy);
  return text.replace(/^<svg[^>]*>/, (start) => start + ground + heading);
}

/** The same as pixels, twice as fine as on the screen. */
async function pixels(text) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = make("canvas", { width: 2 * image.width, height: 2 * image.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** Counts as they are, other numbers with about three digits. */
const exact = (value) => number(value, Number.isInteger(value) ? 0 : Math.abs(value) < 1 ? 3 : undefined);

function tableOf(rows, caption) {
  const [head, ...body] = rows;
  const every = body.length > 24 ? Math.ceil(body.length / 24) : 1;
  return make("table", {},
    make("caption", {}, every > 1 ? `${caption}; every ${every}th row, all of them in the CSV` : caption),
    make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, ...body.filter((_, i) => i % every === 0).map(([first, ...rest]) => make("tr", {},
      make("th", { scope: "row" }, typeof first === "number" ? number(first) : first),
      ...rest.map((value) => make("td", {}, typeof value === "string" ? value : exact(value))))),
  ));
}

/** A figure on the page, which can be shown another result. */
export class Card {
  /** @param {import("./figures.js").Figure} figure @param {number} rows regimes that there will be: room is kept for them */
  constructor(figure, rows) {
    this.figure = figure;
    this.result = null;
    this.top = 0;
    this.pinned = null;
    this.host = make("div", { class: "figure" });
    this.host.style.minHeight = `${figure.height(rows)}rem`;
    this.rows = make("div", { class: "table-room", tabindex: "0", role: "region", "aria-label": `Table: ${figure.title}` });
    this.more = make("details", { class: "more" },
      make("summary", {}, "Table and downloads", make("span", { class: "unseen" }, `: ${figure.title}`)),
      make("p", { class: "downloads" }, ...["PNG", "SVG", "CSV"].map((kind) => this.download(kind))), this.rows);
    this.more.addEventListener("toggle", () => this.fill());
    this.element = make("section", { class: `card card-${figure.id}`, "aria-label": figure.title },
      make("h2", {}, figure.title), make("p", { class: "note" }, figure.note), ...this.key(), this.host, this.more);
  }

  key() {
    if (!this.figure.keys) return [];
    const entries = this.figure.keys.map(({ label, fill }) => {
      const swatch = make("span", { class: "swatch" });
      swatch.style.background = fill;
      return make("li", {}, swatch, label);
    });
    return [make("ul", { class: "key" }, ...entries)];
  }

  /** Draw another result beside this one, or none (null). @param {object | null} pinned an ensemble with its scenario */
  pin(pinned) {
    this.pinned = pinned;
    this.reach();
    this.redraw();
  }

  /** The scale holds what is pinned as well. */
  reach() {
    if (this.pinned) this.top = Math.max(this.top, this.figure.top?.(this.pinned, this.pinned.scenario) ?? 0);
  }

  /** Another firm will be looked at: with the next result the scale begins anew. */
  reset() {
    this.anew = true;
  }

  download(kind) {
    const button = make("button", { type: "button", "data-download": kind }, kind);
    button.addEventListener("click", () => this.take(kind));
    return button;
  }

  async take(kind) {
    if (!this.result) return;
    const name = `sellsim_${this.figure.id}_seed${this.result.seed}_worlds${this.result.worlds}.${kind.toLowerCase()}`;
    if (kind === "CSV") return save(csv(this.figure.table(this.result)), name, "text/csv;charset=utf-8");
    const drawing = standalone(this.host.querySelector("svg"), this.figure.title);
    if (kind === "SVG") return save(drawing, name, "image/svg+xml");
    save(await pixels(drawing), name, "image/png");
  }

  /** @param {object} result an ensemble @param {Record<string, string>} names of its regimes @param {object} scenario every number of it */
  show(result, names, scenario) {
    this.result = result;
    this.top = Math.max(this.anew ? 0 : this.top, this.figure.top?.(result, scenario) ?? 0);
    this.anew = false;
    this.reach();
    this.names = names;
    this.redraw();
    this.fill();
  }

  /** The same result again, for another width or size of letters. */
  redraw() {
    if (this.result && this.host.clientWidth) this.figure.show(this.host, this.result, this.names, this.top, this.pinned);
  }

  fill() {
    if (this.result && this.more.open) this.rows.replaceChildren(tableOf(this.figure.table(this.result), this.figure.title));
  }
}
