// Where a network has a state, and what it reads from where: as places.py lays a puzzle out.

const NEVER = -1;
const AROUND = { north: [-1, 0], south: [1, 0], east: [0, 1], west: [0, -1] };

/** The places of a thing's tokens; null where its size is none that is known. */
export function layoutOf(net, tokens, thing) {
  if (net.linked) return linked(net, tokens, thing);
  return net.grid.walls === null ? grouped(net, tokens, thing) : walled(net, tokens, thing);
}

/** Places of a grid whose cells read their neighbours: cells beside no other are idle, as walls are. */
function walled({ config, grid }, tokens, { rows, columns }) {
  const free = (r, c) => r >= 0 && r < rows && c >= 0 && c < columns && !grid.walls.includes(tokens[r * columns + c]);
  const beside = config.relations.map((name) => AROUND[name]);
  const touched = (index) => {
    const [r, c] = [Math.floor(index / columns), index % columns];
    return free(r, c) && beside.some(([down, right]) => free(r + down, c + right));
  };
  const every = [...tokens.keys()];
  const some = every.filter(touched);
  const position = some.length ? some : every;
  const number = new Map(position.map((index, place) => [index, place]));
  const neighbours = position.flatMap((index) => {
    const [r, c] = [Math.floor(index / columns), index % columns];
    return beside.map(([down, right]) =>
      free(r, c) && free(r + down, c + right) ? number.get(index + down * columns + right) : NEVER,
    );
  });
  return { position, column: position.map(() => 0), symbols: [], pooled: [], neighbours };
}

/** Places of a grid of symbols: a position with each that no cell of its groups rules out. */
function grouped({ config, grid }, tokens, { rows, columns }) {
  const groups = grid.groups[`${rows}x${columns}`];
  if (!groups) return null;
  const { symbols } = groups;
  const of = groups.relations.map((relation) => belonging(relation, tokens.length));
  const seen = groups.relations.map((relation) => relation.map((group) => new Set(group.map((index) => tokens[index]))));
  const position = [];
  const column = [];
  const number = new Map();
  tokens.forEach((token, index) => {
    symbols.forEach((symbol, c) => {
      const given = symbols.includes(token);
      const ruled = seen.some((relation, k) => relation[of[k][index]].has(symbol));
      if (given ? token !== symbol : ruled) return;
      number.set(index * symbols.length + c, position.length);
      position.push(index);
      column.push(c);
    });
  });
  const pooled = groups.relations.map((relation, k) => {
    // Each group once a symbol: the places of its cells with that one.
    const made = relation.flatMap((group) =>
      symbols.map((_, c) => group.map((index) => number.get(index * symbols.length + c)).filter((one) => one !== undefined)),
    );
    const widest = Math.max(...relation.map((group) => group.length));
    return { rows: made, of: position.map((index, p) => of[k][index] * symbols.length + column[p]), widest };
  });
  const active = [...new Set(position)];
  const nth = new Map(active.map((index, k) => [index, k]));
  const candidates = active.map(() => []);
  position.forEach((index, place) => candidates[nth.get(index)].push(place));
  const first = { rows: candidates, of: position.map((index) => nth.get(index)), widest: symbols.length };
  return { position, column, symbols, pooled: [first, ...pooled], neighbours: null, config };
}

function belonging(relation, length) {
  const of = Array(length).fill(NEVER);
  relation.forEach((group, k) => group.forEach((index) => (of[index] = k)));
  return of;
}

/** Nodes that read those before and behind them, each with the weight between; lonely ones are idle. */
function linked({ config }, tokens, { nodes, arcs, directed }) {
  const largest = Math.max(0, ...arcs.flatMap((there) => [...there.values()])) || 1;
  const inward = nodes.map(() => []);
  const outward = nodes.map(() => []);
  arcs.forEach((there, source) => {
    for (const [target, weight] of there) {
      if (source === target) continue;
      inward[target].push([source, weight / largest]);
      outward[source].push([target, weight / largest]);
    }
  });
  const every = [...nodes.keys()];
  const some = every.filter((node) => inward[node].length || outward[node].length);
  const position = some.length ? some : every;
  const number = new Map(position.map((node, place) => [node, place]));
  const read = { in: inward, out: directed ? outward : inward };
  const pooled = config.relations.map((name) => {
    const own = position.map((node) => read[name][node]);
    return {
      rows: own.map((row) => row.map(([node]) => number.get(node))),
      weights: own.map((row) => row.map(([, weight]) => weight)),
      of: null,
    };
  });
  return { position, column: position.map(() => 0), symbols: [], pooled, neighbours: null, names: nodes };
}
