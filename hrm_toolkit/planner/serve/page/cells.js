// A text as a grid of cells: where each sign stands in it, so that a cell is changed in its place
// and all else of the text (headings, frames, spaces) stays as it was written.

const HEADING = /^\s*[a-z][a-z0-9-]* (\d{1,3})x(\d{1,3})\s*$/;
const FRAMES = /[│┃║|]/g;
const RULE = /^[\s\-+=|│┃║─━═┄┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝┏┳┓┣╋┫┗┻┛╟╢╤╧╪╫]*[\-=─━═][\s\-+=|│┃║─━═┄┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝┏┳┓┣╋┫┗┻┛╟╢╤╧╪╫]*$/;
export const MOST_CELLS = 2500;

/** The sign that a palette has for a blank. */
export const blankOf = (palette) => palette.signs[0][0];

/** Whether a cell may hold a text, in a grid of so many rows. */
export function fits(text, palette, rows) {
  if (palette.square && /^\d+$/.test(text) && Number(text) > rows) return false;
  if (palette.signs.some(([sign]) => sign === text)) return true;
  if (text.length === 1 && palette.blanks.includes(text)) return true;
  return palette.pattern !== "" && new RegExp(`^(?:${palette.pattern})$`, "u").test(text);
}

/** Whether a text of a cell is a blank's. */
export const isBlank = (text, palette) =>
  text === blankOf(palette) || (text.length === 1 && palette.blanks.includes(text));

/**
 * The cells of a text: `rows`, `columns`, and of each cell `at`, `end` and `sign`, row by row;
 * `tight` where cells have no space between them. Null where the text is no grid of the palette's signs.
 */
export function read(text, palette) {
  const lines = split(text);
  const found = lines.length ? HEADING.exec(lines[0].text) : null;
  const declared = found && [Number(found[1]), Number(found[2])];
  let body = found ? lines.slice(1) : lines;
  if (palette.square && !declared) {
    body = body.filter((line) => !RULE.test(line.text));
    body = body.map((line) => ({ ...line, text: line.text.replace(FRAMES, " ") }));
  }
  if (!body.length) return null;
  for (const way of [words, letters]) {
    const grid = shaped(way(body, palette, declared), palette, declared);
    if (grid) return { ...grid, tight: way === letters };
  }
  return null;
}

function split(text) {
  const lines = [];
  let at = 0;
  for (const line of text.split("\n")) {
    if (line.trim()) lines.push({ at, text: line.replace(/\r$/, "") });
    at += line.length + 1;
  }
  return lines;
}

function spans(line, pattern) {
  return [...line.text.matchAll(pattern)].map((one) => {
    const at = line.at + one.index;
    return { at, end: at + one[0].length, sign: one[0] };
  });
}

/** Cells with space between; a line that is one word may be letters. */
function words(body, palette, declared) {
  if (palette.signs.some(([sign]) => sign === " ")) return [];
  const rows = body.map((line) => spans(line, /\S+/g));
  const long = rows.every((row) => row.length === 1) && rows.some(([one]) => one.sign.length > 1);
  return long && (declared ? declared[1] > 1 : rows.length > 1) ? [] : rows;
}

function letters(body, palette) {
  const every = palette.signs.some(([sign]) => sign === " ") ? /./gsu : /\S/gu;
  return body.map((line) => spans(line, every));
}

function shaped(lines, palette, declared) {
  const cells = lines.flat();
  if (!cells.length || cells.length > MOST_CELLS) return null;
  let [rows, columns] = [lines.length, lines[0].length];
  if (palette.square && !declared) {
    rows = columns = Math.round(Math.sqrt(cells.length));
    // A line of all, or lines that hold whole rows: nothing that is ragged.
    const whole = lines.every((line) => line.length % columns === 0);
    if (rows < 2 || rows * columns !== cells.length || !whole) return null;
  } else if (lines.some((line) => line.length !== columns)) return null;
  if (declared && (declared[0] !== rows || declared[1] !== columns)) return null;
  if (!cells.every(({ sign }) => fits(sign, palette, rows))) return null;
  return { rows, columns, cells };
}

/** The text with another sign in some cells, given as [index, sign] pairs. */
export function write(text, grid, changes) {
  let written = text;
  const later = [...changes].sort(([a], [b]) => grid.cells[b].at - grid.cells[a].at);
  for (const [index, sign] of later) {
    const { at, end } = grid.cells[index];
    let after = written.slice(end);
    let put = sign;
    if (!grid.tight && after && !after.startsWith("\n")) {
      // Columns stay where they are as far as there is room.
      const room = / */.exec(after)[0].length;
      const spare = Math.max(end - at + room - sign.length, 1);
      put = sign + " ".repeat(spare);
      after = after.slice(room);
    }
    written = written.slice(0, at) + put + after;
  }
  return written;
}

/** An empty grid as text, written as another grid of the task is. */
export function empty(rows, columns, palette, like) {
  const model = read(like, palette);
  const heading = HEADING.exec(split(like)[0]?.text ?? "");
  const row = Array(columns).fill(blankOf(palette)).join(model?.tight ? "" : " ");
  const head = heading ? [`${/^\s*(\S+)/.exec(like.trimStart())[1]} ${rows}x${columns}`] : [];
  return [...head, ...Array(rows).fill(row)].join("\n");
}
