// One page that holds a puzzle and the network that solves it, and any other of its kind.

import { read } from "./cells.js";
import { byId, say } from "./dom.js";
import * as editor from "./editor.js";
import { load } from "./network.js";
import * as think from "./think.js";

const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

async function begin() {
  const net = JSON.parse(byId("network").textContent);
  const network = await load(bytes(byId("code").textContent), net);
  const box = byId("puzzle");
  const held = box.value;
  think.begin(network);
  editor.listen();
  editor.offer(net.palette, held);
  const follow = () => think.follow(read(box.value, net.palette));
  box.addEventListener("input", follow);
  byId("held").onclick = () => {
    box.value = held;
    box.dispatchEvent(new Event("input"));
  };
  follow();
}

begin().catch((error) => say("think-error", `This browser cannot run the network: ${error.message}`));
