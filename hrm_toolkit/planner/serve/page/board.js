// A grid as a network has it in mind: givens, answers with how sure they are, pencil marks, wrong cells.

import { svg } from "./dom.js";
import { shown } from "./grids.js";

const SURE = 0.9;
const NOTED = 0.05;
const NOT_YET = 1;

/** Draw it: `one` is a segment with its given tokens and judgement, null for the puzzle alone. */
export function board(net, { rows, columns, signs: given }, one, words) {
  const parts = [];
  const answer = one && shown(net, one.given, [...one.tokens]);
  given.forEach((sign, index) => {
    const [x, y] = [index % columns, Math.floor(index / columns)];
    parts.push(...cell(net, { x, y, index, sign, answer: answer?.[index], one }));
  });
  parts.push(...borders(net, rows, columns));
  const label = answer ? `${words}: ${lines(answer, columns)}` : `${words}: ${lines(given, columns)}`;
  const shape = { viewBox: `-.1 -.1 ${columns + 0.2} ${rows + 0.2}`, role: "img", "aria-label": label, class: "board" };
  return svg("svg", shape, ...parts);
}

const lines = (signs, columns) =>
  signs.map((sign, k) => (k && k % columns === 0 ? `; ${sign}` : sign)).join(" ");

function cell(net, { x, y, index, sign, answer, one }) {
  const { way } = net.grid;
  const blank = sign === net.palette.signs[0][0] || net.palette.blanks.includes(sign);
  const parts = [svg("rect", { x, y, width: 1, height: 1, class: way?.[3] === sign ? "wall" : "cell" })];
  const wrong = one?.judged.wrong.has(index);
  if (blank && one) {
    const chance = chances(net, one, index);
    const path = way ? answers(net).find(([, shownAs]) => shownAs === way[2])[0] : null;
    // A way's cells are as deep as they are likely; a symbol's the deeper the more doubt there is.
    const depth = way ? chance[path] : 1 - Math.max(...chance);
    const kind = way ? "likely" : "doubt";
    if (one.noted[index] > NOT_YET) parts.push(svg("rect", { x, y, width: 1, height: 1, class: `noted noted${one.noted[index] % 3}` }));
    if (depth > 0.02) parts.push(svg("rect", { x, y, width: 1, height: 1, class: kind, "fill-opacity": (0.75 * depth).toFixed(2) }));
    if (!way && 1 - depth < SURE) parts.push(...marks(net, chance, x, y));
    else if (!way) parts.push(letter(x, y, answer, wrong ? "wrong" : "new"));
  } else if (!blank && way?.[3] !== sign) parts.push(letter(x, y, sign, wrong ? "wrong" : "given"));
  if (one?.judged.path?.includes(index)) parts.push(svg("circle", { cx: x + 0.5, cy: y + 0.5, r: 0.14, class: wrong ? "wrong" : "way" }));
  else if (wrong && blank) parts.push(svg("rect", { x: x + 0.05, y: y + 0.05, width: 0.9, height: 0.9, class: "frame" }));
  return parts;
}

const answers = (net) => Object.entries(net.grid.answers).map(([token, sign]) => [Number(token), sign]);

function chances(net, one, index) {
  const { vocabulary } = net.config;
  return one.chances.subarray(index * vocabulary, (index + 1) * vocabulary);
}

function letter(x, y, text, kind) {
  const size = text.length > 1 ? 0.5 : 0.62;
  return svg("text", { x: x + 0.5, y: y + 0.52, "font-size": size, class: kind }, text);
}

/** What is still possible, each as dark as it is likely, where a reader would pencil it. */
function marks(net, chance, x, y) {
  const likely = answers(net).filter(([token, sign]) => chance[token] >= NOTED && sign !== net.palette.signs[0][0]);
  const side = Math.max(3, Math.ceil(Math.sqrt(Math.max(...likely.map(([, sign]) => Number(sign) || 1)))));
  return likely.map(([token, sign], k) => {
    const place = (Number(sign) || k + 1) - 1;
    const at = { x: x + ((place % side) + 0.5) / side, y: y + (Math.floor(place / side) + 0.52) / side };
    const opacity = (0.35 + 0.65 * chance[token]).toFixed(2);
    return svg("text", { ...at, "font-size": 0.8 / side, class: "mark", "fill-opacity": opacity }, sign);
  });
}

/** Lines between cells of different groups, of relations whose groups are no lines of cells. */
function borders(net, rows, columns) {
  const parts = [svg("rect", { x: 0, y: 0, width: columns, height: rows, class: "frame edge" })];
  for (const relation of net.grid.groups[`${rows}x${columns}`]?.relations ?? []) {
    const flat = relation.every((group) => {
      const along = new Set(group.map((k) => Math.floor(k / columns)));
      return along.size === 1 || new Set(group.map((k) => k % columns)).size === 1;
    });
    if (flat) continue;
    const of = new Map(relation.flatMap((group, k) => group.map((index) => [index, k])));
    for (let k = 0; k < rows * columns; k += 1) {
      const [x, y] = [k % columns, Math.floor(k / columns)];
      if (x && of.get(k) !== of.get(k - 1)) parts.push(svg("line", { x1: x, x2: x, y1: y, y2: y + 1, class: "border" }));
      if (y && of.get(k) !== of.get(k - columns)) parts.push(svg("line", { x1: x, x2: x + 1, y1: y, y2: y, class: "border" }));
    }
  }
  return parts;
}
