// A job of the server as a tape: its segments as they come, and the answer.

import { call, picture, read } from "./api.js";
import { counted, seconds } from "./dom.js";

const LET_GO_MS = 10_000;

export class JobTape {
  /** A puzzle that was read, and the job that solves it, where there is one. */
  constructor(puzzle, job = null) {
    Object.assign(this, { puzzle, job, segments: [], reply: null, kind: puzzle.kind });
    [this.pictures, this.verdicts] = [new Map(), new Map()];
  }

  total() {
    return this.segments.length + (this.reply ? 1 : 0);
  }

  /** Ask for the segments so far; whether there are any. */
  async refresh() {
    const trace = await read(`v1/jobs/${this.job}/1/trace`);
    if (trace.segments.length) this.segments = trace.segments;
    return trace.segments.length > 0;
  }

  /** The addresses of pictures are let go, later: one that is shown may still be loading. */
  forget() {
    const old = [...this.pictures.values()];
    setTimeout(() => old.forEach((url) => url.then(URL.revokeObjectURL, () => {})), LET_GO_MS);
  }

  lines() {
    return [{ segments: this.segments }];
  }

  caption(k) {
    const one = this.segments[k - 1];
    if (k === 0) return `The puzzle: ${this.kind}`;
    if (one) return `After segment ${one.segment} of at most ${one.segments}`;
    return { solved: "The answer, accepted by the rules", unsolvable: "It is proved that there is no answer" }[this.reply.status] ??
      "The best that was found; it is no solution";
  }

  facts(k) {
    const one = k > 0 ? this.segments[Math.min(k, this.segments.length) - 1] : null;
    const inside = k <= this.segments.length;
    return {
      "halting probability": one && one.halt.toFixed(3),
      "cells filled": one && one.filled,
      "cells changed": one && inside ? this.changed(k) : null,
      "rules broken": one && inside ? one.violations : null,
      "time": one && seconds(one.elapsed),
    };
  }

  /** How many values of the answer are others than after the segment before; null where unknown. */
  changed(k) {
    const [before, now] = [this.segments[k - 2], this.segments[k - 1]].map((one) => one?.answer && leaves(one.answer));
    if (!now || (k > 1 && !before)) return null;
    if (k === 1) return now.length;
    const most = Math.max(before.length, now.length);
    return Array.from({ length: most }, (_, i) => before[i] !== now[i]).filter(Boolean).length;
  }

  picture(k) {
    // By address: what is shown as the newest segment may get another place as more are kept.
    const path = this.source(k);
    if (!this.pictures.has(path)) this.pictures.set(path, picture(path));
    return this.pictures.get(path);
  }

  source(k) {
    if (k === 0) return `v1/handles/${this.puzzle.handle}/picture.svg`;
    if (k > this.segments.length) return `v1/jobs/${this.job}/1/picture.svg`;
    return `v1/jobs/${this.job}/1/segments/${this.segments[k - 1].segment}/picture.svg`;
  }

  async broken(k) {
    const one = this.segments[k - 1];
    if (!one) return (this.reply?.data.verdict?.violations ?? []).map((v) => v.message);
    if (!one.answer) return [`${counted(one.violations, "place")}; the answer of this segment was not kept.`];
    if (!one.violations) return [];
    if (!this.verdicts.has(one.segment)) this.verdicts.set(one.segment, this.asked(one));
    return [...(await this.verdicts.get(one.segment))];
  }

  async asked(one) {
    const { data } = await call("verify", { puzzle: this.puzzle.handle, answer: JSON.stringify(one.answer) });
    const { violations, violations_in_all: all } = data.verdict;
    const more = all - violations.length;
    return [...violations.map((v) => v.message), ...(more > 0 ? [`and ${more} more`] : [])];
  }
}

function leaves({ task, ...answer }) {
  // A list of numbers is one value where it is a place, as of a path; cells of a grid are many.
  const [value] = Object.values(answer);
  if (answer.path) return answer.path.map((place) => JSON.stringify(place));
  return Array.isArray(value) ? value.flat(Infinity) : [JSON.stringify(answer)];
}
