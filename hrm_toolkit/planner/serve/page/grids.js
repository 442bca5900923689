// What a grid of signs is to a network, and whether its answer is right: as the task declares both.

const AROUND = [[-1, 0], [1, 0], [0, 1], [0, -1]];

/** The tokens of a grid's cells; `shape` has its rows and columns. Throws where a sign has none. */
export function encode(net, signs) {
  const { tokens } = net.grid;
  const blank = net.palette.signs[0][0];
  return signs.map((sign) => {
    const token = tokens[sign] ?? (net.palette.blanks.includes(sign) ? tokens[blank] : undefined);
    if (token === undefined) throw new Error(`The network has no token for "${sign}".`);
    return token;
  });
}

/** What keeps a grid from being thought about, in words; "" where nothing does. */
export function lacks(net, signs, { rows, columns }) {
  const { way, groups } = net.grid;
  if (way) {
    const missing = [["start", way[0]], ["goal", way[1]]].find(([, sign]) => signs.filter((one) => one === sign).length !== 1);
    return missing ? `There is no ${missing[0]}: put one ${missing[1]} in.` : "";
  }
  if (groups[`${rows}x${columns}`]) return "";
  return `A ${rows}x${columns} is none of the sizes that this page holds: ${Object.keys(groups).join(", ")}.`;
}

/** The sign of each cell of an answer, given as tokens; givens are shown as they are. */
export function shown(net, given, tokens) {
  const { answers, way, tokens: known } = net.grid;
  const fixed = way && [way[0], way[1], way[3]].map((sign) => known[sign]);
  return tokens.map((token, index) => {
    if (fixed?.includes(given[index])) return answers[given[index]];
    return answers[token] ?? "";
  });
}

/**
 * What the rules say: `right`, the cells that are `wrong`, and `words`. `best` is false where a
 * better answer is known.
 */
export function judge(net, given, tokens, { rows, columns }) {
  return net.grid.way ? walk(net, given, tokens, rows, columns) : differ(net, given, tokens, rows, columns);
}

function differ(net, given, tokens, rows, columns) {
  const { symbols, relations } = net.grid.groups[`${rows}x${columns}`];
  const wrong = new Set();
  const words = [];
  const count = (indices, what) => {
    indices.forEach((index) => wrong.add(index));
    if (indices.length) words.push(`${indices.length} ${what}`);
  };
  const every = [...tokens.keys()];
  count(every.filter((k) => !symbols.includes(tokens[k])), "blank");
  count(every.filter((k) => symbols.includes(given[k]) && tokens[k] !== given[k]), "other than given");
  const twice = new Set();
  for (const group of relations.flat()) {
    for (const symbol of symbols) {
      const having = group.filter((index) => tokens[index] === symbol);
      if (having.length > 1) having.forEach((index) => twice.add(index));
    }
  }
  count([...twice], `twice in a ${net.config.relations.join(" or ")}`);
  return { right: !words.length, best: true, wrong, words };
}

/** Steps from a cell to each that is `free`, -1 where none leads. */
function steps(free, from, rows, columns) {
  const far = Array(free.length).fill(-1);
  far[from] = 0;
  for (let wave = [from]; wave.length; ) {
    const next = [];
    for (const cell of wave) {
      for (const near of beside(cell, rows, columns)) {
        if (!free[near] || far[near] >= 0) continue;
        far[near] = far[cell] + 1;
        next.push(near);
      }
    }
    wave = next;
  }
  return far;
}

function beside(cell, rows, columns) {
  const [row, column] = [Math.floor(cell / columns), cell % columns];
  return AROUND.map(([down, right]) => [row + down, column + right])
    .filter(([r, c]) => r >= 0 && r < rows && c >= 0 && c < columns)
    .map(([r, c]) => r * columns + c);
}

/** The way along the cells that are marked, nearest to the start first: no search, it never turns back. */
function walk(net, given, tokens, rows, columns) {
  const { way, tokens: known, answers } = net.grid;
  const [start, goal] = way.map((sign) => given.indexOf(known[sign]));
  const path = Number(Object.keys(answers).find((token) => answers[token] === way[2]));
  const wall = known[way[3]];
  const marked = tokens.map((token, k) => (token === path && given[k] !== wall) || k === start || k === goal);
  const far = steps(marked, start, rows, columns);
  const along = [start];
  while (along.at(-1) !== goal) {
    const at = along.at(-1);
    const next = beside(at, rows, columns).find((near) => far[near] === far[at] + 1);
    if (next === undefined) break;
    along.push(next);
  }
  const least = steps(given.map((token) => token !== wall), start, rows, columns)[goal];
  if (along.at(-1) !== goal) {
    const words = [least < 0 ? "no way leads to the goal" : "the marked way breaks off"];
    return { right: false, best: false, wrong: new Set([along.at(-1)]), words, path: along, least };
  }
  return { right: true, best: along.length - 1 === least, wrong: new Set(), words: [], path: along, least };
}
