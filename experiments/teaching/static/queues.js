/** What waits in the inboxes of a firm, week by week, with a line at the hour that is shown. */

import { draw, FAINT, INK, letters, RULE, write } from "./svg.js";

const KINDS = [["reps", "at reps", "#0072B2"], ["managers", "at managers", "#a33b20"]];

/** @param {object} run a replay @returns {{hours: number[], reps: number[], managers: number[]}} matters waiting */
export function waiting({ inboxes, organisation }) {
  const staff = organisation.reps.length;
  const sum = (counts) => counts.reduce((total, count) => total + count, 0);
  return {
    hours: inboxes.counts.map((_, i) => inboxes.every_hours * (i + 1)),
    reps: inboxes.counts.map((counts) => sum(counts.slice(0, staff))),
    managers: inboxes.counts.map((counts) => sum(counts.slice(staff))),
  };
}

export const mostWaiting = ({ reps, managers }) => Math.max(1, ...reps, ...managers);

export class Queues {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
  }

  /** @param {ReturnType<waiting>} series @param {number} top of the scale, the same for both firms @param {string} name */
  show(series, top, name) {
    Object.assign(this, { series, top, name });
    const size = 0.75 * letters();
    const width = Math.max(220, this.host.clientWidth);
    const height = 7 * letters();
    const end = series.hours.at(-1);
    const box = { left: 2.8 * size, right: width - 7 * size, top: 0.6 * size, bottom: height - 1.6 * size };
    this.x = (hour) => box.left + ((box.right - box.left) * hour) / end;
    const y = (count) => box.bottom - ((box.bottom - box.top) * count) / top;
    const label = `${name}: waiting at most ${Math.max(...series.reps)} at reps, ${Math.max(...series.managers)} at managers`;
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label, "font-family": "system-ui, sans-serif", "font-size": size });
    for (const count of [0, top]) {
      svg.append(draw("line", { x1: box.left, x2: box.right, y1: y(count), y2: y(count), stroke: count ? RULE : INK }));
      svg.append(write(String(count), box.left - 5, y(count) + 0.35 * size, { "text-anchor": "end", fill: FAINT }));
    }
    svg.append(write(`matters waiting, weeks 1 to ${Math.round(end / 40)}`, box.left, height - 0.2 * size, { fill: FAINT }));
    let above = -Infinity;
    for (const [kind, text, colour] of [...KINDS].sort((a, b) => series[b[0]].at(-1) - series[a[0]].at(-1))) {
      const points = series.hours.map((hour, i) => `${this.x(hour).toFixed(1)} ${y(series[kind][i]).toFixed(1)}`);
      svg.append(draw("path", { d: `M${this.x(0)} ${y(0)}L${points.join("L")}`, fill: "none", stroke: colour, "stroke-width": 2, "data-queue": kind }));
      above = Math.max(y(series[kind].at(-1)), above + 1.3 * size);
      svg.append(write(text, box.right + 4, Math.min(box.bottom, above) + 0.35 * size, { fill: colour }));
    }
    this.cursor = draw("line", { y1: box.top, y2: box.bottom, stroke: INK, "stroke-dasharray": "3 3" });
    svg.append(this.cursor);
    this.host.replaceChildren(svg);
  }

  go(hour) {
    for (const end of ["x1", "x2"]) this.cursor?.setAttribute(end, this.x?.(hour) ?? 0);
  }

  fit() {
    if (this.series) this.show(this.series, this.top, this.name);
  }
}
