// A thought that was taped, stepped through: the puzzle, the answer after each segment, the outcome.
//
// A tape says of each of its stages, from 0 for the puzzle to `total()`: `caption(k)`, `facts(k)`,
// `picture(k)` and `broken(k)`, promises of an address and of the rules' words; and `lines()`, the
// halting probabilities. It may grow while it is watched.

import { draw } from "./chart.js";
import { byId, el, fill, say } from "./dom.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
let tape = null;
let at = 0;
let following = true;
let playing = null;
let shown = 0;

/** Show the puzzle of a tape alone; its stages once there are some. */
export async function put(next) {
  stop();
  tape?.forget?.();
  [tape, at, following] = [next, 0, true];
  byId("player").hidden = tape.total() === 0;
  await show(0);
}

/** Take a tape that has nothing to show yet: what is on the screen stays. */
export function begin(next) {
  stop();
  tape?.forget?.();
  [tape, at, following] = [next, 0, true];
}

/** Whether it is this tape that is watched. */
export const shows = (one) => tape === one;

/** Show nothing: what is written is no puzzle. */
export function clear() {
  stop();
  tape?.forget?.();
  tape = null;
  shown += 1;
  for (const id of ["player", "picture"]) byId(id).hidden = true;
  say("caption", "");
  say("nothing", "A puzzle that is typed, pasted, dropped or made shows up here.");
}

/** The tape has grown: its newest stage is shown unless somebody steps about. */
export async function grown() {
  byId("player").hidden = tape.total() === 0;
  if (following && !playing) await show(tape.total());
}

/** The tape has ended, and the way to its end is played once. */
export async function end() {
  byId("player").hidden = tape.total() === 0;
  if (tape.total() > 2 && following && !calm.matches) play(true);
  else if (following) await show(tape.total());
}

async function show(k) {
  at = k;
  const turn = ++shown;
  const own = tape;
  const image = byId("picture");
  describe(k);
  try {
    const url = await own.picture(k);
    if (turn !== shown) return;
    image.src = url;
    image.alt = `${own.caption(k)}. ${own.kind}.`;
    image.hidden = false;
    say("nothing", "");
  } catch (error) {
    image.hidden = true;
    say("nothing", error.message);
  }
  if (!playing) await tell(k, turn);
}

function describe(k) {
  const range = byId("at");
  [range.max, range.value] = [tape.total(), k];
  range.setAttribute("aria-valuetext", tape.caption(k));
  say("caption", tape.caption(k));
  byId("first").disabled = byId("back").disabled = k === 0;
  byId("last").disabled = byId("forth").disabled = k >= tape.total();
  fill(byId("facts"), tape.facts(k));
  draw(byId("chart"), tape.lines(), k);
}

/** The rules' words about an answer as it stood. */
async function tell(k, turn) {
  const words = k === 0 ? ["Nothing is filled in yet."] : await tape.broken(k).catch((error) => [error.message]);
  if (turn !== shown) return;
  if (!words.length) words.push("None.");
  byId("violations").replaceChildren(...words.map((line) => el("li", {}, line)));
}

function step(k) {
  stop();
  const next = Math.min(Math.max(k, 0), tape.total());
  following = next === tape.total();
  show(next);
}

function stop() {
  clearTimeout(playing);
  playing = null;
  say("play", "Play");
}

function play(fromFirst) {
  stop();
  const pause = Math.min(Math.max(2500 / (tape.total() + 1), 70), 600);
  say("play", "Pause");
  const next = async (k) => {
    if (k >= tape.total()) stop();
    await show(Math.min(k, tape.total()));
    if (playing) playing = setTimeout(next, pause, k + 1);
  };
  playing = setTimeout(next, 0, fromFirst || at >= tape.total() ? 1 : at + 1);
}

export function listen() {
  byId("first").onclick = () => step(0);
  byId("back").onclick = () => step(at - 1);
  byId("forth").onclick = () => step(at + 1);
  byId("last").onclick = () => step(tape.total());
  byId("at").oninput = (event) => step(Number(event.target.value));
  byId("play").onclick = () => (playing ? stop() : play(false));
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA|PRE)$/.test(event.target.tagName);
    if (typing || event.altKey || event.ctrlKey || event.metaKey || byId("player").hidden) return;
    if (event.key === "ArrowLeft") step(at - 1);
    if (event.key === "ArrowRight") step(at + 1);
  });
}
