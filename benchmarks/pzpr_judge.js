// Draws answers in pzpr.js and has it check them: a line of JSON in, a line of JSON out.
//   node pzpr_judge.js FOLDER_OF_PZPRJS
//   {"url": U, "set": [["cell", row, column, "qans", 1], ["edge", y, x, "line", 1], ...]}
//   -> {"complete": true}, or {"complete": false, "rule": CODE, "text": SENTENCE}
// An edge is named by pzpr's doubled coordinates: cells lie at odd ones, an edge has an even one.
const pzpr = require(process.argv[2] + "/dist/js/pzpr.js");
const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (text) => {
  let out;
  try {
    const asked = JSON.parse(text);
    const puzzle = new pzpr.Puzzle().open(asked.url);
    const board = puzzle.board;
    puzzle.ansclear();
    for (const [kind, row, column, field, value] of asked.set) {
      const piece = kind === "cell" ? board.getc(2 * column + 1, 2 * row + 1) : board.getb(column, row);
      piece["set" + field[0].toUpperCase() + field.slice(1)](value);
    }
    board.rebuildInfo();
    const verdict = puzzle.check(true);
    out = { complete: verdict.complete };
    if (!verdict.complete) Object.assign(out, { rule: verdict[0], text: verdict.text });
  } catch (error) {
    out = { complete: false, error: String(error) };
  }
  process.stdout.write(JSON.stringify(out) + "\n");
});
