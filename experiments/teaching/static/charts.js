/** Three kinds of chart as SVG, drawn for the width they have: lines with bands, bars with intervals, stacked bars. */

import { draw, FAINT, INK, letters, lookOf, marker, RULE, write } from "./svg.js";

/** @typedef {{regime: string, name: string, mean: number[], low: number[], high: number[], end: string}} Line */
/** @typedef {{regime: string, name: string, mean: number, low: number, high: number, text: string, notes: string[]}} Bar */
/** @typedef {{label: string, value: number, shown: string, fill: string, ink: string}} Part */

/** A fresh drawing in `host`, as wide as it is. */
function sheet(host, height, label) {
  const width = Math.max(240, Math.floor(host.clientWidth || 480));
  const size = 0.8125 * letters();
  const svg = draw("svg", {
    viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label,
    "font-family": "system-ui, sans-serif", "font-size": size,
  });
  return { svg, width, size };
}

/** Round steps that divide 0..top into about four. */
function ticks(top) {
  const rough = top / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** Positions near those wanted, `gap` apart at least, none below `low` nor above `high`. */
export function apart(wanted, gap, low, high) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const placed = [];
  let edge = low;
  for (const i of order) edge = (placed[i] = Math.max(wanted[i], edge)) + gap;
  let ceiling = high;
  for (const i of order.reverse()) ceiling = (placed[i] = Math.min(placed[i], ceiling)) - gap;
  return placed;
}

/**
 * Lines over days, with bands of uncertainty and their names at the right end.
 * @param {HTMLElement} host
 * @param {{days: number[], lines: Line[], label: string, axis: string, marks: {day: number, text: string}[]}} what
 */
export function lines(host, { days, lines: all, label, axis, marks }) {
  const height = LINES_HEIGHT * letters();
  const { svg, width, size } = sheet(host, height, label);
  const room = 0.58 * size * Math.max(...all.map(({ name, end }) => name.length + end.length + 1)) + 27;
  const box = { left: 2.6 * size, right: width - room, top: 1.9 * size, bottom: height - 3.3 * size };
  const x = (day) => box.left + ((box.right - box.left) * day) / days.at(-1);
  const y = (share) => box.bottom - (box.bottom - box.top) * share;
  frame(svg, box, size, x, y, days.at(-1), axis, marks);
  for (const line of all) svg.append(band(line, days, x, y));
  for (const { regime, before } of all) if (before) svg.append(pinnedCurve(regime, before, days, x, y));
  for (const line of all) svg.append(curve(line, days, x, y));
  const last = all.map(({ mean }) => y(mean[days.length - 1]));
  const ends = apart(last, 1.35 * size, box.top, box.bottom);
  all.forEach((line, i) => svg.append(...ending(line, ends[i], last[i], box.right, size)));
  host.replaceChildren(svg);
}

function frame(svg, box, size, x, y, last, axis, marks) {
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    svg.append(draw("line", { x1: box.left, x2: box.right, y1: y(share), y2: y(share), stroke: share ? RULE : INK }));
    svg.append(write(String(100 * share), box.left - 6, y(share) + 0.35 * size, { "text-anchor": "end", fill: FAINT }));
  }
  for (const day of ticks(last)) {
    svg.append(write(String(day), x(day), box.bottom + 1.3 * size, { "text-anchor": "middle", fill: FAINT }));
  }
  for (const { day, text } of marks) {
    const crowded = marks.some((other) => other.day > day && x(other.day) - x(day) < 0.3 * size * (text.length + other.text.length) + size);
    svg.append(draw("line", { x1: x(day), x2: x(day), y1: box.top, y2: box.bottom, stroke: FAINT, "stroke-dasharray": "1 3" }));
    if (!crowded) svg.append(write(text, x(day), box.top - 0.5 * size, { fill: FAINT, "text-anchor": "middle" }));
  }
  svg.append(write(axis, box.left, box.bottom + 2.8 * size, { fill: FAINT }));
}

const path = (points) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;

function band({ regime, low, high }, days, x, y) {
  const upper = days.map((day, i) => [x(day), y(high[i])]);
  const lower = days.map((day, i) => [x(day), y(low[i])]).reverse();
  return draw("path", { d: `${path([...upper, ...lower])}Z`, fill: lookOf(regime).colour, opacity: 0.2 });
}

function curve({ regime, mean }, days, x, y) {
  const { colour, dashes } = lookOf(regime);
  const points = days.map((day, i) => [x(day), y(mean[i])]);
  return draw("path", {
    d: path(points), fill: "none", stroke: colour, "stroke-width": 2.6, "stroke-dasharray": dashes.map((length) => 2 * length).join(" "), "stroke-linejoin": "round",
    "data-regime": regime,
  });
}

/** The pinned setting's line: thin, in the regime's colour, and dotted whatever it is. */
function pinnedCurve(regime, before, days, x, y) {
  const d = path(days.map((day, i) => [x(day), y(before[i])]));
  return draw("path", { d, fill: "none", stroke: lookOf(regime).colour, "stroke-width": 1.4, "stroke-dasharray": "1 2.5", "data-pinned": regime });
}

function ending({ regime, name, end }, placed, wanted, right, size) {
  const leader = { points: `${right},${wanted} ${right + 6},${placed} ${right + 11},${placed}`, fill: "none", stroke: FAINT };
  return [
    draw("polyline", leader),
    marker(regime, right + 17, placed, 0.32 * size),
    write(`${name} ${end}`, right + 25, placed + 0.35 * size),
  ];
}

/** Heights in letters of charts with so many rows, to keep room before there are numbers. */
const AXIS = 2.9;
export const barsHeight = (rows, remarks) => 0.8125 * ((2.9 + 1.35 * remarks) * rows + AXIS);
export const stacksHeight = (rows) => 0.8125 * (3.7 * rows + AXIS);
export const LINES_HEIGHT = 18.5;

/**
 * A bar per regime from zero to the mean, its interval, its number, and remarks; on one labelled scale from 0 to `top`.
 * @param {HTMLElement} host
 * @param {{bars: Bar[], label: string, top: number, axis: string, tick: (value: number) => string}} what
 */
export function bars(host, { bars: all, label, top, axis, tick }) {
  const size = 0.8125 * letters();
  const remarks = all.map((bar) => folded(bar.notes, host.clientWidth, size));
  const step = (2.9 + 1.35 * Math.max(...remarks.map((lines) => lines.length))) * size;
  const { svg, width } = sheet(host, step * all.length + AXIS * size, label);
  const x = scale(top, width, size);
  ruler(svg, { x, top, axis, tick, size, rows: all.map((_, i) => [i * step + 1.6 * size, i * step + 2.75 * size]), bottom: step * all.length });
  all.forEach((bar, i) => svg.append(...barRow(bar, remarks[i], i * step, x, width, size)));
  host.replaceChildren(svg);
}

/** From a value to its place; the last tick's number has room to its right. */
const scale = (top, width, size) => (value) => (width - 1.4 * size) * Math.max(0, Math.min(1, value / top));

/** Ticks across the rows' bars, so that no line goes through a text, with numbers and the axis' name below. */
function ruler(svg, { x, top, axis, tick, size, rows, bottom }) {
  for (const value of ticks(top)) {
    for (const [from, to] of rows) svg.append(draw("line", { x1: x(value), x2: x(value), y1: from, y2: to, stroke: RULE }));
    svg.append(write(tick(value), x(value), bottom + 1.1 * size, { fill: FAINT, "text-anchor": !value ? "start" : value > 0.97 * top ? "end" : "middle" }));
  }
  svg.append(write(axis, 0, bottom + 2.5 * size, { fill: FAINT }));
}

/** Remarks on one line if they fit beside each other, else one below the other. */
function folded(notes, width, size) {
  const line = notes.join(" · ");
  if (!line) return [];
  return 0.53 * size * line.length <= (width || 480) ? [line] : notes;
}

function barRow({ regime, name, mean, low, high, text, before }, remarks, y, x, width, size) {
  const { colour } = lookOf(regime);
  const middle = y + 2.15 * size;
  const row = [
    marker(regime, 0.5 * size, y + 0.85 * size, 0.36 * size),
    write(name, 1.5 * size, y + 1.2 * size, { "font-weight": 600 }),
    write(text, width, y + 1.2 * size, { "text-anchor": "end", "font-weight": 600 }),
  ];
  if (Number.isFinite(mean)) {
    row.push(draw("rect", { x: 0, y: middle - 0.42 * size, width: x(mean), height: 0.84 * size, fill: colour, "data-regime": regime }));
  }
  if (Number.isFinite(before)) {
    row.push(draw("rect", { x: 0, y: middle - 0.55 * size, width: x(before), height: 1.1 * size, fill: "none", stroke: INK, "stroke-dasharray": "4 2", "data-pinned": regime }));
  }
  if (Number.isFinite(low) && Number.isFinite(high)) row.push(...whisker(x(low), x(high), middle, 0.6 * size));
  remarks.forEach((text, i) => row.push(write(text, 0, y + (3.85 + 1.35 * i) * size, { fill: FAINT })));
  return row;
}

/** An interval in ink with a white edge, to be seen on any colour. */
function whisker(low, high, y, arm) {
  const d = `M${low} ${y}H${high}M${low} ${y - arm}v${2 * arm}M${high} ${y - arm}v${2 * arm}`;
  return [
    draw("path", { d, fill: "none", stroke: "#ffffff", "stroke-width": 4 }),
    draw("path", { d, fill: "none", stroke: INK, "stroke-width": 1.6 }),
  ];
}

/**
 * A bar per regime made of parts with their numbers inside where they fit, on one labelled scale from 0 to `top`.
 * @param {HTMLElement} host
 * @param {{rows: {regime: string, name: string, text: string, parts: Part[]}[], label: string, top: number, axis: string,
 *   tick: (value: number) => string}} what
 */
export function stacks(host, { rows, label, top, axis, tick }) {
  const size = 0.8125 * letters();
  const step = 3.7 * size;
  const { svg, width } = sheet(host, step * rows.length + AXIS * size, label);
  const x = scale(top, width, size);
  ruler(svg, { x, top, axis, tick, size, rows: [], bottom: step * rows.length });
  rows.forEach((row, i) => svg.append(...stackRow(row, i * step, x(top) / top, width, size)));
  host.replaceChildren(svg);
}

function stackRow({ regime, name, text, parts, before = [] }, y, scale, width, size) {
  const row = [
    marker(regime, 0.5 * size, y + 0.85 * size, 0.36 * size),
    write(name, 1.5 * size, y + 1.2 * size, { "font-weight": 600 }),
    write(text, width, y + 1.2 * size, { "text-anchor": "end" }),
  ];
  let x = 0;
  for (const { label, value, shown, fill, ink } of parts) {
    const wide = Math.max(0, value * scale);
    const box = { x, y: y + 1.6 * size, width: Math.max(0, wide - 1), height: 1.6 * size, fill };
    row.push(draw("rect", box, draw("title", {}, `${name}: ${label} ${shown}`)));
    if (wide > 0.62 * size * shown.length + 6) {
      row.push(write(shown, x + wide / 2, y + 2.75 * size, { "text-anchor": "middle", fill: ink }));
    }
    x += wide;
  }
  let at = 0;
  for (const { value, fill } of before) {
    const wide = Math.max(0, value * scale);
    row.push(draw("rect", { x: at, y: y + 3.25 * size, width: Math.max(0, wide - 1), height: 0.3 * size, fill, "data-pinned": regime }));
    at += wide;
  }
  return row;
}
