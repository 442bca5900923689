// What a segment of training has around the recurrence, forward and back: tokens are embedded, and
// of the last high states are said scores, hints and whether to halt.
//
// Part of recurrence.cpp, in each variant. Gradients of the heads lie one after another: embedding
// (V + 2, D); token head and hint head (V, D), (H, D), rows up to a multiple of 16; symbol head (D);
// halting head (2, 2 D) and its bias (2); and of the scores at idle positions, which are a function
// of their token, the gradients summed by token (V, V).

#if defined(__AVX512F__)
constexpr int OUTER_ROWS = 8, OUTER_COLUMNS = 2;
#elif defined(__aarch64__)
constexpr int OUTER_ROWS = 4, OUTER_COLUMNS = 4;
#else
constexpr int OUTER_ROWS = 4, OUTER_COLUMNS = 2;
#endif

// sum (A, WIDE), rows `stride` apart, += over n rows: each of a's A numbers, a multiple of 8, times
// b's WIDE numbers.
template <int WIDE>
INLINE void outer(int64_t A, int64_t n, const float *a, size_t a_stride, const float *b, size_t b_stride,
                  float *sum, size_t stride) {
  constexpr int AT_ONCE = WIDE / LANES < OUTER_COLUMNS ? WIDE / LANES : OUTER_COLUMNS;
  for (int64_t i = 0; i < A; i += OUTER_ROWS)
    for (int c = 0; c < WIDE; c += AT_ONCE * LANES) {
      Vector total[OUTER_ROWS][AT_ONCE] = {};
      for (int64_t p = 0; p < n; p++) {
        Vector column[AT_ONCE];
        UNROLL for (int j = 0; j < AT_ONCE; j++) column[j] = load(b + p * b_stride + c + j * LANES);
        UNROLL for (int r = 0; r < OUTER_ROWS; r++) {
          Vector x = every(a[p * a_stride + i + r]);
          UNROLL for (int j = 0; j < AT_ONCE; j++) total[r][j] += x * column[j];
        }
      }
      UNROLL for (int r = 0; r < OUTER_ROWS; r++) UNROLL for (int j = 0; j < AT_ONCE; j++) {
        float *to = sum + (i + r) * stride + c + j * LANES;
        store(to, load(to) + total[r][j]);
      }
    }
}

// Rows of a buffer by a stride, as product takes them.
template <int N> INLINE void rows_at(const float *base, size_t stride, const float **rows) {
  UNROLL for (int r = 0; r < N; r++) rows[r] = base + r * stride;
}

static int64_t whole(int64_t count) { return (count + BLOCK - 1) / BLOCK * BLOCK; }

template <int D> struct HeadGradients {
  float *embedding, *token, *hints, *symbol, *halt, *bias, *idle;
  HeadGradients(const Network *net, const Heads *heads, float *at) {
    embedding = at, at += (net->vocabulary + 2) * D;
    token = at, at += whole(net->vocabulary) * D;
    hints = at, at += whole(heads->hints) * D;
    symbol = at, at += D;
    halt = at, at += 4 * D;
    bias = at, at += 2;
    idle = at;
  }
};

// states (P, D) of the places out of padded ones.
template <int D>
static void gather(const Puzzle *puzzle, const Lesson *lesson, const float *padded, float *states) {
  for (int64_t p = 0; p < puzzle->places; p++)
    copy(states + p * D, padded + (size_t)(lesson->slots ? lesson->slots[p] : p) * D, D);
}

// The same back into padded ones.
template <int D>
static void scatter(const Puzzle *puzzle, const Lesson *lesson, const float *states, float *padded) {
  for (int64_t p = 0; p < puzzle->places; p++)
    copy(padded + (size_t)(lesson->slots ? lesson->slots[p] : p) * D, states + p * D, D);
}

template <int D>
static void embed(const Heads *heads, const Puzzle *puzzle, const Lesson *lesson, float *inputs) {
  for (int64_t p = 0; p < puzzle->places; p++)
    copy(inputs + p * D, heads->embedding + (size_t)lesson->kinds[p] * D, D);
}

template <int D>
static void speak(const Network *net, const Heads *heads, const Puzzle *puzzle,
                  const Lesson *lesson, const float *high) {
  const int64_t V = net->vocabulary;
  answer<D>(net, puzzle, high, lesson->logits);
  for (int64_t i = 0; i < lesson->idles; i++)
    memcpy(lesson->logits + lesson->idle[i] * V, heads->idle + lesson->idle_tokens[i] * V,
           sizeof(float) * V);
  halting<D>(net, puzzle, high, lesson->q);
  if (heads->hints) score<D>(puzzle, high, heads->hint_head, heads->hints, lesson->hints);
}

// Backward of a head (V, D) whose scores at the active positions have the gradients `from` (L, V):
// adds to its gradient and to `to` (P, D). Scores of token 0 and of symbols are not the token
// head's. given is scratch (CHUNK, V up to a multiple of 16).
template <int D>
static void score_back(const Puzzle *puzzle, const float *high, const float *head, int64_t V,
                       bool of_tokens, const float *from, float *gradient, float *to,
                       float *given) {
  const Rows *candidates = puzzle->candidates;
  const int64_t wide = whole(V);
  float states[CHUNK][2 * D], flows[CHUNK][D];
  for (int64_t start = 0; start < puzzle->actives; start += CHUNK) {
    const int64_t n = puzzle->actives - start < CHUNK ? puzzle->actives - start : CHUNK;
    for (int64_t a = 0; a < n; a++) {
      float *row = given + a * wide;
      clear(row, wide);
      memcpy(row, from + puzzle->positions[start + a] * V, sizeof(float) * V);
      if (of_tokens) row[0] = 0;
      for (int64_t i = 0; of_tokens && i < puzzle->symbols; i++) row[puzzle->symbol_ids[i]] = 0;
      if (candidates) pool<D>(candidates, start + a, high, 0, states[a]);
      else copy(states[a], high + (start + a) * D, D);
    }
    tiled(n, [&]<int N>(int64_t first) INLINED {
      const float *rows[N];
      rows_at<N>(given + first * wide, wide, rows);
      product<N, D>(rows, V, head, flows[first], D);
    });
    outer<D>(wide, n, given, wide, states[0], 2 * D, gradient, D);
    for (int64_t a = 0; a < n; a++) {
      const int64_t row = start + a;
      if (!candidates) add(to + row * D, to + row * D, flows[a], D);
      for (int64_t e = candidates ? candidates->start[row] : 0;
           candidates && e < candidates->start[row + 1]; e++)
        add_scaled<D>(candidates->scale[row], flows[a], to + (size_t)candidates->source[e] * D);
    }
  }
}

// Backward of halting; q (2) are the gradients of its logits.
template <int D>
static void halting_back(const Network *net, const Puzzle *puzzle, const float *high,
                         const float *q, const HeadGradients<D> &gradient, float *to) {
  const int64_t P = puzzle->places;
  float seen[2 * D], flow[2 * D] = {};
  overlook<D>(puzzle, high, seen);
  for (int i = 0; i < 2; i++) {
    gradient.bias[i] += q[i];
    add_scaled<2 * D>(q[i], seen, gradient.halt + i * 2 * D);
    add_scaled<2 * D>(q[i], net->halt_head + i * 2 * D, flow);
  }
  for (int64_t p = 0; p < P; p++)
    UNROLL for (int j = 0; j < D; j += LANES) {
      const Vector peak = load(high + p * D + j) == load(seen + D + j) ? load(flow + D + j)
                                                                       : Vector{};
      store(to + p * D + j, load(to + p * D + j) + load(flow + j) / (float)P + peak);
    }
}

// Backward of all that was said: adds to `to` (P, D), the gradient of the high states.
template <int D>
static void speak_back(const Network *net, const Heads *heads, const Puzzle *puzzle,
                       const Lesson *lesson, const float *high, const HeadGradients<D> &gradient,
                       float *to, float *scratch) {
  const int64_t V = net->vocabulary;
  if (lesson->q) halting_back<D>(net, puzzle, high, lesson->q, gradient, to);
  if (lesson->hints)
    score_back<D>(puzzle, high, heads->hint_rows, heads->hints, false, lesson->hints,
                  gradient.hints, to, scratch);
  if (!lesson->logits) return;
  score_back<D>(puzzle, high, heads->token_rows, V, true, lesson->logits, gradient.token, to,
                scratch);
  for (int64_t p = 0; puzzle->candidates && p < puzzle->places; p++) {
    const int64_t position = puzzle->positions[puzzle->candidates->of[p]];
    const float of_score = puzzle->symbol[p] ? lesson->logits[position * V + puzzle->symbol[p]] : 0;
    add_scaled<D>(of_score, net->symbol_head, to + p * D);
    add_scaled<D>(of_score, high + p * D, gradient.symbol);
  }
  for (int64_t i = 0; i < lesson->idles; i++) {
    const float *from = lesson->logits + lesson->idle[i] * V;
    float *sum = gradient.idle + lesson->idle_tokens[i] * V;
    for (int64_t v = 0; v < V; v++) sum[v] += from[v];
  }
}

// Backward of the embedding, of the inputs' gradient (P, D).
template <int D>
static void embed_back(const Puzzle *puzzle, const Lesson *lesson, const float *inputs,
                       const HeadGradients<D> &gradient) {
  for (int64_t p = 0; p < puzzle->places; p++) {
    float *row = gradient.embedding + (size_t)lesson->kinds[p] * D;
    add(row, row, inputs + p * D, D);
  }
}
