/** One firm at an hour of its replay: who holds what, who waits where; made by letting the events happen in turn. */

/** @typedef {"none" | "inbox" | "hands" | "beside" | "offer" | "won" | "lost" | "left"} Place */

const OUTSIDE = ["offer", "won", "lost", "left"];

export class Firm {
  /** @param {object} run the server's replay of one regime */
  constructor(run) {
    this.run = run;
    this.numbers = new Map(run.cases.map(({ customer }, number) => [customer, number]));
    this.reset();
  }

  reset() {
    this.hour = -1;
    this.next = 0;
    /** @type {{place: Place, who: number | null, owner: number | null}[]} */
    this.cases = this.run.cases.map(() => ({ place: "none", who: null, owner: null }));
    /** @type {Map<number, {number: number, activity: string}[]>} inboxes, the oldest matter first */
    this.waiting = new Map();
    /** @type {Map<string, {number: number, peer: number}>} requests that peers have not answered yet */
    this.asked = new Map();
    /** @type {Record<string, Set<number>>} cases that nobody in the firm holds, in the order of their coming */
    this.outside = Object.fromEntries(OUTSIDE.map((place) => [place, new Set()]));
  }

  /** Go to an hour, forwards or back. */
  go(hour) {
    if (hour < this.hour) this.reset();
    const { events } = this.run;
    while (this.next < events.length && events[this.next][0] <= hour) this.happen(...events[this.next++]);
    this.hour = hour;
  }

  happen(hour, kind, number, who, activity, result) {
    if (number < 0) return;
    if (kind === "open") this.move(number, "beside", who);
    else if (kind === "queue") this.queue(number, who, activity);
    else if (kind === "begin") this.begin(number, who, activity);
    else if (kind === "end") this.end(number, who, activity);
    else if (kind === "drop") this.unqueue(number, who, activity);
    else if (kind === "offer") this.move(number, "offer", null);
    else if (kind === "reply") this.reply(number, result);
    else if (kind === "leave") this.move(number, "left", null);
  }

  queue(number, who, activity) {
    if (!this.waiting.has(who)) this.waiting.set(who, []);
    this.waiting.get(who).push({ number, activity });
    if (activity === "consult") this.asked.set(`${number}/${who}`, { number, peer: who });
    else this.move(number, "inbox", who);
  }

  begin(number, who, activity) {
    this.unqueue(number, who, activity);
    if (activity === "consult") this.asked.set(`${number}/${who}`, { number, peer: who });
    else this.move(number, "hands", who);
  }

  end(number, who, activity) {
    if (activity === "consult") this.asked.delete(`${number}/${who}`);
    else if (this.cases[number].place === "hands") this.move(number, "beside", who);
  }

  unqueue(number, who, activity) {
    const inbox = this.waiting.get(who) ?? [];
    const at = inbox.findIndex((matter) => matter.number === number && matter.activity === activity);
    if (at >= 0) inbox.splice(at, 1);
    if (activity === "consult") this.asked.delete(`${number}/${who}`);
  }

  reply(number, result) {
    if (result === "stays") this.move(number, "beside", this.cases[number].owner);
    else this.move(number, result, null);
  }

  /** @param {Place} place */
  move(number, place, who) {
    const now = this.cases[number];
    if (["won", "lost", "left"].includes(now.place)) return; // work on a customer who has gone moves nobody
    this.outside[now.place]?.delete(number);
    this.outside[place]?.add(number);
    const rep = who !== null && who < this.run.organisation.reps.length;
    this.cases[number] = { place, who, owner: rep ? who : now.owner };
  }

  /** How many cases are where. */
  counts() {
    const reps = this.run.organisation.reps.length;
    const counts = { reps: 0, managers: 0, peers: this.asked.size, offer: 0, won: 0, lost: 0, left: 0 };
    for (const { place, who } of this.cases) {
      if (place === "inbox") counts[who < reps ? "reps" : "managers"] += 1;
      else if (place in this.outside) counts[place] += 1;
    }
    return counts;
  }

  /** The place of a case in words. */
  whereabouts(number) {
    const { place, who } = this.cases[number];
    const somebody = who !== null && who >= this.run.organisation.reps.length ? "a manager" : "a rep";
    return {
      none: "not there yet", inbox: `in the inbox of ${somebody}`, hands: `in the hands of ${somebody}`,
      beside: "waiting for peers", offer: "has an offer", won: "won", lost: "lost", left: "left undecided",
    }[place];
  }
}
