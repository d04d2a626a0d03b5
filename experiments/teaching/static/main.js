/**
 * Starts the page: views and the way between them, large type for projectors. Each module imports only those before it:
 *
 *   svg, state, bets, memory   drawing; what is set, and the link that holds it; class codes; what this browser keeps
 *   reveal, words        from an ensemble to what is read
 *   charts, figures, cards, board, map   from an ensemble, or from stored results, to what is seen
 *   data, asker          all that goes over the network; the order of requests while a slider moves
 *   controls, lab        the lab
 *   firm, stage, queues, watch   one firm hour by hour: its state, its drawing, its inboxes, the player
 *   lesson, handout, lessons, classroom   a lesson, the same on paper; the list of them; the class's bets
 */

import * as data from "./data.js";
import { Classroom } from "./classroom.js";
import { Lab } from "./lab.js";
import { Lessons } from "./lessons.js";
import { fromLink, toLink } from "./state.js";
import { Watch } from "./watch.js";

const room = document.getElementById("view");
const notice = document.getElementById("notice");

function tell(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

function largeType() {
  const button = document.getElementById("projector");
  const set = (large) => {
    document.documentElement.classList.toggle("projector", large);
    button.setAttribute("aria-pressed", String(large));
    dispatchEvent(new Event("resize"));
  };
  button.addEventListener("click", () => set(button.getAttribute("aria-pressed") !== "true"));
}

/** The views by the first word after `#`; a link to a state belongs to the lab. */
function views(declared) {
  const lab = new Lab(declared);
  const openInLab = (state, lesson) => {
    lab.open(state, lesson);
    location.hash = "#lab";
  };
  return {
    lab,
    watch: new Watch(declared, () => ({ state: lab.state, labels: lab.lesson?.labels ?? {}, pair: lab.board.pair })),
    lessons: new Lessons(declared, () => lab.state, openInLab),
    class: new Classroom(),
  };
}

/** Opens the state in the address, unless the lab stands there already, or says what is wrong with it. */
function openShared(lab, { version, model }) {
  if (location.hash === toLink(lab.state)) return;
  try {
    const state = fromLink(location.hash);
    if (state.version !== version || (state.model ?? model) !== model) {
      tell(`This link was made by another version of the model (${state.version}; this is ${version}). The numbers may differ from those shared.`);
    }
    lab.open({ ...state, version, model });
  } catch (error) {
    tell(error.message);
    lab.open(lab.state);
  }
}

function show(all, declared, byUser) {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const key = name in all ? name : "lab";
  const view = all[key];
  if (!room.contains(view.element)) {
    room.replaceChildren(view.element);
    if (byUser && key !== "lessons") scrollTo({ top: 0, behavior: "instant" }); // a lesson is left and found where it was read
  }
  if (name.startsWith("s=")) openShared(all.lab, declared);
  view.enter(...rest);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${key}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (byUser) view.element.querySelector("h1")?.focus();
}

async function start() {
  largeType();
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    room.focus();
  });
  const declared = await data.declarations();
  const all = views(declared);
  addEventListener("hashchange", () => {
    tell("");
    show(all, declared, true);
  });
  show(all, declared, false);
}

start().catch((error) => {
  room.replaceChildren();
  tell(error.message);
});
