// One page that holds a puzzle: a thought about it that was taped, and the network itself, which
// solves it here and any other of its kind. Either may be missing.

import { byId, say } from "./dom.js";
import * as editor from "./editor.js";
import { load } from "./network.js";
import * as player from "./player.js";
import { Tape } from "./tape.js";
import * as think from "./think.js";

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

async function tape(taped) {
  byId("taped").hidden = false;
  player.listen();
  await player.put(new Tape(taped));
  await player.end();
}

async function live(net) {
  byId("source").hidden = byId("here").hidden = false;
  const network = await load(bytes(byId("code").textContent), net);
  const box = byId("puzzle");
  const held = box.value;
  think.begin(network);
  editor.listen();
  editor.offer(net.palette, held);
  const follow = () => think.follow(box.value);
  box.addEventListener("input", follow);
  byId("held").onclick = () => {
    box.value = held;
    box.dispatchEvent(new Event("input"));
  };
  follow();
}

const [taped, net] = ["tape", "network"].map((id) => JSON.parse(byId(id).textContent));
if (taped) tape(taped);
if (net) live(net).catch((error) => say("think-error", `This browser cannot run the network: ${error.message}`));
