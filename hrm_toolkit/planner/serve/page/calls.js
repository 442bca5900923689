// The tool calls and replies, as a language model would have seen them.

import { onCall } from "./api.js";
import { byId, el, say } from "./dom.js";

const MOST = 60_000;
// What the page asks on its own while one steps about must not take a call from under a reader.
const ASIDE = new Set(["verify", "describe"]);
let calls = [];
let chosen = null;

const json = (value) => JSON.stringify(value, null, 2);

function show() {
  const one = chosen;
  say("call-made", json({ name: one.name, arguments: one.arguments }));
  say("call-text", one.reply.text);
  const data = json(one.reply.data);
  say("call-data", data.length > MOST ? `${data.slice(0, MOST)}\n... copy it for the whole` : data);
}

async function copy(value) {
  try {
    await navigator.clipboard.writeText(json(value));
    say("copy-note", "Copied.");
  } catch {
    say("copy-note", "The browser does not allow it here: select the text and copy it.");
  }
}

export function listen() {
  onCall((now) => {
    calls = [...now];
    const names = calls.map((one, k) => el("option", { value: k }, `${one.name}: ${one.reply.status}`));
    byId("call").replaceChildren(...names);
    const newest = calls.at(-1);
    if (chosen === null || !ASIDE.has(newest.name)) chosen = newest;
    // One that is too long ago to be listed stays to be read.
    byId("call").value = calls.indexOf(chosen);
    show();
  });
  byId("call").onchange = () => {
    chosen = calls[Number(byId("call").value)];
    show();
  };
  byId("copy-call").onclick = () => {
    if (chosen) copy({ name: chosen.name, arguments: chosen.arguments });
  };
  byId("copy-reply").onclick = () => chosen && copy(chosen.reply);
}
