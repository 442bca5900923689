// A graph as a network has it in mind: nodes as deep as they are likely to be on the way, and the way.

import { svg } from "./dom.js";

const SIDE = 28;
const MOST_WORDS = 80;

/** Where nodes are drawn: where the toolkit put them, and others around. */
function placed({ linked: graph }, { nodes, edges }) {
  const names = [...new Set([...nodes, ...edges.flatMap(({ source, target }) => [source, target])])];
  const fresh = names.filter((name) => !graph.places[name]);
  const around = (k) => {
    const angle = (2 * Math.PI * k) / fresh.length + 0.4;
    return [SIDE / 2 + (SIDE / 2 - 1.2) * Math.cos(angle), SIDE / 2 + (SIDE / 2 - 1.2) * Math.sin(angle)];
  };
  return new Map(names.map((name) => [name, graph.places[name] ?? around(fresh.indexOf(name))]));
}

/** Draw it: `one` is a segment with its judgement, null for the puzzle alone. */
export function board(net, thing, one, words) {
  const places = placed(net, thing);
  const { nodes, edges, start, goal } = thing;
  const few = edges.length <= MOST_WORDS && places.size <= MOST_WORDS;
  const path = one?.judged.path ?? [];
  const chance = (k) => (one ? one.chances[k * net.config.vocabulary + net.linked.tokens.path] : 0);
  const likely = (k) => (k === start || k === goal ? 1 : chance(k));
  const parts = edges.map((edge) => road(edge, places, thing.directed));
  path.slice(1).forEach((to, k) => {
    const [a, b] = [path[k], to].map((node) => places.get(nodes[node]));
    const sure = Math.min(likely(path[k]), likely(to));
    parts.push(svg("line", { x1: a[0], y1: a[1], x2: b[0], y2: b[1], class: "walk", "stroke-opacity": (0.3 + 0.7 * sure).toFixed(2) }));
  });
  if (few) parts.push(...edges.flatMap((edge) => weight(edge, places)));
  nodes.forEach((name, k) => parts.push(...knot({ name, k, thing, one, likely: likely(k), at: places.get(name), few })));
  const way = path.length ? `the way so far ${path.map((k) => called(thing, nodes[k])).join(", ")}` : `${nodes.length} nodes, ${edges.length} edges`;
  const shape = { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img", "aria-label": `${words}: ${way}`, class: "board graph" };
  return svg("svg", shape, ...parts);
}

const called = ({ labels }, name) => labels.get(name) ?? name;

function road({ source, target, line, closed }, places, directed) {
  const [[x1, y1], [x2, y2]] = [places.get(source), places.get(target)];
  const kind = closed ? "road closed" : "road";
  const parts = [svg("line", { x1, y1, x2, y2, class: kind }), svg("line", { x1, y1, x2, y2, class: "reach" })];
  if (directed) parts.push(arrow(x1, y1, x2, y2, kind));
  return svg("g", { "data-line": line }, ...parts);
}

function arrow(x1, y1, x2, y2, kind) {
  const far = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [(x2 - x1) / far, (y2 - y1) / far];
  const [x, y] = [x2 - 0.5 * dx, y2 - 0.5 * dy];
  const corners = [[x, y], [x - 0.5 * dx - 0.2 * dy, y - 0.5 * dy + 0.2 * dx], [x - 0.5 * dx + 0.2 * dy, y - 0.5 * dy - 0.2 * dx]];
  return svg("polygon", { points: corners.map((one) => one.map((n) => n.toFixed(2)).join(",")).join(" "), class: kind });
}

function weight({ source, target, weight: cost, closed, line }, places) {
  const [[x1, y1], [x2, y2]] = [places.get(source), places.get(target)];
  const [x, y, text] = [(x1 + x2) / 2, (y1 + y2) / 2, closed ? "closed" : String(cost)];
  const half = 0.17 * text.length + 0.12;
  const plate = svg("rect", { x: x - half, y: y - 0.32, width: 2 * half, height: 0.64, class: "plate" });
  return [svg("g", { "data-line": line }, plate, svg("text", { x, y, "font-size": 0.55, class: "cost" }, text))];
}

function knot({ name, k, thing, one, likely, at: [x, y], few }) {
  const parts = [];
  const hint = one?.noted[k] ?? 0;
  const r = few ? 0.42 : 0.26;
  if (hint > 1) parts.push(svg("circle", { cx: x, cy: y, r: 2 * r, class: `noted noted${hint % 3}` }));
  const end = k === thing.start ? " start" : k === thing.goal ? " goal" : "";
  parts.push(svg("circle", { cx: x, cy: y, r, class: `knot${end}` }));
  if (one && !end && likely > 0.02) parts.push(svg("circle", { cx: x, cy: y, r, class: "likely", "fill-opacity": likely.toFixed(2) }));
  if (one?.judged.wrong.has(k)) parts.push(svg("circle", { cx: x, cy: y, r: 1.5 * r, class: "frame" }));
  const said = end ? `${called(thing, name)} (${end.trim()})` : called(thing, name);
  // A name at the margin stays inside.
  const room = 0.22 * said.length;
  const inside = Math.min(Math.max(x, room), SIDE - room);
  if (few || end) parts.push(svg("text", { x: inside, y: y - 0.85, "font-size": 0.7, class: end ? "given" : "name" }, said));
  return parts;
}
