import { make } from "./svg.js";
export class Watch {
  constructor() { this.element = make("div", {}, make("h1", { tabindex: "-1" }, "Watch one firm")); }
  enter() {}
}
