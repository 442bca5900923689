// The page: a puzzle is read, solved, watched, hinted at and compared through the tools of the API.

import { call, cancel, follow, onToken, onWaiting, tools } from "./api.js";
import * as calls from "./calls.js";
import { compare, facts } from "./compare.js";
import { byId, el, fill, say, trying } from "./dom.js";
import * as here from "./here.js";
import { JobTape } from "./job.js";
import * as player from "./player.js";
import * as runs from "./runs.js";
import * as source from "./source.js";

const SLOW_MS = 4_000;
let running = null;

function budget() {
  const number = (id) => (byId(id).value === "" ? null : Number(byId(id).value));
  return {
    solver: byId("solver").value,
    segments: number("segments"),
    votes: number("votes"),
    seed: number("seed"),
  };
}

/** Do something with the puzzle that is there; once more where its handle was forgotten. */
async function withPuzzle(work) {
  const puzzle = await source.current();
  if (puzzle === null) throw new Error("There is no puzzle yet that can be read.");
  try {
    return await work(puzzle);
  } catch (error) {
    if (error.code !== "unknown_name" || !/puzzle:|handle/.test(error.message)) throw error;
    await source.load();
    return work(await source.current());
  }
}

function busy(is) {
  for (const id of ["solve", "compare", "hint"]) byId(id).disabled = is;
}

async function solve() {
  hideHint();
  busy(true);
  say("status", "Solving.");
  const slow = setTimeout(
    () => say("status", "No segment yet: a fresh installation compiles its solvers first."),
    SLOW_MS,
  );
  const done = await trying("solve-error", () =>
    withPuzzle(async (puzzle) => {
      const asked = { puzzle: puzzle.handle, strategy: byId("strategy").value, ...budget(), wait_s: 0 };
      const begun = await call("solve", asked);
      running = begun.data.job;
      byId("cancel").hidden = false;
      const tape = new JobTape(puzzle, running);
      byId("outcome").hidden = true;
      player.begin(tape);
      const reply = await watched(tape, slow);
      outcome(reply);
      if (player.shows(tape)) await player.end();
      return true;
    }),
  );
  clearTimeout(slow);
  if (!done) say("status", "");
  running = null;
  byId("cancel").hidden = true;
  busy(false);
}

/** Follow a job; the trace is asked for again once the last look at it is over. */
async function watched(tape, slow) {
  let looking = null;
  let more = false;
  const fresh = async () => {
    if ((await tape.refresh()) && player.shows(tape)) await player.grown();
  };
  const look = () => {
    if (looking) {
      more = true;
      return;
    }
    looking = fresh().finally(() => {
      looking = null;
      if (more) {
        more = false;
        look();
      }
    });
    // A look that fails says nothing of the job, whose end is told below.
    looking.catch(() => {});
  };
  const reply = await follow(tape.job, (segment) => {
    clearTimeout(slow);
    say("status", `Segment ${segment.segment} of at most ${segment.segments}.`);
    look();
  });
  more = false;
  await looking?.catch(() => {});
  await fresh();
  tape.reply = reply;
  return reply;
}

function outcome(reply) {
  const [headline] = reply.text.split("\n");
  say("status", headline[0].toUpperCase() + headline.slice(1) + ".");
  fill(byId("result"), facts(reply.data));
  byId("notes").replaceChildren(...(reply.data.notes ?? []).map((note) => el("li", {}, note)));
  say("answer-text", reply.text);
  byId("outcome").hidden = false;
}

function hideHint() {
  byId("hint-box").hidden = true;
}

async function hint() {
  hideHint();
  await trying("solve-error", () =>
    withPuzzle(async (puzzle) => {
      const { data, text } = await call("hint", { puzzle: puzzle.handle });
      const why = data.hint?.why ?? [];
      byId("hint-why").replaceChildren(...why.map((line) => el("li", {}, line)));
      say("hint-says", data.hint ? `So ${data.hint.says}.${data.hint.contradiction ? " There is no answer." : ""}` : text);
      byId("hint-box").hidden = false;
      say("status", byId("hint-says").textContent);
    }),
  );
}

async function sideBySide() {
  hideHint();
  busy(true);
  await trying("solve-error", () => withPuzzle((puzzle) => compare(puzzle, budget())));
  busy(false);
}

/** Ask for the token, again where the last one was wrong. */
function token(again) {
  const form = byId("token-form");
  form.hidden = false;
  say("token-error", again ? "The server did not take that token." : "");
  byId("token").focus();
  return new Promise((given) => {
    form.onsubmit = (event) => {
      event.preventDefault();
      form.hidden = true;
      given(byId("token").value);
      byId("token").value = "";
    };
  });
}

async function begin() {
  onToken(token);
  onWaiting((words) => say("status", words[0].toUpperCase() + words.slice(1)));
  calls.listen();
  player.listen();
  here.listen(withPuzzle);
  byId("solve").onclick = solve;
  byId("cancel").onclick = () => running && cancel(running);
  byId("compare").onclick = sideBySide;
  byId("hint").onclick = hint;
  byId("puzzle").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) solve();
  });
  await trying("run-error", runs.begin);
  await trying("solve-error", async () => {
    const has = await tools();
    await source.begin(has, (puzzle) => {
      say("status", "");
      say("solve-error", "");
      hideHint();
      byId("side-by-side").hidden = true;
      here.loaded(puzzle);
      byId("outcome").hidden = true;
      if (puzzle) player.put(new JobTape(puzzle));
      else player.clear();
    });
  });
}

begin();
