// A puzzle that is a grid of signs, drawn by mouse, touch and keys; the text stays the one truth.

import { empty, fits, isBlank, blankOf, read, write } from "./cells.js";
import { byId, el, say } from "./dom.js";

const MOST_UNDONE = 200;
const TYPED_MS = 1_500;
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

let palette = null;
let example = "";
let grid = null;
let shape = null;
let pen = "";
let painting = null;
let focus = 0;
let typed = { text: "", until: 0 };
let past = [];
let future = [];
let last = "";

const box = () => byId("puzzle");

/** Take the palette of a task, null where its puzzles are no grids, and how an example is written. */
export function offer(signs, written) {
  if (JSON.stringify(signs) !== JSON.stringify(palette)) {
    [palette, example, shape] = [signs, written, null];
    pen = palette ? (palette.signs[1] ?? palette.signs[0])[0] : "";
  }
  byId("drawing").hidden = !palette;
  follow();
}

/** Show the grid that the text is now, or none; `read as` says its size where the API read it. */
export function follow(kind = "") {
  const text = box().value;
  if (text !== last) note(text);
  grid = palette && read(text, palette);
  const size = /^(\d+)x(\d+) /.exec(kind);
  if (grid && size && (grid.rows !== Number(size[1]) || grid.columns !== Number(size[2]))) grid = null;
  byId("grid-box").hidden = !grid;
  if (grid) draw();
}

/** What was written before can be come back to. */
function note(text) {
  if (painting === null) {
    past.push(last);
    if (past.length > MOST_UNDONE) past.shift();
    future = [];
  }
  last = text;
  undoable();
}

function undoable() {
  byId("undo").disabled = !past.length;
  byId("redo").disabled = !future.length;
}

function go(from, to) {
  if (!from.length) return;
  to.push(last);
  last = from.pop();
  put(last);
  undoable();
}

function put(text) {
  box().value = text;
  box().dispatchEvent(new Event("input"));
}

const words = (sign) => palette.signs.find(([one]) => one === sign)?.[1];

function named(sign) {
  if (isBlank(sign, palette)) return palette.signs[0][1];
  return words(sign) || sign;
}

function label(index) {
  const [row, column] = [Math.floor(index / grid.columns), index % grid.columns];
  return `row ${row + 1} column ${column + 1}: ${named(grid.cells[index].sign)}`;
}

function draw() {
  const now = `${grid.rows}x${grid.columns}`;
  if (now !== shape) build(now);
  grid.cells.forEach(({ sign }, index) => {
    const cell = cellAt(index);
    if (cell.dataset.sign === sign) return;
    cell.dataset.sign = sign;
    // A filled cell says so by its ground.
    cell.textContent = isBlank(sign, palette) || sign === "#" ? "" : sign;
    cell.setAttribute("aria-label", label(index));
  });
}

const cellAt = (index) => byId("grid").children[Math.floor(index / grid.columns)].children[index % grid.columns];

function build(now) {
  shape = now;
  focus = Math.min(focus, grid.cells.length - 1);
  const rows = Array.from({ length: grid.rows }, (_, r) =>
    el("div", { role: "row" }, ...Array.from({ length: grid.columns }, (_, c) => {
      const index = r * grid.columns + c;
      return el("div", { role: "gridcell", tabindex: index === focus ? 0 : -1, "data-index": index });
    })),
  );
  const place = byId("grid");
  place.style.setProperty("--columns", grid.columns);
  place.setAttribute("aria-rowcount", grid.rows);
  place.setAttribute("aria-colcount", grid.columns);
  place.replaceChildren(...rows);
  pens();
}

/** The signs to choose from; those larger than the side of a square are none. */
function pens() {
  const known = palette.signs.filter(([sign]) => fits(sign, palette, grid.rows));
  const buttons = known.map(([sign, meaning]) => {
    const shown = sign === " " ? "\u2423" : sign;
    const button = el("button", { type: "button", "aria-pressed": sign === pen }, shown);
    if (meaning) button.append(el("small", {}, ` ${meaning}`));
    button.onclick = () => choose(sign);
    button.dataset.sign = sign;
    return button;
  });
  byId("pens").replaceChildren(...buttons);
  const more = palette.meaning ? ` A cell holds ${palette.meaning}: type it.` : "";
  say("grid-note", `Click or drag to draw with the chosen sign, again to blank. Arrow keys move, keys write.${more}`);
}

function choose(sign) {
  pen = sign;
  for (const button of byId("pens").children) button.setAttribute("aria-pressed", button.dataset.sign === sign);
}

/** Put a sign in a cell; of those that are there once the former goes. */
function set(index, sign) {
  const { cells } = grid;
  if (cells[index].sign === sign || !fits(sign, palette, grid.rows)) return;
  // A text keeps to the blank that it is written with.
  const blank = cells.find((one) => isBlank(one.sign, palette))?.sign ?? blankOf(palette);
  const changes = [[index, isBlank(sign, palette) ? blank : sign]];
  if (palette.once.includes(sign)) {
    cells.forEach((one, k) => one.sign === sign && changes.push([k, blank]));
  }
  if (grid.tight && changes.some(([, one]) => one.length > 1)) return;
  put(write(box().value, grid, changes));
}

function move(index) {
  cellAt(focus).tabIndex = -1;
  focus = index;
  const cell = cellAt(focus);
  cell.tabIndex = 0;
  cell.focus({ preventScroll: painting !== null });
}

/** A key writes what a cell may hold, several keys what takes several. */
function type(key) {
  const now = performance.now();
  const before = typed.until > now && typed.index === focus ? typed.text : "";
  const text = [before + key, key].find((one) => fits(one, palette, grid.rows)) ?? before + key;
  typed = { text, index: focus, until: now + TYPED_MS };
  if (fits(text, palette, grid.rows)) set(focus, text);
}

function onKey(event) {
  const { key } = event;
  const control = event.ctrlKey || event.metaKey;
  if (control && key.toLowerCase() === "z") event.shiftKey ? go(future, past) : go(past, future);
  else if (control && key.toLowerCase() === "y") go(future, past);
  else if (control || event.altKey) return;
  else if (STEPS[key]) step(...STEPS[key]);
  else if (key === "Home") move(focus - (focus % grid.columns));
  else if (key === "End") move(focus - (focus % grid.columns) + grid.columns - 1);
  else if (key === "Enter") set(focus, pen);
  else if (key === "Backspace" || key === "Delete") set(focus, blankOf(palette));
  else if (key === " " && blankOf(palette) !== " ") set(focus, blankOf(palette));
  else if (key.length === 1) type(capital(key));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** A letter in the case in which the palette has it. */
const capital = (key) =>
  [key, key.toUpperCase(), key.toLowerCase()].find((one) => fits(one, palette, grid.rows)) ?? key;

function step(down, right) {
  const [row, column] = [Math.floor(focus / grid.columns) + down, (focus % grid.columns) + right];
  if (row >= 0 && row < grid.rows && column >= 0 && column < grid.columns) move(row * grid.columns + column);
}

const under = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("#grid [role=gridcell]");

function onDown(event) {
  const cell = event.target.closest("[role=gridcell]");
  if (!cell || event.button !== 0) return;
  event.preventDefault();
  const index = Number(cell.dataset.index);
  move(index);
  const before = last;
  painting = grid.cells[index].sign === pen ? blankOf(palette) : pen;
  set(index, painting);
  const over = (at) => {
    const there = under(at);
    if (there && grid) set(Number(there.dataset.index), painting);
  };
  const up = () => {
    removeEventListener("pointermove", over);
    removeEventListener("pointerup", up);
    removeEventListener("pointercancel", up);
    painting = null;
    if (last === before) return;
    // A stroke is undone as a whole.
    past.push(before);
    future = [];
    undoable();
  };
  addEventListener("pointermove", over);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", up);
}

function blank() {
  if (!palette) return;
  const side = (id) => Math.min(Math.max(Number(byId(id).value) || 9, 1), 50);
  const rows = side("rows");
  put(empty(rows, palette.square ? rows : side("columns"), palette, example));
}

export function listen() {
  box().addEventListener("input", () => follow());
  byId("grid").addEventListener("keydown", onKey);
  byId("grid").addEventListener("pointerdown", onDown);
  byId("undo").onclick = () => go(past, future);
  byId("redo").onclick = () => go(future, past);
  byId("empty").onclick = blank;
}
