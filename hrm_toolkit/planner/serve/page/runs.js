// The curves of training runs that the server was told of, as they grow.

import { read } from "./api.js";
import { curve } from "./chart.js";
import { byId, el, fill, seconds, trying } from "./dom.js";

const AGAIN_MS = 3_000;
const NAMES = {
  loss: "loss",
  exact: "exact answers while it trains",
  verified_rate: "verified rate at validations",
  exact_accuracy: "exact accuracy at validations",
};
let waiting = null;

/** Begin: the section is there where the server has runs. */
export async function begin() {
  const { runs } = await read("v1/runs");
  if (!runs.length) return;
  byId("training").hidden = false;
  byId("run").replaceChildren(...runs.map((name) => el("option", { value: name }, name)));
  byId("run").onchange = look;
  document.addEventListener("visibilitychange", look);
  await look();
}

/** Look at the chosen run, and again after a while as long as somebody can see it. */
async function look() {
  clearTimeout(waiting);
  if (document.hidden) return;
  const name = byId("run").value;
  const told = await trying("run-error", () => read(`v1/runs/${encodeURIComponent(name)}`));
  if (byId("run").value !== name) return;
  if (told) show(told);
  waiting = setTimeout(look, AGAIN_MS);
}

function show({ update, seconds: trained, curves }) {
  const last = (name) => curves[name]?.at(-1)[1].toPrecision(3);
  const best = curves.verified_rate && Math.max(...curves.verified_rate.map(([, rate]) => rate));
  fill(byId("run-facts"), {
    updates: update.toLocaleString("en"),
    "time trained": seconds(trained),
    loss: last("loss"),
    "verified rate": last("verified_rate"),
    "best verified rate": best?.toPrecision(3),
  });
  const boxes = Object.entries(curves).map(([name, points]) => {
    const box = el("div", { class: "curve" });
    curve(box, name, points);
    return el("figure", {}, el("figcaption", {}, NAMES[name] ?? name), box);
  });
  byId("curves").replaceChildren(...boxes);
}
