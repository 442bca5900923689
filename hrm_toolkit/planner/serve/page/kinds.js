// What a text is to a page and its network: a grid of signs or a graph, read, encoded, judged and drawn.

import { board } from "./board.js";
import * as cells from "./cells.js";
import { board as graphBoard } from "./graphboard.js";
import * as graphs from "./graphs.js";
import * as grids from "./grids.js";

const grid = {
  what: "grid of the signs below",
  read(text, net) {
    const found = cells.read(text, net.palette);
    return found && { rows: found.rows, columns: found.columns, signs: found.cells.map(({ sign }) => sign) };
  },
  encode: (net, { signs }) => grids.encode(net, signs),
  lacks: (net, thing) => grids.lacks(net, thing.signs, thing),
  judge: grids.judge,
  board,
  /** Whether a thought about the one goes on about the other. */
  alike: (one, other) => one.rows === other.rows && one.columns === other.columns,
  note: "A change to the puzzle while it thinks, or after, is thought on about from there.",
};

const graph = {
  what: 'graph in lines such as "start A" and "A -- B 3"',
  read: (text) => graphs.read(text),
  encode: graphs.encode,
  lacks: graphs.lacks,
  judge: graphs.judge,
  board: graphBoard,
  alike: (one, other) => one.nodes.filter((name) => other.nodes.includes(name)).length * 2 > one.nodes.length,
  toggle: graphs.toggle,
  note: "Click an edge to close it, or to open it again, while it thinks or after: it thinks on about it from there.",
};

export const kindOf = (net) => (net.linked ? graph : grid);
