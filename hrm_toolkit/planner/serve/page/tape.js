// A thought that the toolkit taped, as it stands in the page: shapes, and which of them each stage draws.

const SVG = "http://www.w3.org/2000/svg";

export class Tape {
  constructor(taped) {
    Object.assign(this, taped);
    this.pictures = new Map();
  }

  total() {
    return this.stages.length - 1;
  }

  lines() {
    return this.halting.map(({ name, points }) => ({
      name,
      segments: points.map(([segment, halt]) => ({ segment, halt })),
    }));
  }

  caption(k) {
    return this.stages[k].words;
  }

  facts(k) {
    return this.stages[k].facts;
  }

  async broken(k) {
    return [...this.stages[k].broken];
  }

  async picture(k) {
    if (!this.pictures.has(k)) this.pictures.set(k, URL.createObjectURL(new Blob([this.drawn(k)], { type: "image/svg+xml" })));
    return this.pictures.get(k);
  }

  /** The shapes of a stage are told as runs of the page's: the first and how many, over and over. */
  drawn(k) {
    const shapes = [];
    const { runs } = this.stages[k];
    for (let i = 0; i < runs.length; i += 2) shapes.push(...this.shapes.slice(runs[i], runs[i] + runs[i + 1]));
    return `<svg xmlns="${SVG}" viewBox="0 0 ${this.width} ${this.height}">${shapes.join("")}</svg>`;
  }
}
