// A network that thinks here: the toolkit's own native code as WebAssembly, laid out as prepared.py
// lays a puzzle out for it. Knows tokens, places and relations, and no task.

import { layoutOf } from "./layouts.js";

const NEVER = -1;

/** The numbers of a base64 text of little-endian float32. */
function floats(text) {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/** A network ready to think: `wasm` are the bytes of the code, `net` what the toolkit sent of it. */
export async function load(wasm, net) {
  const { instance } = await WebAssembly.instantiate(wasm, {});
  instance.exports._initialize();
  return new Network(instance.exports, net);
}

class Network {
  constructor(code, net) {
    this.code = code;
    this.net = net;
    this.end = code.__heap_base.value;
    this.table = floats(net.weights.inputs);
    this.idle = floats(net.weights.idle);
    this.hints = net.weights.hint_head ? floats(net.weights.hint_head) : null;
    this.initial = { high: floats(net.weights.high_init), low: floats(net.weights.low_init) };
    const { config, weights } = net;
    const numbers = ["width", "inner", "vocabulary", "layers", "high_cycles", "low_cycles"];
    const counts = ["neighbours", "pools", "weighted", "factors", "weighs_continuing"];
    const arrays = ["low", "high", "token_head", "symbol_head", "halt_head", "halt_bias"];
    const at = arrays.map((name) => (weights[name] ? this.keep(floats(weights[name])) : 0));
    this.address = this.struct(
      [...numbers, ...counts].map((name) => ["int64", config[name]]).concat(at.map((one) => ["pointer", one])),
    );
    this.own = this.end;
  }

  /** Room for so many bytes, from an address that vectors like. */
  room(bytes) {
    const at = (this.end + 63) & ~63;
    this.end = at + bytes;
    const { memory } = this.code;
    const missing = this.end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
    return at;
  }

  keep(values) {
    const at = this.room(values.byteLength);
    new values.constructor(this.code.memory.buffer, at, values.length).set(values);
    return at;
  }

  /** Fields as C lays them out for this machine: 8 bytes of int64 and double, 4 of a pointer. */
  struct(fields) {
    const at = this.room(8 * fields.length + 8);
    this.fill(at, fields);
    return at;
  }

  fill(at, fields) {
    const view = new DataView(this.code.memory.buffer);
    let place = at;
    for (const [kind, value] of fields) {
      if (kind !== "pointer") place = (place + 7) & ~7;
      if (kind === "int64") view.setBigInt64(place, BigInt(value), true);
      else if (kind === "double") view.setFloat64(place, value, true);
      else view.setUint32(place, value, true);
      place += kind === "pointer" ? 4 : 8;
    }
  }

  /** Begin to think about the tokens of a thing, see kinds.js; null where its size is none that is known. */
  think(tokens, thing) {
    const layout = layoutOf(this.net, tokens, thing);
    return layout && new Thought(this, tokens, layout);
  }
}

class Thought {
  constructor(network, tokens, layout) {
    this.network = network;
    this.segments = 0;
    this.lay(tokens, layout);
    const { width } = network.net.config;
    for (const level of ["high", "low"]) {
      for (let place = 0; place < this.places; place += 1) this.state(level).set(network.initial[level], place * width);
    }
  }

  lay(tokens, layout) {
    const { network } = this;
    const { config } = network.net;
    const { position, symbols, pooled } = layout;
    const [length, width, vocabulary] = [tokens.length, config.width, config.vocabulary];
    network.end = network.own;
    Object.assign(this, { tokens, layout, places: position.length });
    const ints = (values) => network.keep(Int32Array.from(values));
    const active = [...new Set(position)].sort((a, b) => a - b);
    const symbol = symbols.length ? layout.column.map((c) => symbols[c]) : null;
    const inputs = new Float32Array(position.length * width);
    position.forEach((index, place) => {
      const kind = symbol ? kindOf(tokens[index], symbol[place], symbols, vocabulary) : tokens[index];
      inputs.set(network.table.subarray(kind * width, (kind + 1) * width), place * width);
    });
    const relations = pooled.map((one) => this.rows(one));
    const rows = network.room(Math.max(32 * relations.length, 32));
    relations.forEach((fields, k) => network.fill(rows + 32 * k, fields));
    this.idle = new Float32Array(length * vocabulary);
    tokens.forEach((token, index) => {
      if (!active.includes(index)) this.idle.set(network.idle.subarray(token * vocabulary, (token + 1) * vocabulary), index * vocabulary);
    });
    this.puzzle = network.struct([
      ...[length, position.length, active.length, relations.length, symbols.length].map((one) => ["int64", one]),
      ["pointer", rows],
      ["pointer", symbols.length ? rows : 0],
      ["pointer", layout.neighbours ? ints(layout.neighbours) : 0],
      ["pointer", ints(active)],
      ["pointer", symbol ? ints(symbol) : 0],
      ["pointer", ints(symbols)],
      ["pointer", network.keep(inputs)],
      ["double", 2 * length * Math.max(symbols.length, 1) * width],
      ["pointer", 0],
    ]);
    const scratch = Number(network.code.hrm_scratch(0n, network.address, this.puzzle));
    if (scratch < 0) throw new Error("there is no code here for a network of this width");
    this.at = {
      high: network.room(4 * position.length * width),
      low: network.room(4 * position.length * width),
      tokens: ints(Array(length).fill(NEVER)),
      logits: network.room(4 * length * vocabulary),
      scratch: network.room(4 * scratch),
      outcome: network.room(64),
    };
  }

  /** The fields of pooled rows: sums are means, or divided by the root of what a row may hold at most. */
  rows({ rows, of, widest, weights }) {
    const { network } = this;
    const start = [0];
    for (const row of rows) start.push(start.at(-1) + row.length);
    const root = Math.fround(Math.sqrt(Math.max(widest ?? 1, 1)));
    const scales = rows.map((row) => 1 / (widest === undefined ? Math.max(row.length, 1) : root));
    return [
      ["int64", rows.length],
      ["pointer", network.keep(Int32Array.from(start))],
      ["pointer", network.keep(Int32Array.from(rows.flat()))],
      ["pointer", of ? network.keep(Int32Array.from(of)) : 0],
      ["pointer", network.keep(Float32Array.from(scales))],
      ["pointer", weights ? network.keep(Float32Array.from(weights.flat())) : 0],
    ];
  }

  state(level) {
    return new Float32Array(this.network.code.memory.buffer, this.at[level], this.places * this.network.net.config.width);
  }

  /** One segment more: the likeliest tokens, the chances of all, how likely the network would halt. */
  segment() {
    const { code, address, net } = this.network;
    const { at } = this;
    const count = this.tokens.length * net.config.vocabulary;
    new Float32Array(code.memory.buffer, at.logits, count).set(this.idle);
    code.hrm_run(0n, address, this.puzzle, at.high, at.low, at.tokens, at.logits, at.scratch, 1n, 0n, at.outcome);
    this.segments += 1;
    const view = new DataView(code.memory.buffer);
    const [halt, onward] = [8, 16].map((field) => view.getFloat64(at.outcome + field, true));
    const logits = new Float32Array(code.memory.buffer, at.logits, count).slice();
    return {
      segment: this.segments,
      tokens: new Int32Array(code.memory.buffer, at.tokens, this.tokens.length).slice(),
      logits,
      chances: chancesOf(logits, net.config.vocabulary),
      noted: this.noted(),
      halt: 1 / (1 + Math.exp((net.config.weighs_continuing ? onward : 0) - halt)),
      residual: view.getFloat64(at.outcome + 24, true),
      wantsHalt: view.getBigInt64(at.outcome + 32, true) !== 0n,
    };
  }

  /** What the network notes of each position on the way, where it was taught to: its likeliest hint, from 0. */
  noted() {
    const { hints, net } = this.network;
    const noted = new Uint8Array(this.tokens.length);
    if (!hints || this.layout.symbols.length) return noted;
    const [high, { width }] = [this.state("high"), net.config];
    this.layout.position.forEach((index, place) => {
      let most = -Infinity;
      for (let hint = 0; hint * width < hints.length; hint += 1) {
        let said = 0;
        for (let k = 0; k < width; k += 1) said += hints[hint * width + k] * high[place * width + k];
        if (said > most) [most, noted[index]] = [said, hint];
      }
    });
    return noted;
  }

  /** Go on about the thing as it is now: what a place had in mind stays where it still is. */
  change(tokens, thing) {
    const { network, layout } = this;
    const { width } = network.net.config;
    const key = ({ position, column, names }, place) =>
      JSON.stringify([names ? names[position[place]] : position[place], column[place]]);
    const before = { high: this.state("high").slice(), low: this.state("low").slice() };
    const had = new Map(layout.position.map((_, place) => [key(layout, place), place]));
    const next = network.think(tokens, thing);
    for (const level of ["high", "low"]) {
      const now = next.state(level);
      next.layout.position.forEach((_, place) => {
        const old = had.get(key(next.layout, place));
        if (old !== undefined) now.set(before[level].subarray(old * width, (old + 1) * width), place * width);
      });
    }
    next.segments = this.segments;
    return next;
  }
}

/** The row of the embedding: whether a place's symbol is its position's, another's, or none's. */
function kindOf(token, symbol, symbols, vocabulary) {
  if (symbol === token) return vocabulary;
  return symbols.includes(token) ? vocabulary + 1 : token;
}

function chancesOf(logits, vocabulary) {
  const chances = new Float32Array(logits.length);
  for (let at = 0; at < logits.length; at += vocabulary) {
    const own = logits.subarray(at, at + vocabulary);
    const most = own.reduce((a, b) => Math.max(a, b));
    const raised = own.map((one) => Math.exp(one - most));
    const all = raised.reduce((a, b) => a + b);
    raised.forEach((one, k) => (chances[at + k] = one / all));
  }
  return chances;
}
