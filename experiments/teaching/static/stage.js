/** Draws a firm on a canvas: managers as a tree, reps by team, clusters by letter, every opportunity as a mark that moves. */

import { FAINT, INK, letters, RULE } from "./svg.js";

const ZONES = [["offer", "have an offer"], ["won", "won"], ["lost", "lost"], ["left", "left"]];
const COLOURS = { won: "#1b5e57", lost: "#6f9a94", left: "#a33b20", offer: "#0072B2" };
const NEAR = 12; // pixels between a click and the mark it means

/** Places of people and zones for a width in pixels. */
export function arrange({ reps, managers }, width) {
  const unit = letters() / 16;
  const teams = [...new Set(reps.map(({ team }) => team))].map((team) => reps.filter((rep) => rep.team === team));
  const block = width / teams.length;
  const levels = Math.max(0, ...managers.map(({ level }) => level));
  const floor = 44 * unit * levels + 14 * unit;
  const spots = new Map();
  let bottom = floor;
  teams.forEach((members, t) => {
    const rows = Math.ceil(members.length / Math.max(1, Math.floor(block / (36 * unit))));
    const across = Math.ceil(members.length / rows);
    members.forEach(({ id }, i) => {
      const x = block * t + (block / across) * ((i % across) + 0.5);
      const y = floor + 58 * unit * Math.floor(i / across) + 14 * unit;
      spots.set(id, { x, y });
      bottom = Math.max(bottom, y + 42 * unit);
    });
  });
  seatManagers(managers, spots, block, levels, unit);
  return { unit, width, spots, zones: bottom + 10 * unit, height: bottom + 110 * unit };
}

/** Managers of the lowest level above their teams, higher ones above the middle of theirs. */
function seatManagers(managers, spots, block, levels, unit) {
  const lowest = managers.filter(({ level }) => level === 1);
  lowest.forEach(({ id }, t) => spots.set(id, { x: block * (t + 0.5), y: 44 * unit * (levels - 1) + 16 * unit }));
  for (let level = 2; level <= levels; level++) {
    for (const { id } of managers.filter((manager) => manager.level === level)) {
      const below = managers.filter(({ superior }) => superior === id).map((manager) => spots.get(manager.id).x);
      const x = below.reduce((sum, each) => sum + each, 0) / (below.length || 1);
      spots.set(id, { x, y: 44 * unit * (levels - level) + 16 * unit });
    }
  }
}

export class Stage {
  /** @param {import("./firm.js").Firm} firm @param {boolean} clustered whether anybody goes to a cluster here */
  constructor(canvas, firm, clustered) {
    Object.assign(this, { canvas, firm, clustered });
    this.chosen = null;
    this.marks = new Map();
    this.fit();
  }

  /** Take the width there is. */
  fit() {
    const width = this.canvas.parentElement?.clientWidth || 320;
    this.plan = arrange(this.firm.run.organisation, width);
    const fine = devicePixelRatio || 1;
    this.canvas.width = width * fine;
    this.canvas.height = this.plan.height * fine;
    this.canvas.style.height = `${this.plan.height}px`;
    this.brush = this.canvas.getContext("2d");
    this.brush.setTransform(fine, 0, 0, fine, 0, 0);
  }

  /** One frame. @param {number} ease share of the way that marks go, 1 = all of it. @returns whether something moves on */
  paint(ease) {
    this.brush.clearRect(0, 0, this.plan.width, this.plan.height);
    this.tree();
    this.requests();
    this.people();
    this.zones();
    return this.opportunities(ease);
  }

  line(from, to, colour, width = 1) {
    const { brush } = this;
    brush.strokeStyle = colour;
    brush.lineWidth = width;
    brush.beginPath();
    brush.moveTo(from.x, from.y);
    brush.lineTo(to.x, to.y);
    brush.stroke();
  }

  text(text, x, y, colour = INK, align = "center", size = 11) {
    Object.assign(this.brush, { fillStyle: colour, textAlign: align, textBaseline: "middle", font: `${size * this.plan.unit}px system-ui, sans-serif` });
    this.brush.fillText(text, x, y);
  }

  tree() {
    const { reps, managers } = this.firm.run.organisation;
    const lowest = managers.filter(({ level }) => level === 1);
    for (const { id, superior } of managers) {
      if (superior !== null) this.line(this.plan.spots.get(superior), this.plan.spots.get(id), FAINT);
    }
    const teams = [...new Set(reps.map(({ team }) => team))];
    for (const { id, team } of reps) {
      const manager = lowest[teams.indexOf(team)];
      if (manager) this.line(this.plan.spots.get(manager.id), this.plan.spots.get(id), RULE);
    }
  }

  /** Who has asked whom in the cluster. */
  requests() {
    for (const { number, peer } of this.firm.asked.values()) {
      const { owner, place } = this.firm.cases[number];
      if (owner !== null && place === "beside") this.line(this.plan.spots.get(owner), this.plan.spots.get(peer), "#b87a00", 1.5);
    }
  }

  people() {
    const { reps, managers } = this.firm.run.organisation;
    const { brush, plan: { unit, spots } } = this;
    brush.lineWidth = 1.5;
    for (const { id, cluster } of reps) {
      const { x, y } = spots.get(id);
      this.shape("circle", x, y, 9 * unit, "#ffffff", INK);
      if (this.clustered) this.text(String.fromCharCode(65 + (cluster % 26)), x - 12 * unit, y - 8 * unit, FAINT, "center", 10);
      this.tray(x - 16 * unit, y + 11.5 * unit, 32 * unit, 14.5 * unit);
      this.overflow(id, x, y + 33 * unit, 3);
    }
    for (const { id } of managers) {
      const { x, y } = spots.get(id);
      this.shape("square", x, y, 9 * unit, "#ffffff", INK);
      this.tray(x + 12 * unit, y - 11 * unit, 41 * unit, 22 * unit);
      this.overflow(id, x + 62 * unit, y, 3);
    }
  }

  /** How many matters wait at somebody's desk, where there are too many to be drawn or to be counted by eye. */
  overflow(id, x, y, most) {
    const waiting = this.firm.waiting.get(id)?.length ?? 0;
    if (waiting >= most) this.text(String(waiting), x, y, "#a33b20");
  }

  /** The tray in which matters wait: under a rep, beside a manager. */
  tray(x, y, width, height) {
    Object.assign(this.brush, { fillStyle: "#efefeb" });
    this.brush.fillRect(x, y, width, height);
  }

  zones() {
    const { plan: { width, unit, zones } } = this;
    ZONES.forEach(([place, label], i) => {
      const x = (width / 4) * i;
      this.line({ x: x + 2, y: zones }, { x: x + width / 4 - 6, y: zones }, COLOURS[place], 2);
      this.text(`${this.firm.outside[place].size} ${label}`, x + 2, zones + 12 * unit, INK, "left", width < 420 ? 10 : 11);
    });
  }

  /** Where a matter in somebody's inbox is drawn: under a rep, beside a manager. */
  slot(who, place) {
    const { spots, unit } = this.plan;
    const { x, y } = spots.get(who);
    if (who < this.firm.run.organisation.reps.length) {
      const at = Math.min(place, 9);
      return { x: x + (at % 5 - 2) * 6.5 * unit, y: y + (15 + 7 * Math.floor(at / 5)) * unit };
    }
    const at = Math.min(place, 17);
    return { x: x + (16 + 6.5 * (at % 6)) * unit, y: y + (Math.floor(at / 6) - 1) * 7 * unit };
  }

  zoneSlot(place, at) {
    const { width, unit, zones } = this.plan;
    const room = width / 4 - 8;
    const across = Math.max(1, Math.floor(room / (6.5 * unit)));
    const x = (width / 4) * ZONES.findIndex(([zone]) => zone === place) + 5;
    return { x: x + (at % across) * 6.5 * unit, y: zones + (24 + 6.5 * Math.floor(at / across)) * unit };
  }

  /** Where each opportunity on the stage should be now. */
  targets() {
    const targets = new Map();
    for (const [who, inbox] of this.firm.waiting) {
      inbox.forEach(({ number, activity }, place) => {
        if (activity === "consult") {
          const { x, y } = this.slot(who, place);
          this.shape("square", x, y, 2.4 * this.plan.unit, "#ffffff", "#b87a00");
        } else if (this.firm.cases[number].place === "inbox") targets.set(number, this.slot(who, place));
      });
    }
    for (const [place, numbers] of Object.entries(this.firm.outside)) {
      [...numbers].forEach((number, at) => targets.set(number, this.zoneSlot(place, at)));
    }
    this.firm.cases.forEach(({ place, who }, number) => {
      if (who === null || !["hands", "beside"].includes(place)) return;
      const { x, y } = this.plan.spots.get(who);
      targets.set(number, place === "hands" ? { x, y } : { x: x + 11 * this.plan.unit, y: y - 7 * this.plan.unit });
    });
    return targets;
  }

  opportunities(ease) {
    let moving = false;
    const targets = this.targets();
    for (const number of this.marks.keys()) if (!targets.has(number)) this.marks.delete(number);
    for (const [number, target] of targets) {
      const mark = this.marks.get(number) ?? { ...target };
      const [dx, dy] = [target.x - mark.x, target.y - mark.y];
      const there = Math.abs(dx) + Math.abs(dy) < 0.5;
      mark.x += dx * (there ? 1 : ease);
      mark.y += dy * (there ? 1 : ease);
      moving ||= !there && ease < 1;
      this.marks.set(number, mark);
      if (number !== this.chosen) this.mark(number, mark);
    }
    if (this.marks.has(this.chosen)) this.spotlight(this.marks.get(this.chosen));
    return moving;
  }

  mark(number, { x, y }) {
    const { unit } = this.plan;
    const { place } = this.firm.cases[number];
    if (place === "left") this.cross(x, y, 2.2 * unit);
    else if (place === "lost") this.shape("circle", x, y, 2.2 * unit, "#ffffff", COLOURS.lost);
    else this.shape("circle", x, y, 2.7 * unit, COLOURS[place] ?? INK, COLOURS[place] ?? INK);
  }

  spotlight({ x, y }) {
    this.mark(this.chosen, { x, y });
    this.shape("circle", x, y, 8 * this.plan.unit, "transparent", "#d0006f", 3);
  }

  cross(x, y, size) {
    this.line({ x: x - size, y: y - size }, { x: x + size, y: y + size }, COLOURS.left, 1.6);
    this.line({ x: x - size, y: y + size }, { x: x + size, y: y - size }, COLOURS.left, 1.6);
  }

  shape(kind, x, y, size, fill, stroke, width = 1.2) {
    const { brush } = this;
    brush.beginPath();
    if (kind === "circle") brush.arc(x, y, size, 0, 2 * Math.PI);
    else brush.rect(x - size, y - size, 2 * size, 2 * size);
    Object.assign(brush, { fillStyle: fill, strokeStyle: stroke, lineWidth: width });
    brush.fill();
    brush.stroke();
  }

  /** The number of the opportunity drawn at a place, or null. */
  at(x, y) {
    let [best, found] = [NEAR, null];
    for (const [number, mark] of this.marks) {
      const distance = Math.hypot(mark.x - x, mark.y - y);
      if (distance < best) [best, found] = [distance, number];
    }
    return found;
  }
}
