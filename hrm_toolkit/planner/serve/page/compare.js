// The same puzzle by the network alone, verified, and by exact search.

import { call, follow, picture } from "./api.js";
import { byId, el, fill, seconds } from "./dom.js";

const STRATEGIES = { neural: "The network alone", verified: "Verified", exact: "Exact search alone" };
const OUTCOMES = {
  solved: "solved: the rules accept it",
  refuted: "no solution: the rules refute it",
  unsolvable: "proved: there is no answer",
  timeout_best: "time ran out; the best breaks rules",
  timeout_none: "time ran out without an answer",
  cancelled: "stopped",
};

/** What came of a puzzle, as names and values. */
export function facts(data) {
  const verdict = data.verdict ?? {};
  return {
    outcome: OUTCOMES[data.status] ?? data.status,
    time: seconds(data.seconds),
    source: data.source,
    solver: data.solver,
    segments: data.segments || null,
    "search nodes": data.nodes || null,
    cost: verdict.cost === null ? null : `${verdict.cost}${{ true: ", the least", false: ", not the least" }[verdict.optimal] ?? ""}`,
    confidence: data.confidence === null ? null : data.confidence.toFixed(3),
    "rules broken": verdict.violations_in_all || null,
    seed: data.seed,
  };
}

/** Solve it by each, one after the other; `options` are those of the tool solve. */
export async function compare(puzzle, options) {
  byId("side-by-side").hidden = false;
  const cards = Object.entries(STRATEGIES).map(([strategy, title]) => {
    const parts = {
      image: el("img", { alt: "" }),
      list: el("dl", { class: "facts" }),
      said: el("p", { class: "note", role: "status" }, "waits for its turn"),
    };
    parts.image.hidden = true;
    const card = el("article", {}, el("h3", {}, title), parts.image, parts.said, parts.list);
    return { strategy, title, card, ...parts };
  });
  byId("cards").replaceChildren(...cards.map(({ card }) => card));
  byId("compare-title").focus();
  for (const one of cards) await run(one, puzzle, options);
}

async function run({ strategy, title, image, list, said }, puzzle, options) {
  said.textContent = "solving ...";
  try {
    const begun = await call("solve", { ...options, puzzle: puzzle.handle, strategy, wait_s: 0 });
    const { data, status } = await follow(begun.data.job, (segment) => {
      said.textContent = `segment ${segment.segment} of at most ${segment.segments}`;
    });
    fill(list, facts(data));
    said.textContent = "";
    const url = await picture(`v1/jobs/${begun.data.job}/1/picture.svg`);
    image.onload = () => URL.revokeObjectURL(url);
    image.alt = `${title}: ${OUTCOMES[status] ?? status}`;
    image.src = url;
    image.hidden = false;
  } catch (error) {
    said.textContent = error.message;
    said.className = "error";
  }
}
