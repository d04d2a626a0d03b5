/** What this browser keeps: bets and codes until they are forgotten, the lab's state as long as the tab is open. */

const PREFIX = "sellsim-";

function read(place, key, otherwise) {
  try {
    return JSON.parse(globalThis[place].getItem(PREFIX + key)) ?? otherwise;
  } catch {
    return otherwise; // no storage, or not ours
  }
}

function write(place, key, value) {
  try {
    globalThis[place].setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Without storage nothing survives a reload; all else works.
  }
}

export const remembered = (key, otherwise = null) => read("localStorage", key, otherwise);
export const remember = (key, value) => write("localStorage", key, value);
export const keptInTab = (key, otherwise = null) => read("sessionStorage", key, otherwise);
export const keepInTab = (key, value) => write("sessionStorage", key, value);
