// Elements; whatever a puzzle says goes in as text, never as HTML.

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; texts become text nodes. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Fill a <dl> with names and values; what is null or undefined is left out. */
export function fill(list, facts) {
  const told = Object.entries(facts).filter(([, value]) => value !== null && value !== undefined);
  list.replaceChildren(
    ...told.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value)))),
  );
}

export function say(id, words) {
  byId(id).textContent = words;
}

export const counted = (number, thing) =>
  `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;

export const seconds = (number) =>
  number < 1 ? `${Math.max(1, Math.round(1000 * number))} ms` : `${number.toFixed(1)} s`;

/** Run what a button does: its fault is told at `place`, in the API's own words. */
export async function trying(place, work) {
  say(place, "");
  try {
    return await work();
  } catch (error) {
    say(place, error.message);
    return undefined;
  }
}
