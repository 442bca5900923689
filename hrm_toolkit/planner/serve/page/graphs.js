// A graph of lines of text: what it is to a network, and whether a way through it is right.

const TOKEN = /"(?:[^"\\]|\\.)*"|[^\s"#]+/y;
const CLOSED = /^\s*#\s*(.*)$/;
const ARROWS = { "--": false, "->": true };

/**
 * The graph of a text in lines such as "start A", "goal B" and "A -- B 3": names of `nodes` in order,
 * `edges`, `arcs` from each node to others with the least weight, numbers of `start` and `goal`. An
 * edge behind a "#" is `closed`: drawn, and no part of the graph. Null where it is none of these.
 */
export function read(text) {
  const graph = { directed: null, nodes: [], edges: [], ends: {}, labels: new Map() };
  const number = new Map();
  const node = (name) => {
    if (!number.has(name)) number.set(name, graph.nodes.push(name) - 1);
    return number.get(name);
  };
  const lines = text.split("\n");
  for (const [line, said] of lines.entries()) {
    const comment = CLOSED.exec(said);
    const words = tokens(comment ? comment[1] : said);
    if (words === null) return null;
    const edge = edgeOf(words);
    if (comment) {
      if (edge) graph.edges.push({ ...edge, line, closed: true });
    } else if (edge) {
      if (graph.directed !== null && graph.directed !== edge.directed) return null;
      graph.directed = edge.directed;
      graph.edges.push({ ...edge, line, from: node(edge.source), to: node(edge.target) });
    } else if (words.length && !take(graph, words, node)) return null;
  }
  if (!graph.edges.length) return null;
  const [start, goal] = ["start", "goal"].map((end) => number.get(graph.ends[end]) ?? -1);
  const shown = graph.edges.filter((one) => !(one.closed && graph.directed !== null && one.directed !== graph.directed));
  return { ...graph, directed: Boolean(graph.directed), edges: shown, arcs: arcsOf(graph), start, goal };
}

function tokens(line) {
  const found = [];
  const trimmed = line.trimEnd().replace(/[; ]+$/, "");
  for (let at = 0; at < trimmed.length && trimmed[at] !== "#"; ) {
    TOKEN.lastIndex = at;
    const one = TOKEN.exec(trimmed);
    if (one) found.push(one[0]);
    else if (trimmed[at] === '"') return null;
    at = one ? TOKEN.lastIndex : at + 1;
  }
  return found;
}

function nameOf(token) {
  if (!token.startsWith('"')) return token;
  try {
    return JSON.parse(token);
  } catch {
    return token;
  }
}

function edgeOf(words) {
  if (!(words[1] in ARROWS) || words.length < 3 || words.length > 5) return null;
  const weight = words.length > 3 ? number(words[3]) : 1;
  const [source, target] = [nameOf(words[0]), nameOf(words[2])];
  return Number.isFinite(weight) && weight >= 0 ? { source, target, weight, directed: ARROWS[words[1]] } : null;
}

const number = (text) => (/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN);

/** A line that is no edge; false where it is none that is known. */
function take(graph, [first, ...rest], node) {
  if (first === "node" && rest.length) rest.map(nameOf).forEach(node);
  else if (first === "label" && rest.length === 2) {
    node(nameOf(rest[0]));
    graph.labels.set(nameOf(rest[0]), nameOf(rest[1]));
  } else if ((first === "start" || first === "goal") && rest.length === 1 && !(first in graph.ends)) graph.ends[first] = nameOf(rest[0]);
  else if (first === "graph" && rest.length === 1 && /^(un)?directed$/.test(rest[0])) graph.directed = rest[0] === "directed";
  else return false;
  return true;
}

/** Of parallel edges the cheapest stays, at the place of the first. */
function arcsOf({ nodes, edges, directed }) {
  const arcs = nodes.map(() => new Map());
  const add = (from, to, weight) => {
    if (weight < (arcs[from].get(to) ?? Infinity)) arcs[from].set(to, weight);
  };
  const open = edges.filter((one) => !one.closed);
  for (const { from, to, weight } of open) add(from, to, weight);
  if (!directed) for (const { from, to, weight } of open) add(to, from, weight);
  return arcs;
}

/** The text with an edge's line closed, or open again. */
export function toggle(text, line) {
  const lines = text.split("\n");
  lines[line] = CLOSED.exec(lines[line])?.[1] ?? `# ${lines[line]}`;
  return lines.join("\n");
}

export function encode({ linked: graph }, { nodes, start, goal }) {
  const { node, start: first, goal: last } = graph.tokens;
  return nodes.map((_, k) => (k === start ? first : k === goal ? last : node));
}

/** What keeps a graph from being thought about, in words; "" where nothing does. */
export function lacks({ linked: graph }, { nodes, ends, start, goal, edges }) {
  for (const [end, found] of [["start", start], ["goal", goal]]) {
    if (!(end in ends)) return `There is no ${end}: write a line such as "${end} ${nodes[0] ?? "A"}".`;
    if (found < 0) return `The ${end} "${ends[end]}" is no node of an open edge.`;
  }
  if (start === goal) return "Start and goal are one node.";
  if (nodes.length > graph.most || edges.length > 4 * graph.most) return `This page thinks about at most ${graph.most} nodes.`;
  return "";
}

/** Whole numbers whose sums are equal where those of the weights, as people write them, are. */
function lengthsOf(thing) {
  if (thing.lengths) return thing.lengths;
  const parts = new Map();
  for (const there of thing.arcs) {
    for (const weight of there.values()) {
      const [, whole, rest = "", power = "0"] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(weight));
      parts.set(weight, [BigInt(whole + rest), Number(power) - rest.length]);
    }
  }
  const least = Math.min(0, ...[...parts.values()].map(([, power]) => power));
  const scale = BigInt(thing.nodes.length);
  // An edge that costs nothing is longer than nothing, so that no way runs in a circle.
  const length = (weight) => parts.get(weight)[0] * 10n ** BigInt(parts.get(weight)[1] - least) * scale || 1n;
  thing.lengths = thing.arcs.map((there) => new Map([...there].map(([node, weight]) => [node, length(weight)])));
  return thing.lengths;
}

/** How far each node is from the start, through those `inside` alone. */
function distances(lengths, start, inside) {
  const [settled, nearest] = [new Map(), new Map([[start, 0n]])];
  for (;;) {
    let at = null;
    for (const [node, length] of nearest) if (at === null || length < nearest.get(at)) at = node;
    if (at === null) return settled;
    const here = nearest.get(at);
    settled.set(at, here);
    nearest.delete(at);
    for (const [node, more] of lengths[at]) {
      const known = settled.has(node) || (nearest.get(node) ?? Infinity) <= here + more;
      if (!known && inside(node)) nearest.set(node, here + more);
    }
  }
}

function leastOf(thing) {
  thing.least ??= distances(lengthsOf(thing), thing.start, () => true).get(thing.goal) ?? null;
  return thing.least;
}

/** The walk over the nodes that are marked, by their distances from the start: it never turns back. */
export function judge({ linked: graph }, given, tokens, thing) {
  const { start, goal, nodes } = thing;
  const lengths = lengthsOf(thing);
  const far = distances(lengths, start, (node) => tokens[node] === graph.tokens.path || node === goal);
  const path = [start];
  while (path.at(-1) !== goal) {
    const here = path.at(-1);
    const onward = [...lengths[here]].filter(([node, length]) => far.get(node) === far.get(here) + length);
    if (!onward.length) break;
    path.push(Math.min(...onward.map(([node]) => node)));
  }
  const called = (k) => `"${thing.labels.get(nodes[k]) ?? nodes[k]}"`;
  const end = path.at(-1);
  if (end !== goal) {
    const words = leastOf(thing) === null
      ? `no path leads from the start ${called(start)} to the goal ${called(goal)}`
      : `the path ends at ${called(end)}, but the goal is ${called(goal)}`;
    return { right: false, best: false, wrong: new Set([end]), words: [words], path };
  }
  const best = far.get(goal) === leastOf(thing);
  return { right: true, best, wrong: new Set(), words: [], path, better: "cheaper" };
}
