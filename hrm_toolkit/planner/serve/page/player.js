// A job's segments as they come, and stepping through them: the puzzle, each segment, the answer.

import { call, picture, read } from "./api.js";
import { draw } from "./chart.js";
import { byId, counted, el, fill, say, seconds } from "./dom.js";

const LET_GO_MS = 10_000;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let job = null;
let puzzle = null;
let segments = [];
let reply = null;
let at = 0;
let following = true;
let playing = null;
let pictures = new Map();
let verdicts = new Map();
let shown = 0;

/** Show a puzzle alone, before anybody has solved it. */
export async function showPuzzle(loaded) {
  forget();
  puzzle = loaded;
  byId("player").hidden = true;
  byId("outcome").hidden = true;
  await show(0);
}

/** Show nothing: what is written is no puzzle. */
export function clear() {
  forget();
  shown += 1;
  for (const id of ["player", "outcome", "picture"]) byId(id).hidden = true;
  say("caption", "");
  say("nothing", "A puzzle that is typed, pasted, dropped or made shows up here.");
}

/** Begin with a job that was just accepted. */
export function begin(id, loaded) {
  forget();
  puzzle = loaded;
  job = id;
  byId("outcome").hidden = true;
}

function forget() {
  stop();
  // Later: the picture that is shown may still be loading.
  const old = [...pictures.values()];
  setTimeout(() => old.forEach((url) => url.then(URL.revokeObjectURL, () => {})), LET_GO_MS);
  [job, reply, segments, at, following] = [null, null, [], 0, true];
  [pictures, verdicts] = [new Map(), new Map()];
}

/** Look at what the segments said so far; the newest is shown unless somebody steps about. */
export async function refresh() {
  const asked = job;
  const trace = await read(`v1/jobs/${asked}/1/trace`);
  if (job !== asked || !trace.segments.length) return;
  segments = trace.segments;
  byId("player").hidden = false;
  if (following && !playing) await show(segments.length);
}

/** The job has ended: what came of it is there to step to, and the way to it is played once. */
export async function end(told) {
  reply = told;
  byId("player").hidden = segments.length === 0;
  if (segments.length > 1 && following && !calm.matches) play(true);
  else if (following) await show(total());
}

const total = () => segments.length + (reply ? 1 : 0);

function source(k) {
  if (k === 0) return `v1/handles/${puzzle.handle}/picture.svg`;
  if (k > segments.length) return `v1/jobs/${job}/1/picture.svg`;
  return `v1/jobs/${job}/1/segments/${segments[k - 1].segment}/picture.svg`;
}

function drawn(k) {
  // By address: what is shown as the newest segment may get another place as more are kept.
  const path = source(k);
  if (!pictures.has(path)) pictures.set(path, picture(path));
  return pictures.get(path);
}

function caption(k) {
  if (k === 0) return `The puzzle: ${puzzle.kind}`;
  if (k <= segments.length) return `After segment ${segments[k - 1].segment} of at most ${segments[k - 1].segments}`;
  return { solved: "The answer, accepted by the rules", unsolvable: "It is proved that there is no answer" }[reply.status] ??
    "The best that was found; it is no solution";
}

async function show(k) {
  at = k;
  const turn = ++shown;
  const image = byId("picture");
  describe(k);
  try {
    const url = await drawn(k);
    if (turn !== shown) return;
    image.src = url;
    image.alt = `${caption(k)}. ${puzzle.kind}.`;
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
  [range.max, range.value] = [total(), k];
  range.setAttribute("aria-valuetext", caption(k));
  say("caption", caption(k));
  byId("first").disabled = byId("back").disabled = k === 0;
  byId("last").disabled = byId("forth").disabled = k >= total();
  const one = segments[Math.min(k, segments.length) - 1];
  fill(byId("facts"), {
    "halting probability": one && k ? one.halt.toFixed(3) : null,
    "cells filled": one && k ? one.filled : null,
    "cells changed": k > 0 && k <= segments.length ? changed(k) : null,
    "rules broken": one && k && k <= segments.length ? one.violations : null,
    "time": one && k ? seconds(one.elapsed) : null,
  });
  draw(byId("chart"), segments, Math.max(k, 0));
}

/** How many values of the answer are others than after the segment before; null where unknown. */
function changed(k) {
  const [before, now] = [segments[k - 2], segments[k - 1]].map((one) => one?.answer && leaves(one.answer));
  if (!now || (k > 1 && !before)) return null;
  if (k === 1) return now.length;
  const most = Math.max(before.length, now.length);
  return Array.from({ length: most }, (_, i) => before[i] !== now[i]).filter(Boolean).length;
}

function leaves({ task, ...answer }) {
  // A list of numbers is one value where it is a place, as of a path; cells of a grid are many.
  const [value] = Object.values(answer);
  if (answer.path) return answer.path.map((place) => JSON.stringify(place));
  return Array.isArray(value) ? value.flat(Infinity) : [JSON.stringify(answer)];
}

/** The rules' words about an answer as it stood, asked once each. */
async function tell(k, turn) {
  const list = byId("violations");
  const one = k > segments.length ? reply?.data.verdict : segments[k - 1];
  let words = [];
  if (k === 0) words = ["Nothing is filled in yet."];
  else if (k > segments.length) words = (one?.violations ?? []).map((v) => v.message);
  else if (!one.answer) words = [`${counted(one.violations, "place")}; the answer of this segment was not kept.`];
  else if (one.violations) words = await said(k, one).catch((error) => [error.message]);
  if (turn !== shown) return;
  if (!words.length) words = ["None."];
  list.replaceChildren(...words.map((line) => el("li", {}, line)));
}

function said(k, one) {
  if (!verdicts.has(one.segment)) {
    const asked = { puzzle: puzzle.handle, answer: JSON.stringify(one.answer) };
    verdicts.set(
      one.segment,
      call("verify", asked).then(({ data }) => {
        const { violations, violations_in_all: all } = data.verdict;
        const more = all - violations.length;
        return [...violations.map((v) => v.message), ...(more > 0 ? [`and ${more} more`] : [])];
      }),
    );
  }
  return verdicts.get(one.segment);
}

function step(k) {
  stop();
  const next = Math.min(Math.max(k, 0), total());
  following = next === total();
  show(next);
}

function stop() {
  clearTimeout(playing);
  playing = null;
  say("play", "Play");
}

function play(fromFirst) {
  stop();
  const pause = Math.min(Math.max(2500 / (total() + 1), 70), 600);
  say("play", "Pause");
  const next = async (k) => {
    if (k >= total()) stop();
    await show(Math.min(k, total()));
    if (playing) playing = setTimeout(next, pause, k + 1);
  };
  playing = setTimeout(next, 0, fromFirst || at >= total() ? 1 : at + 1);
}

export function listen() {
  byId("first").onclick = () => step(0);
  byId("back").onclick = () => step(at - 1);
  byId("forth").onclick = () => step(at + 1);
  byId("last").onclick = () => step(total());
  byId("at").oninput = (event) => step(Number(event.target.value));
  byId("play").onclick = () => (playing ? stop() : play(false));
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA|PRE)$/.test(event.target.tagName);
    if (typing || event.altKey || event.ctrlKey || event.metaKey || byId("player").hidden) return;
    if (event.key === "ArrowLeft") step(at - 1);
    if (event.key === "ArrowRight") step(at + 1);
  });
}
