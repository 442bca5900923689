// Thinking without the server: the network for the puzzle that is there is fetched once, and follows it.

import { read as readAt } from "./api.js";
import { byId, say, trying } from "./dom.js";
import { kindOf } from "./kinds.js";
import { load } from "./network.js";
import * as think from "./think.js";

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
let network = null;
let task = null;

/** Fetch the network for a puzzle, and begin to think about it. */
async function begin(puzzle) {
  const { solver, network: net, code } = await readAt(`v1/handles/${puzzle.handle}/network`);
  network = await load(bytes(code), net);
  task = puzzle.task;
  say("here-solver", solver);
  byId("here").hidden = false;
  think.begin(network);
  const { linked: graph } = net;
  if (graph && kindOf(net).lacks(net, kindOf(net).read(byId("puzzle").value) ?? { nodes: [], ends: {}, edges: [] })) {
    // Of another form, or with its ends told elsewhere: written as lines it can be changed here.
    byId("puzzle").value = graph.text;
    byId("puzzle").dispatchEvent(new Event("input"));
  }
  follow();
  byId("here-title").focus();
  byId("think").click();
}

function follow() {
  if (network) think.follow(byId("puzzle").value);
}

/** The puzzle that was read: one of another task ends what is thought here. */
export function loaded(puzzle) {
  byId("think-here").disabled = !puzzle;
  if (!puzzle || puzzle.task === task) return;
  if (network) think.follow(null);
  byId("here").hidden = true;
  [network, task] = [null, null];
}

export function listen(withPuzzle) {
  byId("puzzle").addEventListener("input", follow);
  byId("think-here").onclick = () => trying("solve-error", () => withPuzzle(begin));
}
