// Where a puzzle comes from: typed, pasted, dropped, opened, made, or held by a link.

import { call } from "./api.js";
import { byId, counted, el, say, trying } from "./dom.js";
import * as editor from "./editor.js";

const HOW = ["start", "goal", "weight", "box"];
const MOST_FILE = 4 << 20;
const MOST_LINK = 30_000;
const PAUSE_MS = 350;

let changed = () => {};
let hints = false;
let loaded = null;
let turn = 0;
let waiting = null;
const described = new Map();

/** Begin: the list of tasks, and what the link holds; `told` gets each puzzle that was read. */
export async function begin(has, told) {
  changed = told;
  hints = has.has("hint");
  byId("make").hidden = !has.has("generate");
  const { data } = await call("describe", {});
  list(data.tasks);
  listen();
  if (!fromLink()) await describe();
}

function list(tasks) {
  const groups = new Map();
  for (const { task, summary, family } of tasks) {
    const name = family ?? "tasks";
    if (!groups.has(name)) groups.set(name, el("optgroup", { label: name }));
    groups.get(name).append(el("option", { value: task, title: summary }, task));
  }
  byId("task").append(...groups.values());
}

/** The chosen task told, and what can be asked for of it. */
async function describe() {
  const task = byId("task").value;
  say("summary", "");
  for (const id of ["example", "generate"]) byId(id).disabled = !task;
  if (!task) {
    byId("size").replaceChildren(el("option", { value: "" }, "choose a task"));
    byId("difficulty").replaceChildren(el("option", { value: "" }, "choose a task"));
    editor.offer(null, "");
    return null;
  }
  if (!described.has(task)) described.set(task, call("describe", { task }));
  let data;
  try {
    ({ data } = await described.get(task));
  } catch (error) {
    described.delete(task);
    throw error;
  }
  if (byId("task").value !== task) return data;
  say("summary", data.summary[0].toUpperCase() + data.summary.slice(1) + ".");
  options("size", data.sizes.filter(Number.isInteger), "its own");
  options("difficulty", data.difficulties, "any");
  known(data);
  return data;
}

/** What a task's description says of the buttons beside the picture. */
function known(data) {
  options("solver", data.solvers, "the best for it");
  byId("hint").hidden = !hints || !data.hints;
  editor.offer(data.palette, data.example.puzzle);
}

function options(id, values, none) {
  byId(id).replaceChildren(
    el("option", { value: "" }, none),
    ...values.map((value) => el("option", { value }, String(value))),
  );
}

/** The puzzle that is there, read by the API; null where there is none. */
export async function current() {
  if (waiting !== null) await load();
  return loaded;
}

export const asked = () => Object.fromEntries(HOW.map((name) => [name, byId(name).value.trim()]));

/** Read what is written anew, as after a handle was forgotten. */
export async function load() {
  clearTimeout(waiting);
  waiting = null;
  const mine = ++turn;
  loaded = null;
  say("puzzle-read", "");
  const text = byId("puzzle").value;
  editor.follow();
  if (!text.trim()) {
    say("puzzle-error", "");
    changed(null);
    return;
  }
  await trying("puzzle-error", async () => {
    const task = byId("task").value;
    const { data, text: told } = await call("load_puzzle", { puzzle: text, task, ...asked() });
    if (mine !== turn) return;
    const [kind] = /(?<=is this )[^,\n]+/.exec(told) ?? [data.task];
    loaded = { handle: data.handle, task: data.task, kind };
    const notes = [...(data.contradictions ?? []), ...(data.notes ?? [])];
    say("puzzle-read", [`A ${kind}, read as ${data.read_as}.`, ...notes].join(" "));
    await solvers(data.task);
    editor.follow(kind);
    changed(loaded);
  });
  if (mine === turn && loaded === null) changed(null);
}

/** A puzzle's own task tells which solvers there are. */
async function solvers(task) {
  if (byId("task").value === task) return;
  if (!described.has(task)) described.set(task, call("describe", { task }));
  known((await described.get(task)).data);
}

/** Put a puzzle in as if it were typed. */
export function put(text) {
  byId("puzzle").value = text;
  return load();
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(load, PAUSE_MS);
}

async function opened(file) {
  await trying("puzzle-error", async () => {
    if (file.size > MOST_FILE) throw new Error(`The file has ${counted(file.size, "byte")}; at most 4 MiB can be read.`);
    byId("puzzle").value = await file.text();
    byId("task").value = "";
    await describe();
  });
  await load();
}

function listen() {
  editor.listen();
  byId("puzzle").oninput = later;
  for (const name of HOW) byId(name).oninput = later;
  byId("task").onchange = () =>
    trying("puzzle-error", async () => {
      const data = await describe();
      // What is read as another task's is let go; what could not be read may be one of this task.
      const others = loaded !== null && data !== null && loaded.task !== data.task;
      if (data && (others || !byId("puzzle").value.trim())) await put(written(data.example));
      else await load();
    });
  byId("example").onclick = () =>
    trying("puzzle-error", async () => {
      const data = await describe();
      if (data) await put(written(data.example));
    });
  byId("generate").onclick = () => trying("make-error", make);
  byId("file").onchange = ({ target }) => target.files[0] && opened(target.files[0]);
  byId("share").onclick = share;
  addEventListener("hashchange", fromLink);
  drop();
}

/** An example as it is drawn, where its drawing is short enough to be one; else as JSON. */
function written(example) {
  return example.puzzle.length < 20_000 ? example.puzzle : example.puzzle_json;
}

async function make() {
  const task = byId("task").value;
  const number = (id) => (byId(id).value === "" ? null : Number(byId(id).value));
  const seed = number("make-seed");
  const difficulty = byId("difficulty").value;
  say("share-note", "");
  const { data, text } = await call("generate", { task, size: number("size"), difficulty, count: 1, seed });
  if (!data.puzzles.length) throw new Error(text || "Time ran out; a smaller or easier one is made sooner.");
  byId("make-seed").value = (seed ?? 0) + 1;
  await put(data.puzzles[0].puzzle);
}

function drop() {
  const place = byId("source");
  place.ondragover = (event) => {
    event.preventDefault();
    place.classList.add("over");
  };
  place.ondragleave = () => place.classList.remove("over");
  place.ondrop = (event) => {
    event.preventDefault();
    place.classList.remove("over");
    const [file] = event.dataTransfer.files;
    if (file) opened(file);
    else put(event.dataTransfer.getData("text"));
  };
}

/** A link whose part after # holds the puzzle: browsers send that part to nobody. */
async function share() {
  const held = { task: byId("task").value || loaded?.task || "", puzzle: byId("puzzle").value, ...asked() };
  const given = Object.entries(held).filter(([, value]) => value);
  const link = new URL(document.baseURI);
  link.hash = new URLSearchParams(given).toString();
  if (!held.puzzle.trim()) return say("share-note", "There is no puzzle to share yet.");
  if (link.href.length > MOST_LINK) return say("share-note", "This puzzle is too long for a link; share its file.");
  history.replaceState(null, "", link);
  try {
    await navigator.clipboard.writeText(link.href);
    return say("share-note", "Copied. The link holds the puzzle after its #, which no browser sends to a server.");
  } catch {
    return say("share-note", "The address of this page now holds the puzzle; copy it from there.");
  }
}

function fromLink() {
  const held = new URLSearchParams(location.hash.slice(1));
  if (!held.get("puzzle")) return false;
  const task = byId("task");
  task.value = held.get("task") ?? "";
  if (task.selectedIndex < 0) task.value = "";
  for (const name of HOW) byId(name).value = held.get(name) ?? "";
  byId("puzzle").value = held.get("puzzle");
  trying("puzzle-error", async () => {
    await describe();
    await load();
  });
  return true;
}
