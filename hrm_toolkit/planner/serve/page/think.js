// A network's thought, watched: its answer after each segment, how sure it is, and whether it is
// right; the puzzle may change while it thinks.

import { draw as drawChart } from "./chart.js";
import { byId, counted, fill, say, seconds } from "./dom.js";
import { kindOf } from "./kinds.js";

const PACE_MS = 130;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let network = null;
let kind = null;
let thought = null;
let given = null;
let thing = null;
let seen = [];
let at = 0;
let running = false;
let left = 0;
let started = null;

/** Take the network that thinks here. */
export function begin(loaded) {
  [network, kind] = [loaded, kindOf(loaded.net)];
  [thing, given] = [null, null];
  reset();
  say("think-note", kind.note);
  byId("think-picture").onclick = ({ target }) => {
    const line = target.closest("[data-line]")?.dataset.line;
    if (line === undefined) return;
    const box = byId("puzzle");
    box.value = kind.toggle(box.value, Number(line));
    box.dispatchEvent(new Event("input"));
  };
  byId("think").onclick = () => (running ? pause() : go());
  byId("one-more").onclick = () => {
    pause();
    if (ready()) once();
    tell();
  };
  byId("anew").onclick = () => {
    reset();
    if (ready()) go();
  };
  byId("think-at").oninput = ({ target }) => show(Number(target.value));
}

/** The puzzle is this text now; a thought about one that is alike goes on about it. */
export function follow(text) {
  const read = text === null ? null : kind.read(text, network.net);
  const same = thing && read && kind.alike(thing, read);
  const wanting = read ? kind.lacks(network.net, read) : `The text is no ${kind.what}.`;
  say("think-error", wanting);
  if (wanting) {
    // What is half drawn is no puzzle yet; the thought waits for it to be one.
    if (!same) reset();
    pause();
    usable(false);
    return;
  }
  usable(true);
  const plain = (one) => JSON.stringify(one, ["rows", "columns", "signs", "directed", "nodes", "ends", "start", "goal", "edges", "source", "target", "weight", "closed", "line"]);
  if (same && plain(thing) === plain(read)) return;
  thing = read;
  given = kind.encode(network.net, thing);
  if (!same || !seen.length) {
    reset();
    return;
  }
  thought = thought.change(given, thing);
  go();
}

function usable(is) {
  for (const id of ["think", "one-more", "anew"]) byId(id).disabled = !is;
}

function reset() {
  pause();
  [thought, seen] = [null, []];
  if (thing) show(0);
  else byId("think-picture").replaceChildren();
  say("think-said", "");
}

function ready() {
  if (!thing) return false;
  thought ??= network.think(given, thing);
  return true;
}

function pause() {
  running = false;
  byId("think").textContent = "Think";
}

async function go() {
  left = 2 * network.net.segments;
  if (running || !ready()) return;
  running = true;
  started = performance.now();
  byId("think").textContent = "Pause";
  while (running && left > 0) {
    const begun = performance.now();
    const { judged } = once();
    left -= 1;
    if (judged.right && judged.best) break;
    // The browser paints between two segments.
    const rest = calm.matches ? 0 : PACE_MS - (performance.now() - begun);
    await new Promise((done) => setTimeout(done, Math.max(rest, 0)));
  }
  if (running) pause();
  tell();
}

/** One segment more, shown unless somebody looks at an earlier one. */
function once() {
  const begun = performance.now();
  const following = at === seen.length;
  const said = thought.segment();
  const took = performance.now() - begun;
  const judged = kind.judge(network.net, given, [...said.tokens], thing);
  seen.push({ ...said, given, thing, judged, took });
  if (following) show(seen.length);
  else range();
  if (started !== null) {
    // From the click to a segment on the screen, for whoever measures.
    byId("think-picture").dataset.first = Math.round(performance.now() - started);
    started = null;
  }
  return seen.at(-1);
}

function range() {
  const slider = byId("think-at");
  [slider.max, slider.value] = [seen.length, at];
  slider.setAttribute("aria-valuetext", at ? `after segment ${at}` : "the puzzle");
}

function show(k) {
  at = Math.min(Math.max(k, 0), seen.length);
  range();
  const one = seen[at - 1];
  const words = at ? `After segment ${at}` : "The puzzle";
  byId("think-picture").replaceChildren(kind.board(network.net, one?.thing ?? thing, one ?? null, words));
  const noted = one?.noted.some((hint) => hint > 1) ? ". Colours: what the network notes of each place on the way" : "";
  say("think-caption", words + noted);
  fill(byId("think-facts"), {
    "halting probability": one && one.halt.toFixed(3),
    "changed": one && changed(at),
    "rules broken": one && (one.judged.words.join(", ") || "none"),
    "time": one && seconds(one.took / 1000),
  });
  byId("think-chart").hidden = !seen.length;
  if (seen.length) drawChart(byId("think-chart"), [{ segments: seen }], at);
}

function changed(k) {
  const [now, before] = [seen[k - 1].tokens, seen[k - 2]?.tokens ?? seen[k - 1].given];
  return now.filter((token, index) => token !== before[index]).length;
}

/** What came of it, when the thought rests. */
function tell() {
  const one = seen.at(-1);
  if (!one || running) return;
  const after = `after ${counted(one.segment, "segment")}`;
  if (one.judged.right && one.judged.best) say("think-said", `Solved ${after}; the rules, checked on this page, accept it.`);
  else if (one.judged.right) say("think-said", `A way that the rules accept ${after}; there is a ${one.judged.better ?? "shorter"} one.`);
  else say("think-said", `Not solved ${after}: ${one.judged.words.join(", ")}. Think on, or ask the toolkit, whose search goes further.`);
}
