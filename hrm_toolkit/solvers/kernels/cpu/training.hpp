// Forward that keeps what the backward needs, and the backward, of one segment of one puzzle, from
// tokens to what is said of them.
//
// Part of recurrence.cpp, in each variant. A gradient has the layout of the backward's weights, each
// as torch has it (outputs, inputs): own (D, D), neighbours R times (D, D); of each pooled relation
// its projection (D, 2 D) and, of the weighted ones, its message (D, D) and weight (D); of factors
// in (D, 2 D), weight (D), told (D, TOLD) and out (D, 2 D); gate (I, D), up (I, D), down (D, I). Sums run over places in order, so that every run gives the same.

// What a block keeps, factors apart: its input h (P, D), pooled (M, 2 D) of all relations, mixed (P, D) after its
// norm, gates (P, 2 I), fed (P, D) its output, and what the two norms multiplied by, (P) each.
template <int D, int I> static int64_t kept_size(const Puzzle *puzzle) {
  const int64_t own = puzzle->places * (3 * D + 2 * I + 2) + pooled_rows(puzzle) * 2 * D;
  if (!puzzle->factors) return own;
  return own + puzzle->factors->inward.rows * 4 * D + puzzle->places * 2 * D;
}
template <int D, int I> static Kept kept_at(const Puzzle *puzzle, float *at) {
  const int64_t P = puzzle->places;
  Kept kept;
  kept.h = at, at += P * D;
  kept.pooled = at, at += pooled_rows(puzzle) * 2 * D;
  kept.mixed = at, at += P * D;
  kept.gates = at, at += P * 2 * I;
  kept.fed = at, at += P * D;
  kept.mixed_scale = at, at += P;
  kept.fed_scale = at, at += P;
  if (puzzle->factors) {
    const int64_t M = puzzle->factors->inward.rows;
    kept.factors.pooled = at, at += M * 2 * D;
    kept.factors.heard = at, at += M * D;
    kept.factors.said = at, at += M * D;
    kept.factors.read = at;
  }
  return kept;
}

// Numbers that `updates` updates keep; *scratch: of the scratch that forward and backward take.
template <int D, int I>
static int64_t sizes(const Network *net, const Heads *heads, const Puzzle *puzzle, int64_t updates,
                     int64_t *scratch) {
  const int64_t widest = net->vocabulary > heads->hints ? net->vocabulary : heads->hints;
  const int64_t blocks =
      (9 * puzzle->places + 4 * pooled_rows(puzzle)) * D + 3 * factor_scratch<D>(puzzle);
  *scratch = 3 * puzzle->places * D + (blocks > CHUNK * whole(widest) ? blocks : CHUNK * whole(widest));
  return updates * net->layers * kept_size<D, I>(puzzle);
}

// As update, keeping every block in `kept`; returns where the next one's begins.
template <int D, int I>
static float *kept_update(const Network *net, const Puzzle *puzzle, const float *weights,
                          float *state, const float *injected, float *sent, float *reads,
                          float *kept) {
  const int64_t n = puzzle->places * D;
  for (int64_t layer = 0; layer < net->layers; layer++) {
    Block<D, I> block(net, weights);
    Kept here = kept_at<D, I>(puzzle, kept);
    if (layer) memcpy(here.h, state, sizeof(float) * n);
    else add(here.h, state, injected, n);
    apply<D, I>(net, puzzle, block, here.h, here.fed, sent, reads, &here);
    memcpy(state, here.fed, sizeof(float) * n);
    weights = block.end;
    kept += kept_size<D, I>(puzzle);
  }
  return kept;
}

// One segment, whose last `updates` updates are kept.
template <int D, int I>
static void forward(const Network *net, const Heads *heads, const Puzzle *puzzle,
                    const Lesson *lesson, float *scratch, int64_t updates) {
  const int64_t n = puzzle->places * D;
  float *high = scratch, *low = high + n, *inputs = low + n, *h = inputs + n, *other = h + n;
  float *injected = other + n, *sent = injected + n, *reads = sent + n, *kept = lesson->kept;
  gather<D>(puzzle, lesson, lesson->high, high);
  gather<D>(puzzle, lesson, lesson->low, low);
  embed<D>(heads, puzzle, lesson, inputs);
  int64_t left = net->high_cycles * (net->low_cycles + 1);
  for (int64_t cycle = 0; cycle < net->high_cycles; cycle++) {
    add(injected, high, inputs, n);
    for (int64_t i = 0; i <= net->low_cycles; i++, left--) {
      const bool above = i == net->low_cycles;
      const float *weights = above ? net->high : net->low;
      float *state = above ? high : low;
      const float *added = above ? low : injected;
      if (left <= updates)
        kept = kept_update<D, I>(net, puzzle, weights, state, added, sent, reads, kept);
      else
        update<D, I>(net, puzzle, weights, state, added, h, other, sent, reads);
    }
  }
  scatter<D>(puzzle, lesson, high, lesson->next_high);
  scatter<D>(puzzle, lesson, low, lesson->next_low);
  speak<D>(net, heads, puzzle, lesson, high);
}

// to = gradient into a norm whose result was `out` and which multiplied by `scale`.
template <int D>
INLINE void normalise_back(const float *gradient, const float *out, float scale, float *to) {
  Vector mean = every(dot<D>(gradient, out) * (1.f / D));
  UNROLL for (int j = 0; j < D; j += LANES)
    store(to + j, (load(gradient + j) - load(out + j) * mean) * every(scale));
}

// The weights that a backward reads, and as well the gradients, in the order in which they lie.
template <int D, int I, class Float> struct Backing {
  Float *own, *neighbours, *pooled, *weighted, *in = 0, *weight_of_in = 0, *told = 0, *out = 0;
  Float *gate, *up, *down, *end;
  int64_t pools;
  Backing(const Network *net, Float *at) {
    const int64_t square = D * D;
    own = at, at += square;
    neighbours = at, at += net->neighbours * square;
    pooled = at, pools = net->pools, at += net->pools * 2 * square;
    weighted = at, at += net->weighted * (3 * square + D);
    if (net->factors) {
      in = at, at += 2 * square;
      weight_of_in = at, at += D;
      told = at, at += TOLD * D;
      out = at, at += 2 * square;
    }
    gate = at, at += I * D;
    up = at, at += I * D;
    down = at, at += D * I;
    end = at;
  }
  Float *projection(int64_t i) const {
    return i < pools ? pooled + i * 2 * D * D : weighted + (i - pools) * (3 * D * D + D);
  }
  Float *message(int64_t i) const { return i < pools ? 0 : projection(i) + 2 * D * D; }
  Float *weight(int64_t i) const { return i < pools ? 0 : projection(i) + 3 * D * D; }
};

// Backward of the second half of a block, SwiGLU and its norms: of `from` (P, D), the gradient of
// its output, makes into (P, D), that of what the first norm was given.
template <int D, int I>
static void feed_back(const Puzzle *puzzle, const Backing<D, I, const float> &weights,
                      const Backing<D, I, float> &gradient, const Kept &kept, const float *from,
                      float *into) {
  float fed[CHUNK][D], inner[CHUNK][I], through[CHUNK][I], gate[CHUNK][I], up[CHUNK][I];
  float mixed[CHUNK][D];
  for (int64_t start = 0; start < puzzle->places; start += CHUNK) {
    const int64_t n = puzzle->places - start < CHUNK ? puzzle->places - start : CHUNK;
    for (int64_t p = 0; p < n; p++)
      normalise_back<D>(from + (start + p) * D, kept.fed + (start + p) * D,
                        kept.fed_scale[start + p], fed[p]);
    tiled(n, [&]<int N>(int64_t first) INLINED {
      const float *rows[N];
      rows_at<N>(fed[first], D, rows);
      product<N, I>(rows, D, weights.down, through[first], I);
    });
    for (int64_t p = 0; p < n; p++)
      for (int c = 0; c < I; c += LANES) {
        const float *gates = kept.gates + (start + p) * 2 * I + c;
        const Vector x = load(gates), u = load(gates + I), d = load(through[p] + c);
        const Vector sigmoid = 1.f / (1.f + exponential(-x));
        store(inner[p] + c, x * sigmoid * u);
        store(up[p] + c, d * x * sigmoid);
        store(gate[p] + c, d * u * sigmoid * (1.f + x * (1.f - sigmoid)));
      }
    tiled(n, [&]<int N>(int64_t first) INLINED {
      const float *rows[N];
      rows_at<N>(gate[first], I, rows);
      add_product<N, D>(rows, I, weights.gate, fed[first], mixed[first], D);
      rows_at<N>(up[first], I, rows);
      add_product<N, D>(rows, I, weights.up, mixed[first], mixed[first], D);
    });
    const float *given = kept.mixed + start * D;
    outer<I>(D, n, fed[0], D, inner[0], I, gradient.down, I);
    outer<D>(I, n, gate[0], I, given, D, gradient.gate, D);
    outer<D>(I, n, up[0], I, given, D, gradient.up, D);
    for (int64_t p = 0; p < n; p++)
      normalise_back<D>(mixed[p], given + p * D, kept.mixed_scale[start + p],
                        into + (start + p) * D);
  }
}

// Backward of the neighbours: adds to `to` (P, D) what flows to the places that are read. Places
// that have the neighbour are gathered, a chunk at a time.
template <int D, int I>
static void neighbours_back(const Network *net, const Puzzle *puzzle,
                            const Backing<D, I, const float> &weights,
                            const Backing<D, I, float> &gradient, const Kept &kept,
                            const float *from, float *to) {
  float states[CHUNK][D], given[CHUNK][D], flows[CHUNK][D];
  int32_t place[CHUNK];
  for (int64_t i = 0; i < net->neighbours; i++)
    for (int64_t p = 0; p < puzzle->places;) {
      int64_t n = 0;
      for (; p < puzzle->places && n < CHUNK; p++) {
        const int32_t source = puzzle->neighbours[p * net->neighbours + i];
        if (source < 0) continue;
        copy(states[n], kept.h + (size_t)source * D, D);
        copy(given[n], from + p * D, D);
        place[n++] = source;
      }
      tiled(n, [&]<int N>(int64_t first) INLINED {
        const float *rows[N];
        rows_at<N>(given[first], D, rows);
        product<N, D>(rows, D, weights.neighbours + i * D * D, flows[first], D);
      });
      outer<D>(D, n, given[0], D, states[0], D, gradient.neighbours + i * D * D, D);
      for (int64_t q = 0; q < n; q++) {
        float *into = to + (size_t)place[q] * D;
        add(into, into, flows[q], D);
      }
    }
}

// Backward of the pooling of one relation: of pooled (M, 2 D) and its gradient adds to `to` (P, D)
// what flows to the entries; every entry that is the maximum gets the whole of its gradient.
template <int D>
static void pool_back(const Rows *rows, const float *sent, const float *weight,
                      float *weight_gradient, const float *pooled, const float *gradient,
                      float *to) {
  for (int64_t m = 0; m < rows->rows; m++, pooled += 2 * D, gradient += 2 * D) {
    const Vector scale = every(rows->scale[m]);
    for (int32_t e = rows->start[m]; e < rows->start[m + 1]; e++) {
      const size_t at = (size_t)rows->source[e] * D;
      const Vector number = weight && rows->weights ? every(rows->weights[e]) : Vector{};
      UNROLL for (int j = 0; j < D; j += LANES) {
        Vector entry = load(sent + at + j);
        if (weight && rows->weights) entry += number * load(weight + j);
        const Vector peak = load(gradient + D + j);
        const Vector flow = load(gradient + j) * scale +
                            (entry == load(pooled + D + j) ? peak : Vector{});
        store(to + at + j, load(to + at + j) + flow);
        if (weight_gradient)
          store(weight_gradient + j, load(weight_gradient + j) + number * flow);
      }
    }
  }
}

// Backward of what places read of the pooled relations: adds to `to` (P, D).
template <int D, int I>
static void pooled_back(const Puzzle *puzzle, const Block<D, I> &block,
                        const Backing<D, I, const float> &weights,
                        const Backing<D, I, float> &gradient, const Kept &kept, const float *from,
                        float *to, float *scratch) {
  const int64_t n = puzzle->places * D;
  float *sent = scratch, *sent_flow = sent + n, *flow = sent_flow + n, *reads = flow + n;
  const float *pooled = kept.pooled;
  for (int64_t i = 0; i < puzzle->relations; i++) {
    const Rows *rows = puzzle->rows + i;
    const Pooled forward = block.of(i);
    float *pooled_flow = reads + rows->rows * D;
    memset(reads, 0, sizeof(float) * rows->rows * D);
    for (int64_t p = 0; p < puzzle->places; p++) {
      const int64_t row = rows->of ? rows->of[p] : p;
      if (row >= 0) add(reads + row * D, reads + row * D, from + p * D, D);
    }
    tiled(rows->rows, [&]<int N>(int64_t first) INLINED {
      const float *given[N];
      rows_at<N>(reads + first * D, D, given);
      product<N, 2 * D>(given, D, weights.projection(i), pooled_flow + first * 2 * D, 2 * D);
    });
    outer<2 * D>(D, rows->rows, reads, D, pooled, 2 * D, gradient.projection(i), 2 * D);
    if (!forward.message) {
      pool_back<D>(rows, kept.h, 0, 0, pooled, pooled_flow, to);
    } else {
      // The same products as in the forward, so that a maximum is found again to the bit.
      send<D>(kept.h, forward.message, puzzle->places, sent);
      memset(sent_flow, 0, sizeof(float) * n);
      pool_back<D>(rows, sent, forward.weight, gradient.weight(i), pooled, pooled_flow, sent_flow);
      send<D>(sent_flow, weights.message(i), puzzle->places, flow);
      add(to, to, flow, n);
      outer<D>(D, puzzle->places, sent_flow, D, kept.h, D, gradient.message(i), D);
    }
    pooled += rows->rows * 2 * D;
  }
}

// Backward of what places read of their factors: adds to `to` (P, D).
template <int D, int I>
static void factors_back(const Puzzle *puzzle, const Block<D, I> &block,
                         const Backing<D, I, const float> &weights,
                         const Backing<D, I, float> &gradient, const Kept &kept, const float *from,
                         float *to, float *scratch) {
  const Factors *factors = puzzle->factors;
  const int64_t P = puzzle->places, M = factors->inward.rows;
  float *read = scratch, *heard = read + P * 2 * D, *pooled = heard + M * D;
  tiled(P, [&]<int N>(int64_t first) INLINED {
    const float *rows[N];
    rows_at<N>(from + first * D, D, rows);
    product<N, 2 * D>(rows, D, weights.out, read + first * 2 * D, 2 * D);
  });
  outer<2 * D>(D, P, from, D, kept.factors.read, 2 * D, gradient.out, 2 * D);
  memset(heard, 0, sizeof(float) * M * D);
  pool_back<D>(&factors->back, kept.factors.said, 0, 0, kept.factors.read, read, heard);
  for (int64_t i = 0; i < M * D; i += LANES) {
    const Vector x = load(kept.factors.heard + i), sigmoid = 1.f / (1.f + exponential(-x));
    store(heard + i, load(heard + i) * sigmoid * (1.f + x * (1.f - sigmoid)));
  }
  tiled(M, [&]<int N>(int64_t first) INLINED {
    const float *rows[N];
    rows_at<N>(heard + first * D, D, rows);
    product<N, 2 * D>(rows, D, weights.in, pooled + first * 2 * D, 2 * D);
  });
  outer<2 * D>(D, M, heard, D, kept.factors.pooled, 2 * D, gradient.in, 2 * D);
  outer<TOLD>(D, M, heard, D, factors->told, TOLD, gradient.told, TOLD);
  pool_back<D>(&factors->inward, kept.h, block.factors.weight, gradient.weight_of_in,
               kept.factors.pooled, pooled, to);
}

// Backward of one block: of `from` (P, D), the gradient of its output, makes that of its input.
template <int D, int I>
static void block_back(const Network *net, const Puzzle *puzzle, const Block<D, I> &block,
                       const float *back, float *gradients, const Kept &kept, const float *from,
                       float *to, float *scratch) {
  const int64_t P = puzzle->places;
  float *into = scratch;
  const Backing<D, I, const float> weights(net, back);
  const Backing<D, I, float> gradient(net, gradients);
  feed_back<D, I>(puzzle, weights, gradient, kept, from, into);
  tiled(P, [&]<int N>(int64_t first) INLINED {
    const float *rows[N];
    rows_at<N>(into + first * D, D, rows);
    add_product<N, D>(rows, D, weights.own, rows[0], to + first * D, D);
  });
  outer<D>(D, P, into, D, kept.h, D, gradient.own, D);
  neighbours_back<D, I>(net, puzzle, weights, gradient, kept, into, to);
  pooled_back<D, I>(puzzle, block, weights, gradient, kept, into, to, scratch + P * D);
  if (puzzle->factors)
    factors_back<D, I>(puzzle, block, weights, gradient, kept, into, to, scratch + P * D);
}

// Backward of one segment, of the gradients of all that it said: adds to those of the weights of
// the low level, of the high level and of the heads.
template <int D, int I>
static void backward(const Network *net, const Heads *heads, const Puzzle *puzzle,
                     const Lesson *lesson, const float *low, const float *high,
                     float *const *gradients, float *scratch, int64_t updates) {
  const int64_t n = puzzle->places * D, size = kept_size<D, I>(puzzle);
  const int64_t most = net->high_cycles * (net->low_cycles + 1);
  float *of_high = scratch, *of_low = of_high + n, *inputs = of_low + n, *flow = inputs + n;
  float *other = flow + n, *rest = other + n, *kept = lesson->kept;
  const HeadGradients<D> gradient(net, heads, gradients[2]);
  memset(of_high, 0, sizeof(float) * 3 * n);
  if (updates > most) updates = most;
  const Kept last = kept_at<D, I>(puzzle, kept + (updates * net->layers - 1) * size);
  speak_back<D>(net, heads, puzzle, lesson, last.fed, gradient, of_high, flow);
  const int64_t stride = Block<D, I>(net, net->low).end - net->low;
  for (int64_t done = 0; done < updates; done++) {
    const bool above = done % (net->low_cycles + 1) == 0;
    float *state = above ? of_high : of_low;
    const float *now = state;
    for (int64_t layer = net->layers - 1; layer >= 0; layer--) {
      const int64_t number = (updates - 1 - done) * net->layers + layer;
      const Kept here = kept_at<D, I>(puzzle, kept + number * size);
      float *to = now == flow ? other : flow;
      block_back<D, I>(net, puzzle, Block<D, I>(net, (above ? net->high : net->low) + layer * stride),
                       (above ? high : low) + layer * stride,
                       gradients[above] + layer * stride, here, now, to, rest);
      now = to;
    }
    // The state and what was injected into it were added: both get the whole of it.
    memcpy(state, now, sizeof(float) * n);
    float *injected = above ? of_low : of_high;
    add(injected, injected, now, n);
    if (!above) add(inputs, inputs, now, n);
  }
  embed_back<D>(puzzle, lesson, inputs, gradient);
}
