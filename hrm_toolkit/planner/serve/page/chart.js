// The halting probability as a line, one point a segment.

import { svg } from "./dom.js";

const WIDTH = 320;
const HEIGHT = 110;
const LEFT = 30;
const FOOT = 18;
const TOP = 8;

/**
 * Draw lines in `box`, each with its `segments` and, where there are several, its `name`; `now` is
 * the number of points up to the segment that is shown.
 */
export function draw(box, lines, now) {
  const right = WIDTH - 10;
  const most = Math.max(...lines.map(({ segments }) => segments.length));
  const longest = lines.find(({ segments }) => segments.length === most).segments;
  const x = (k) => LEFT + ((right - LEFT) * (most > 1 ? k : 1)) / Math.max(most - 1, 1);
  const y = (halt) => TOP + (HEIGHT - FOOT - TOP) * (1 - halt);
  const parts = [];
  for (const level of [0, 0.5, 1]) {
    parts.push(svg("line", { class: "grid", x1: LEFT, x2: right, y1: y(level), y2: y(level) }));
    parts.push(svg("text", { class: "end", x: LEFT - 5, y: y(level) + 4 }, String(level)));
  }
  parts.push(svg("text", { class: "end", x: right, y: HEIGHT - 2 }, `segment ${longest.at(-1)?.segment ?? 0}`));
  parts.push(svg("text", { x: LEFT, y: HEIGHT - 2 }, most > 1 ? String(longest[0].segment) : ""));
  lines.forEach(({ name, segments }, number) => {
    const kind = number ? "line other" : "line";
    const points = segments.map((one, k) => [x(k), y(one.halt)]);
    parts.push(svg("polyline", { class: kind, points: points.map((p) => p.join(",")).join(" ") }));
    const at = points[Math.min(now, points.length) - 1];
    if (at) parts.push(svg("circle", { class: "now", cx: at[0], cy: at[1], r: 4 }));
    if (name) parts.push(svg("text", { x: LEFT + 6, y: TOP + 12 + 13 * number }, `${number ? "dashed" : "whole line"}: ${name}`));
  });
  const shape = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": lines.map(told).join("; ") };
  box.replaceChildren(svg("svg", shape, ...parts));
}

function told({ name, segments }) {
  const head = name ? `${name}: ` : "";
  if (!segments.length) return `${head}no segment yet`;
  return `${head}From ${segments[0].halt.toFixed(2)} at the first segment to ${segments.at(-1).halt.toFixed(2)} at the last`;
}

/** Draw a curve of [update, value] points in `box`, from 0 up to 1 or to its largest value. */
export function curve(box, name, points) {
  const right = WIDTH - 10;
  const most = Math.max(...points.map(([, value]) => value), name === "loss" ? 1e-9 : 1);
  const [from, to] = [points[0][0], Math.max(points.at(-1)[0], points[0][0] + 1)];
  const x = (update) => LEFT + ((right - LEFT) * (update - from)) / (to - from);
  const y = (value) => TOP + (HEIGHT - FOOT - TOP) * (1 - value / most);
  const parts = [];
  for (const level of [0, most / 2, most]) {
    parts.push(svg("line", { class: "grid", x1: LEFT, x2: right, y1: y(level), y2: y(level) }));
    parts.push(svg("text", { class: "end", x: LEFT - 3, y: y(level) + 4 }, String(+level.toPrecision(2))));
  }
  parts.push(svg("text", { x: LEFT, y: HEIGHT - 2 }, String(from)));
  parts.push(svg("text", { class: "end", x: right, y: HEIGHT - 2 }, `update ${points.at(-1)[0]}`));
  const line = points.map(([update, value]) => `${x(update)},${y(value)}`).join(" ");
  parts.push(svg("polyline", { class: "line", points: line }));
  const [update, value] = points.at(-1);
  parts.push(svg("circle", { class: "now", cx: x(update), cy: y(value), r: 3 }));
  const words = `${name}: ${+points[0][1].toPrecision(3)} at update ${from}, ${+value.toPrecision(3)} at update ${update}`;
  box.replaceChildren(svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words }, ...parts));
}
