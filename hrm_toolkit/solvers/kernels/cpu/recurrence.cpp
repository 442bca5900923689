// The recurrence of a structured network on a CPU, one puzzle at a time; twin.py is its definition.
//
// Compiled once a variant of the processor (-DVARIANT=... with that variant's flags), and once
// without VARIANT for what all variants share: which of them this processor runs, and the entry
// points. Everything else has internal linkage: a linker that merged inline functions of two
// variants could hand an old processor the instructions of a new one.
//
// A sum over the width is always taken as if vectors had 16 lanes, and a product adds its terms in
// order, so that variants with fused multiply-add agree to the bit. No row of a tile depends on
// the others, so that it does not matter which tile a place falls into.
#include <stddef.h>
#include <stdint.h>

#ifdef _WIN32
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif

// One pooled relation, see Rows in prepared.py.
struct Rows {
  int64_t rows;
  const int32_t *start, *source, *of;  // of: null where row i is place i's
  const float *scale, *weights;        // weights: null without
};

// Factors: what each pools over places, what each place pools over factors, and what is told of each
// factor, (M, TOLD), see FactorRows in prepared.py.
struct Factors {
  Rows inward, back;
  const float *told;
};

// One puzzle, see Prepared in prepared.py.
struct Puzzle {
  int64_t length, places, actives, relations, symbols;
  const Rows *rows, *candidates;  // candidates: null without symbols
  const int32_t *neighbours, *positions, *symbol, *symbol_ids;
  const float *inputs;
  double size;
  const Factors *factors;  // null for a network that reads none
};

// One network. The weights of a block lie one after another, each as (inputs, outputs): own (D, D),
// neighbours (R D, D); of each pooled relation its projection (2 D, D) and, of the weighted ones,
// its message (D, D) and weight (D); where it reads factors their in (2 D, D), weight (D), told
// (TOLD, D) and out (2 D, D); gate and up side by side, 16 columns of each at a time
// (I / 16, D, 32); down (I, D). The token head is (D, V) with V up to a multiple of 16.
struct Network {
  int64_t width, inner, vocabulary, layers, high_cycles, low_cycles;
  int64_t neighbours, pools, weighted, factors, weighs_continuing;
  const float *low, *high, *token_head, *symbol_head, *halt_head, *halt_bias;
};

// What a run says of its last segment, see Outcome in prepared.py.
struct Outcome {
  int64_t segments;
  double q_halt, q_continue, residual;
  int64_t wants_halt, changed;
};

enum Until { SEGMENT, CHANGE, HALT };

// What a segment of training has of one puzzle beside its structure. Of its length positions those
// in idle have no place, and are answered by their token alone. Going back, what was said, logits
// (L, V), q (2) and hints (L, H), are the gradients of it instead, or null without any.
struct Lesson {
  int64_t idles;
  const int32_t *kinds, *slots;  // rows of the embedding and of padded states, (P); slots may be null
  const int32_t *idle, *idle_tokens;
  const float *high, *low;  // padded states before
  float *next_high, *next_low;  // and after, where it has places; the rest is left alone
  float *logits, *q, *hints;
  float *kept;  // what the backward needs of the forward
};

// The heads beside those of Network: embedding (V + 2, D) and scores of idle positions by token
// (V, V); the hint head (D, H), columns up to a multiple of 16; going back token and hint head as
// torch has them, (V, D) and (H, D).
struct Heads {
  int64_t hints;
  const float *embedding, *idle, *hint_head, *token_rows, *hint_rows;
};

typedef int64_t Scratch(const Network *, const Puzzle *);
typedef void Run(const Network *, const Puzzle *, float *high, float *low, int32_t *tokens,
                 float *logits, float *scratch, int64_t segments, int64_t until, Outcome *);
typedef int64_t Sizes(const Network *, const Heads *, const Puzzle *, int64_t updates,
                      int64_t *scratch);
typedef void Forward(const Network *, const Heads *, const Puzzle *, const Lesson *, float *scratch,
                     int64_t updates);
typedef void Backward(const Network *, const Heads *, const Puzzle *, const Lesson *,
                      const float *low, const float *high, float *const *gradients, float *scratch,
                      int64_t updates);
struct Variant {
  const char *name;
  Scratch *scratch;  // numbers of scratch that run takes, -1 for a network that it cannot run
  Run *run;
  Sizes *sizes;  // numbers that a forward keeps for its backward, and of the scratch of either
  Forward *forward;
  Backward *backward;
};

#define JOINED(a, b) a##b
#define SYMBOL(name) JOINED(hrm_variant_, name)

#ifdef VARIANT
#include <math.h>
#include <string.h>

#if defined(__AVX512F__)
constexpr int LANES = 16, TILE = 8, COLUMNS = 2, PAIRS = 1;
#elif defined(__AVX2__) && defined(__clang__)
// clang keeps no more than two columns in registers, g++ rather loads them again for each row.
constexpr int LANES = 8, TILE = 6, COLUMNS = 2, PAIRS = 1;
#elif defined(__AVX2__)
constexpr int LANES = 8, TILE = 3, COLUMNS = 4, PAIRS = 2;
#elif defined(__aarch64__)
constexpr int LANES = 4, TILE = 6, COLUMNS = 4, PAIRS = 2;
#else
constexpr int LANES = 4, TILE = 3, COLUMNS = 4, PAIRS = 2;
#endif
// LANES of a register; TILE rows by COLUMNS registers of sums fill the registers, as do TILE rows
// by PAIRS registers of gate and as many of up. BLOCK columns are what layouts count in.
constexpr int BLOCK = 16, SHARE = BLOCK / LANES;
constexpr int CHUNK = 48;  // places at a time: what is made of them stays in the fastest memory
constexpr int STRETCH = 192;  // places whose neighbours are gathered at once: few tiles are not full
constexpr int TOLD = 32;  // columns that a network is told of a factor

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif
#define INLINED __attribute__((always_inline))
#define INLINE static inline INLINED

typedef float Vector __attribute__((vector_size(LANES * 4)));
typedef int32_t Integers __attribute__((vector_size(LANES * 4)));
typedef Vector Unaligned __attribute__((aligned(4), may_alias));

INLINE Vector load(const float *from) { return *(const Unaligned *)from; }
INLINE void store(float *to, Vector v) { *(Unaligned *)to = v; }
INLINE Vector every(float x) { return x - Vector{}; }
INLINE Vector larger(Vector a, Vector b) { return a > b ? a : b; }

typedef float Eight __attribute__((vector_size(32)));
typedef float Four __attribute__((vector_size(16)));

// Sum of 16 lanes: halves are added until four are left.
INLINE float total(const Vector *share) {
#if defined(__AVX512F__)
  Eight eight = __builtin_shufflevector(share[0], share[0], 0, 1, 2, 3, 4, 5, 6, 7) +
                __builtin_shufflevector(share[0], share[0], 8, 9, 10, 11, 12, 13, 14, 15);
  Four four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
              __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
#elif defined(__AVX2__)
  Eight eight = share[0] + share[1];
  Four four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
              __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
#else
  Four four = (share[0] + share[2]) + (share[1] + share[3]);
#endif
  return (four[0] + four[1]) + (four[2] + four[3]);
}

// Sum over D products of two rows.
template <int D> INLINE float dot(const float *a, const float *b) {
  Vector share[SHARE] = {};
  UNROLL for (int j = 0; j < D / LANES; j++)
    share[j % SHARE] += load(a + j * LANES) * load(b + j * LANES);
  return total(share);
}

// e^x for x clamped to what a float holds: 2^n e^r with |r| <= ln 2 / 2, r by its series.
INLINE Vector exponential(Vector x) {
  x = x > every(87.f) ? every(87.f) : x;
  x = x < every(-87.f) ? every(-87.f) : x;
  // 1.5 * 2^23 + 127: adding it rounds to n, and leaves the exponent of 2^n in the low bits.
  const float shift = 12583039.f;
  Vector shifted = x * 1.44269504f + shift;
  Vector whole = shifted - shift;
  Vector r = x - whole * 0.693359375f;
  r = r + whole * 2.12194440e-4f;
  Vector p = every(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  return p * (Vector)((Integers)shifted << 23);
}

INLINE Vector silu(Vector x) { return x / (1.f + exponential(-x)); }
INLINE Vector gated(Vector gate, Vector up) { return gate * up / (1.f + exponential(-gate)); }

// Copies and clears n numbers, a multiple of 16, by registers: for so few of them compilers would
// take instructions that are slow to begin.
INLINE void copy(float *to, const float *from, int64_t n) {
  UNROLL for (int64_t i = 0; i < n; i += LANES) store(to + i, load(from + i));
}
INLINE void clear(float *to, int64_t n) {
  UNROLL for (int64_t i = 0; i < n; i += LANES) store(to + i, Vector{});
}

// out (N, WIDE) = what it begins with + N rows of K numbers times w (K, WIDE); at(r) is where row r
// of out lies, begin(r, c) are its columns from c on, before.
template <int N, int WIDE, class Begin, class At>
INLINE void product_at(const float *const *rows, int K, const float *w, const Begin &begin,
                       const At &at) {
  constexpr int AT_ONCE = WIDE / LANES < COLUMNS ? WIDE / LANES : COLUMNS;
  static_assert(WIDE % (AT_ONCE * LANES) == 0, "columns come in whole registers");
  for (int c = 0; c < WIDE; c += AT_ONCE * LANES) {
    Vector sum[N][AT_ONCE];
    UNROLL for (int r = 0; r < N; r++)
      UNROLL for (int j = 0; j < AT_ONCE; j++) sum[r][j] = begin(r, c + j * LANES);
    for (int k = 0; k < K; k++) {
      Vector column[AT_ONCE];
      UNROLL for (int j = 0; j < AT_ONCE; j++)
        column[j] = load(w + (size_t)k * WIDE + c + j * LANES);
      UNROLL for (int r = 0; r < N; r++) {
        Vector x = every(rows[r][k]);
        UNROLL for (int j = 0; j < AT_ONCE; j++) sum[r][j] += x * column[j];
      }
    }
    UNROLL for (int r = 0; r < N; r++)
      UNROLL for (int j = 0; j < AT_ONCE; j++) store(at(r) + c + j * LANES, sum[r][j]);
  }
}

// out (N, WIDE), rows `stride` apart, = N rows of K numbers times w (K, WIDE).
template <int N, int WIDE>
INLINE void product(const float *const *rows, int K, const float *w, float *out, size_t stride) {
  product_at<N, WIDE>(
      rows, K, w, [](int, int) INLINED { return Vector{}; },
      [&](int r) INLINED { return out + r * stride; });
}

// The same product added to `base`, rows as far apart; `base` may be `out`.
template <int N, int WIDE>
INLINE void add_product(const float *const *rows, int K, const float *w, const float *base,
                        float *out, size_t stride) {
  product_at<N, WIDE>(
      rows, K, w, [&](int r, int c) INLINED { return load(base + r * stride + c); },
      [&](int r) INLINED { return out + r * stride; });
}

// Calls tile<N>(first row) for all of `count` rows. The last whole tile overlaps the one before:
// what it writes a second time is the same.
template <class Tile> INLINE void tiled(int64_t count, const Tile &tile) {
  if (count < TILE) {
    for (int64_t i = 0; i < count; i++) tile.template operator()<1>(i);
    return;
  }
  for (int64_t i = 0; i < count; i += TILE)
    tile.template operator()<TILE>(i + TILE <= count ? i : count - TILE);
}

// row / sqrt(mean of its squares + 1e-5), in place; returns what it was multiplied by.
template <int D> INLINE float normalise(float *row) {
  const float scale = 1.f / sqrtf(dot<D>(row, row) * (1.f / D) + 1e-5f);
  UNROLL for (int j = 0; j < D / LANES; j++)
    store(row + j * LANES, load(row + j * LANES) * every(scale));
  return scale;
}

INLINE void add(float *to, const float *a, const float *b, int64_t n) {
  for (int64_t i = 0; i < n; i += LANES) store(to + i, load(a + i) + load(b + i));
}

// to (D) += scale * from.
template <int D> INLINE void add_scaled(float scale, const float *from, float *to) {
  UNROLL for (int j = 0; j < D; j += LANES)
    store(to + j, load(to + j) + every(scale) * load(from + j));
}

// A pooled relation's weights within a block; message and weight are null for an unweighted one.
struct Pooled {
  const float *projection, *message, *weight;
};

// The weights of what is read of factors; null for a network that reads none.
struct Told {
  const float *in, *weight, *told, *out;
};

// A block's weights, walked through in the order in which they lie.
template <int D, int I> struct Block {
  const float *own, *neighbours, *pooled, *weighted, *gate_up, *down, *end;
  Told factors = {};
  int64_t pools;
  Block(const Network *net, const float *at) {
    const int64_t square = D * D;
    own = at, at += square;
    neighbours = at, at += net->neighbours * square;
    pooled = at, pools = net->pools, at += net->pools * 2 * square;
    weighted = at, at += net->weighted * (3 * square + D);
    if (net->factors) {
      factors.in = at, at += 2 * square;
      factors.weight = at, at += D;
      factors.told = at, at += TOLD * D;
      factors.out = at, at += 2 * square;
    }
    gate_up = at, at += 2 * D * I;
    down = at, at += I * D;
    end = at;
  }
  Pooled of(int64_t relation) const {
    if (relation < pools) return {pooled + relation * 2 * D * D, 0, 0};
    const float *at = weighted + (relation - pools) * (3 * D * D + D);
    return {at, at + 2 * D * D, at + 3 * D * D};
  }
};

// Scaled sum and maximum (2 D) of one row's entries, 0 without any.
template <int D>
INLINE void pool(const Rows *rows, int64_t row, const float *sent, const float *weight, float *to) {
  constexpr int REGISTERS = D / LANES;
  Vector sum[REGISTERS] = {}, most[REGISTERS] = {};
  const int32_t first = rows->start[row], end = rows->start[row + 1];
  for (int32_t e = first; e < end; e++) {
    const float *from = sent + (size_t)rows->source[e] * D;
    UNROLL for (int j = 0; j < REGISTERS; j++) {
      Vector entry = load(from + j * LANES);
      if (weight && rows->weights) entry += every(rows->weights[e]) * load(weight + j * LANES);
      sum[j] += entry;
      most[j] = e == first ? entry : larger(entry, most[j]);
    }
  }
  Vector scale = every(rows->scale[row]);
  UNROLL for (int j = 0; j < REGISTERS; j++) {
    store(to + j * LANES, sum[j] * scale);
    store(to + D + j * LANES, most[j]);
  }
}

// to (P, D) = what every place sends: its state times the message's weights.
template <int D>
static void send(const float *h, const float *message, int64_t places, float *to) {
  tiled(places, [&]<int N>(int64_t first) INLINED {
    const float *from[N];
    UNROLL for (int r = 0; r < N; r++) from[r] = h + (first + r) * D;
    product<N, D>(from, D, message, to + first * D, D);
  });
}

// What every place reads of all pooled relations: their rows (M, D) one relation after another.
// What is pooled (M, 2 D) is kept where `kept` is not null, one relation after another.
template <int D, int I>
static void read_pooled(const Puzzle *puzzle, const Block<D, I> &block, const float *h,
                        float *sent, float *reads, float *kept) {
  for (int64_t i = 0; i < puzzle->relations; i++) {
    const Rows *rows = puzzle->rows + i;
    const Pooled weights = block.of(i);
    if (weights.message) send<D>(h, weights.message, puzzle->places, sent);
    const float *source = weights.message ? sent : h;
    tiled(rows->rows, [&]<int N>(int64_t first) INLINED {
      float pooled[N][2 * D];
      const float *from[N];
      for (int r = 0; r < N; r++) pool<D>(rows, first + r, source, weights.weight, pooled[r]);
      UNROLL for (int r = 0; r < N; r++) from[r] = pooled[r];
      if (kept) copy(kept + first * 2 * D, pooled[0], N * 2 * D);
      product<N, D>(from, 2 * D, weights.projection, reads + first * D, D);
    });
    reads += rows->rows * D;
    if (kept) kept += rows->rows * 2 * D;
  }
}

// What the backward of the factors needs of their forward: what each factor pools (M, 2 D), hears
// (M, D) and says (M, D), and what each place pools (P, 2 D).
struct KeptFactors {
  float *pooled, *heard, *said, *read;
};

// reads (P, D) = what every place reads of its factors. said (M, D) is what these say.
template <int D, int I>
static void read_factors(const Puzzle *puzzle, const Block<D, I> &block, const float *h,
                         float *reads, float *said, const KeptFactors *kept) {
  const Factors *factors = puzzle->factors;
  tiled(factors->inward.rows, [&]<int N>(int64_t first) INLINED {
    float pooled[N][2 * D], *to = said + first * D;
    const float *from[N];
    UNROLL for (int r = 0; r < N; r++) from[r] = factors->told + (first + r) * TOLD;
    product<N, D>(from, TOLD, block.factors.told, to, D);
    for (int r = 0; r < N; r++)
      pool<D>(&factors->inward, first + r, h, block.factors.weight, pooled[r]);
    UNROLL for (int r = 0; r < N; r++) from[r] = pooled[r];
    add_product<N, D>(from, 2 * D, block.factors.in, to, to, D);
    if (kept) copy(kept->pooled + first * 2 * D, pooled[0], N * 2 * D);
    if (kept) copy(kept->heard + first * D, to, N * D);
    for (int j = 0; j < N * D; j += LANES) store(to + j, silu(load(to + j)));
    if (kept) copy(kept->said + first * D, to, N * D);
  });
  tiled(factors->back.rows, [&]<int N>(int64_t first) INLINED {
    float pooled[N][2 * D];
    const float *from[N];
    for (int r = 0; r < N; r++) pool<D>(&factors->back, first + r, said, 0, pooled[r]);
    UNROLL for (int r = 0; r < N; r++) from[r] = pooled[r];
    if (kept) copy(kept->read + first * 2 * D, pooled[0], N * 2 * D);
    product<N, D>(from, 2 * D, block.factors.out, reads + first * D, D);
  });
}

// Numbers of scratch that reading factors takes.
template <int D> static int64_t factor_scratch(const Puzzle *puzzle) {
  return puzzle->factors ? (puzzle->places + puzzle->factors->inward.rows) * D : 0;
}

// rows (N, D) = what the places from `first` on hold and read: their own state, relations, factors.
template <int N, int D, int I>
INLINE void mix(const Puzzle *puzzle, const Block<D, I> &block, const float *h, const float *reads,
                int64_t first, float *to) {
  const float *own = h + first * D, *from[N];
  UNROLL for (int r = 0; r < N; r++) from[r] = own + r * D;
  add_product<N, D>(from, D, block.own, own, to, D);
  for (int64_t i = 0; i < puzzle->relations; i++) {
    const Rows *rows = puzzle->rows + i;
    UNROLL for (int r = 0; r < N; r++) {
      const int64_t row = rows->of ? rows->of[first + r] : first + r;
      if (row >= 0) add(to + r * D, to + r * D, reads + row * D, D);
    }
    reads += rows->rows * D;
  }
  if (puzzle->factors) add(to, to, reads + first * D, N * D);
}

// to (count, D) += what the places from `start` on read of their neighbours. Those that have one are
// gathered, so that nothing is computed for the others.
template <int D, int I>
static void mix_neighbours(const Network *net, const Puzzle *puzzle, const Block<D, I> &block,
                           const float *h, int64_t start, int64_t count, float *to) {
  const float *from[STRETCH + 2 * TILE];
  float *into[STRETCH + 2 * TILE], beyond[D] = {};
  const int64_t R = net->neighbours;
  for (int64_t i = 0; i < R; i++) {
    int64_t n = 0;
    // Which have one follows no pattern, and a wrong guess is dear: none is skipped, some are not
    // counted.
    for (int64_t p = 0; p < count; p++) {
      const int64_t place = puzzle->neighbours[(start + p) * R + i];
      from[n] = h + (place < 0 ? 0 : place) * D;
      into[n] = to + p * D;
      n += place >= 0;
    }
    for (int64_t q = n; q % TILE; q++) from[q] = into[q] = beyond;
    for (int64_t q = 0; q < n; q += TILE)
      product_at<TILE, D>(
          from + q, D, block.neighbours + i * D * D,
          [&](int r, int c) INLINED { return load(into[q + r] + c); },
          [&](int r) INLINED { return into[q + r]; });
  }
}

// gate and up (N, I) of rows (N, D), and inner (N, I) = silu(gate) * up. gates: null, or where to
// keep gate and up side by side, (N, 2 I).
template <int N, int D, int I>
INLINE void feed(const float *rows, const float *gate_up, float *inner, float *gates) {
  for (int c = 0; c < I; c += PAIRS * LANES) {
    const float *w = gate_up + (size_t)(c / BLOCK) * D * 2 * BLOCK + c % BLOCK;
    Vector gate[N][PAIRS] = {}, up[N][PAIRS] = {};
    for (int k = 0; k < D; k++) {
      UNROLL for (int j = 0; j < PAIRS; j++) {
        Vector of_gate = load(w + k * 2 * BLOCK + j * LANES);
        Vector of_up = load(w + k * 2 * BLOCK + BLOCK + j * LANES);
        UNROLL for (int r = 0; r < N; r++) {
          Vector x = every(rows[r * D + k]);
          gate[r][j] += x * of_gate;
          up[r][j] += x * of_up;
        }
      }
    }
    UNROLL for (int r = 0; r < N; r++) UNROLL for (int j = 0; j < PAIRS; j++) {
      store(inner + r * I + c + j * LANES, gated(gate[r][j], up[r][j]));
      if (gates) store(gates + r * 2 * I + c + j * LANES, gate[r][j]);
      if (gates) store(gates + r * 2 * I + I + c + j * LANES, up[r][j]);
    }
  }
}

// What the backward of a block needs of its forward, see training.hpp; null where it keeps nothing.
struct Kept {
  float *h, *pooled, *mixed, *gates, *fed, *mixed_scale, *fed_scale;
  KeptFactors factors;
};

// What became of the rows mixed (N, D) from place `first` on: normalised, fed, normalised again.
template <int N, int D, int I>
INLINE void finish(const float *mixed, int64_t first, const Block<D, I> &block, float *to,
                   const Kept *kept) {
  float *rows = to + first * D, inner[N][I], scale[N];
  const float *from[N];
  copy(rows, mixed, N * D);
  UNROLL for (int r = 0; r < N; r++) scale[r] = normalise<D>(rows + r * D);
  if (kept) copy(kept->mixed + first * D, rows, N * D);
  if (kept) memcpy(kept->mixed_scale + first, scale, sizeof(scale));
  feed<N, D, I>(rows, block.gate_up, inner[0], kept ? kept->gates + first * 2 * I : 0);
  UNROLL for (int r = 0; r < N; r++) from[r] = inner[r];
  add_product<N, D>(from, I, block.down, rows, rows, D);
  UNROLL for (int r = 0; r < N; r++) scale[r] = normalise<D>(rows + r * D);
  if (kept) memcpy(kept->fed_scale + first, scale, sizeof(scale));
}

static int64_t pooled_rows(const Puzzle *puzzle) {
  int64_t rows = 0;
  for (int64_t i = 0; i < puzzle->relations; i++) rows += puzzle->rows[i].rows;
  return rows;
}

// to (P, D) = one block applied to h (P, D).
template <int D, int I>
static void apply(const Network *net, const Puzzle *puzzle, const Block<D, I> &block,
                  const float *h, float *to, float *sent, float *reads, const Kept *kept) {
  read_pooled<D, I>(puzzle, block, h, sent, reads, kept ? kept->pooled : 0);
  if (puzzle->factors) {
    float *read = reads + pooled_rows(puzzle) * D, *said = read + puzzle->places * D;
    read_factors<D, I>(puzzle, block, h, read, said, kept ? &kept->factors : 0);
  }
  float mixed[(STRETCH + TILE) * D];
  for (int64_t start = 0, end; start < puzzle->places; start = end) {
    // So that no few are left, which would not fill a tile.
    end = puzzle->places - start < STRETCH + TILE ? puzzle->places : start + STRETCH;
    tiled(end - start, [&]<int N>(int64_t first) INLINED {
      mix<N, D, I>(puzzle, block, h, reads, start + first, mixed + first * D);
    });
    if (net->neighbours)
      mix_neighbours<D, I>(net, puzzle, block, h, start, end - start, mixed);
    tiled(end - start, [&]<int N>(int64_t first) INLINED {
      finish<N, D, I>(mixed + first * D, start + first, block, to, kept);
    });
  }
}

// One update of a module: state = blocks(state + injected). h and other are scratch (P, D).
template <int D, int I>
static void update(const Network *net, const Puzzle *puzzle, const float *weights, float *state,
                   const float *injected, float *h, float *other, float *sent, float *reads) {
  add(h, state, injected, puzzle->places * D);
  for (int64_t layer = 0; layer < net->layers; layer++) {
    Block<D, I> block(net, weights);
    float *to = layer == net->layers - 1 ? state : other;
    apply<D, I>(net, puzzle, block, h, to, sent, reads, 0);
    other = h;
    h = to;
    weights = block.end;
  }
}

// Scores (L, V) of the active positions by a head; at idle ones they stay as they are.
template <int D>
static void score(const Puzzle *puzzle, const float *high, const float *head, int64_t V,
                  float *scores) {
  const Rows *candidates = puzzle->candidates;
  tiled(puzzle->actives, [&]<int N>(int64_t first) INLINED {
    float pooled[N][2 * D];
    const float *from[N];
    UNROLL for (int r = 0; r < N; r++) {
      if (candidates) pool<D>(candidates, first + r, high, 0, pooled[r]);
      from[r] = candidates ? pooled[r] : high + (first + r) * D;
    }
    for (int64_t c = 0; c < V; c += BLOCK) {
      float some[N][BLOCK];
      product<N, BLOCK>(from, D, head + c * D, some[0], BLOCK);
      for (int r = 0; r < N; r++)
        memcpy(scores + puzzle->positions[first + r] * V + c, some[r],
               sizeof(float) * (V - c < BLOCK ? V - c : BLOCK));
    }
  });
}

// Logits (L, V) of the active positions; at idle ones they stay as they are.
template <int D>
static void answer(const Network *net, const Puzzle *puzzle, const float *high, float *logits) {
  const Rows *candidates = puzzle->candidates;
  const int64_t V = net->vocabulary;
  score<D>(puzzle, high, net->token_head, V, logits);
  for (int64_t a = 0; a < puzzle->actives; a++)
    for (int64_t i = 0; i < puzzle->symbols; i++)
      logits[puzzle->positions[a] * V + puzzle->symbol_ids[i]] = -100.f;
  if (candidates)
    for (int64_t p = 0; p < puzzle->places; p++)
      logits[puzzle->positions[candidates->of[p]] * V + puzzle->symbol[p]] =
          dot<D>(high + p * D, net->symbol_head);
  for (int64_t a = 0; a < puzzle->actives; a++) logits[puzzle->positions[a] * V] = -100.f;
}

// seen (2 D): mean and maximum over the places.
template <int D> static void overlook(const Puzzle *puzzle, const float *high, float *seen) {
  for (int j = 0; j < D; j += LANES) {
    Vector sum = {}, most = {};
    for (int64_t p = 0; p < puzzle->places; p++) {
      Vector state = load(high + p * D + j);
      sum += state;
      most = p == 0 ? state : larger(state, most);
    }
    store(seen + j, sum / (float)(puzzle->places ? puzzle->places : 1));
    store(seen + D + j, most);
  }
}

// q (2): logits of halting and of going on.
template <int D>
static void halting(const Network *net, const Puzzle *puzzle, const float *high, float *q) {
  float seen[2 * D];
  overlook<D>(puzzle, high, seen);
  for (int i = 0; i < 2; i++)
    q[i] = net->halt_bias[i] + dot<2 * D>(seen, net->halt_head + i * 2 * D);
}

// Sum of the squares of what changed between two states (P, D).
template <int D> static double moved(const float *now, const float *before, int64_t places) {
  double sum = 0;
  for (int64_t p = 0; p < places; p++, now += D, before += D) {
    float change[D];
    UNROLL for (int j = 0; j < D; j += LANES) store(change + j, load(now + j) - load(before + j));
    sum += dot<D>(change, change);
  }
  return sum;
}

// Writes the likeliest token of each position, the first of equals; whether any differs.
static bool likeliest(const float *logits, int64_t length, int64_t vocabulary, int32_t *tokens) {
  bool changed = false;
  for (int64_t i = 0; i < length; i++, logits += vocabulary) {
    int32_t best = 0;
    for (int32_t v = 1; v < vocabulary; v++)
      if (logits[v] > logits[best]) best = v;
    changed |= tokens[i] != best;
    tokens[i] = best;
  }
  return changed;
}

template <int D, int I>
static void run_sized(const Network *net, const Puzzle *puzzle, float *high, float *low,
                      int32_t *tokens, float *logits, float *scratch, int64_t segments,
                      int64_t until, Outcome *out) {
  const int64_t n = puzzle->places * D;
  float *h = scratch, *other = h + n, *injected = other + n, *high_before = injected + n;
  float *low_before = high_before + n, *sent = low_before + n, *reads = sent + n;
  for (int64_t segment = 1; segment <= segments; segment++) {
    memcpy(high_before, high, sizeof(float) * n);
    memcpy(low_before, low, sizeof(float) * n);
    for (int64_t cycle = 0; cycle < net->high_cycles; cycle++) {
      add(injected, high, puzzle->inputs, n);
      for (int64_t i = 0; i < net->low_cycles; i++)
        update<D, I>(net, puzzle, net->low, low, injected, h, other, sent, reads);
      update<D, I>(net, puzzle, net->high, high, low, h, other, sent, reads);
    }
    float q[2];
    answer<D>(net, puzzle, high, logits);
    halting<D>(net, puzzle, high, q);
    const double change = moved<D>(high, high_before, puzzle->places) +
                          moved<D>(low, low_before, puzzle->places);
    out->segments = segment;
    out->q_halt = q[0];
    out->q_continue = q[1];
    out->residual = sqrt(change / puzzle->size);
    out->wants_halt = q[0] > (net->weighs_continuing ? q[1] : 0.f);
    out->changed = likeliest(logits, puzzle->length, net->vocabulary, tokens);
    if (until != SEGMENT && (out->wants_halt || (until == CHANGE && out->changed))) return;
  }
}

#ifndef __wasm__  // a browser does not train
#include "heads.hpp"
#include "training.hpp"
#endif

// The widths (D, I) that there is code for.
#ifndef SIZES
#define SIZES(DO) DO(32, 64) DO(64, 128)
#endif

static int64_t scratch_of(const Network *net, const Puzzle *puzzle) {
#define OF(D, I) \
  if (net->width == D && net->inner == I) \
    return (6 * puzzle->places + pooled_rows(puzzle)) * D + factor_scratch<D>(puzzle);
  SIZES(OF)
#undef OF
  return -1;
}

static void run_of(const Network *net, const Puzzle *puzzle, float *high, float *low,
                   int32_t *tokens, float *logits, float *scratch, int64_t segments, int64_t until,
                   Outcome *out) {
#define OF(D, I)                         \
  if (net->width == D && net->inner == I) \
    run_sized<D, I>(net, puzzle, high, low, tokens, logits, scratch, segments, until, out);
  SIZES(OF)
#undef OF
}

#ifdef __wasm__
constexpr Sizes *sizes_of = 0;
constexpr Forward *forward_of = 0;
constexpr Backward *backward_of = 0;
#else
static int64_t sizes_of(const Network *net, const Heads *heads, const Puzzle *puzzle,
                        int64_t updates, int64_t *scratch) {
#define OF(D, I) \
  if (net->width == D && net->inner == I) return sizes<D, I>(net, heads, puzzle, updates, scratch);
  SIZES(OF)
#undef OF
  return -1;
}

static void forward_of(const Network *net, const Heads *heads, const Puzzle *puzzle,
                       const Lesson *lesson, float *scratch, int64_t updates) {
#define OF(D, I)                         \
  if (net->width == D && net->inner == I) \
    forward<D, I>(net, heads, puzzle, lesson, scratch, updates);
  SIZES(OF)
#undef OF
}

static void backward_of(const Network *net, const Heads *heads, const Puzzle *puzzle,
                        const Lesson *lesson, const float *low, const float *high,
                        float *const *gradients, float *scratch, int64_t updates) {
#define OF(D, I)                         \
  if (net->width == D && net->inner == I) \
    backward<D, I>(net, heads, puzzle, lesson, low, high, gradients, scratch, updates);
  SIZES(OF)
#undef OF
}

#endif

#define TEXT(name) #name
#define NAME(name) TEXT(name)
extern "C" {
extern const Variant SYMBOL(VARIANT);
const Variant SYMBOL(VARIANT) = {NAME(VARIANT), scratch_of, run_of,
                                 sizes_of,      forward_of, backward_of};
}

#else  // what all variants share

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>

extern "C" {
extern const Variant hrm_variant_x86_64_v2, hrm_variant_x86_64_v3, hrm_variant_x86_64_v4;
}
static const Variant *const variants[] = {&hrm_variant_x86_64_v2, &hrm_variant_x86_64_v3,
                                          &hrm_variant_x86_64_v4};

static bool all(unsigned flags, unsigned wanted) { return (flags & wanted) == wanted; }

// How many of the variants this processor runs, and its operating system saves the registers of.
static int64_t runnable() {
  unsigned a, b, c, d, basic = 0, features = 0, extended = 0, saved = 0;
  if (__get_cpuid(1, &a, &b, &c, &d)) basic = c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) features = b;
  if (__get_cpuid(0x80000001, &a, &b, &c, &d)) extended = c;
  if (all(basic, bit_OSXSAVE)) __asm__("xgetbv" : "=a"(saved), "=d"(d) : "c"(0));
  const unsigned lahf = 1u << 0, lzcnt = 1u << 5;
  const bool second = all(basic, bit_SSE3 | bit_SSSE3 | bit_CMPXCHG16B | bit_SSE4_1 | bit_SSE4_2 |
                                     bit_POPCNT) && all(extended, lahf);
  const bool third = second && all(basic, bit_AVX | bit_F16C | bit_FMA | bit_MOVBE) &&
                     all(features, bit_AVX2 | bit_BMI | bit_BMI2) && all(extended, lzcnt) &&
                     all(saved, 0x6);
  const bool fourth = third && all(saved, 0xe6) &&
                      all(features, bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ |
                                        bit_AVX512VL);
  return second + third + fourth;
}
#else
extern "C" {
extern const Variant hrm_variant_baseline;
}
static const Variant *const variants[] = {&hrm_variant_baseline};
static int64_t runnable() { return 1; }
#endif

// Variants that run here, from the plainest; callers name them by their index.
EXPORT int64_t hrm_variants() { return runnable(); }
EXPORT const char *hrm_variant(int64_t variant) { return variants[variant]->name; }
EXPORT int64_t hrm_scratch(int64_t variant, const Network *net, const Puzzle *puzzle) {
  return variants[variant]->scratch(net, puzzle);
}
EXPORT void hrm_run(int64_t variant, const Network *net, const Puzzle *puzzle, float *high,
                    float *low, int32_t *tokens, float *logits, float *scratch, int64_t segments,
                    int64_t until, Outcome *out) {
  variants[variant]->run(net, puzzle, high, low, tokens, logits, scratch, segments, until, out);
}

// A weighted relation as a puzzle declares it: row i is position i's, see Relation in structure.py.
struct Declared {
  int64_t entries;
  const int32_t *source, *start;
  const float *weights;
  float *divisor;  // of each row, to be filled in
};

// How many of so many positions are in relations that fit these, -1 where one does not. touched: of
// each position, 0.
EXPORT int64_t hrm_fit(const Declared *relations, int64_t count, int64_t positions,
                       int64_t *touched) {
  for (const Declared *own = relations; own < relations + count; own++) {
    if (own->start[0] != 0 || own->start[positions] != own->entries) return -1;
    for (int64_t i = 0; i < positions; i++) {
      const int64_t size = (int64_t)own->start[i + 1] - own->start[i];
      if (size < 0) return -1;
      touched[i] |= size > 0;
      own->divisor[i] = size > 1 ? (float)size : 1.f;
    }
    for (int64_t e = 0; e < own->entries; e++) {
      const int64_t source = own->source[e];
      // What is not finite is no number less itself.
      if (source < 0 || source >= positions || own->weights[e] - own->weights[e] != 0) return -1;
      touched[source] = 1;
    }
  }
  int64_t in = 0;
  for (int64_t i = 0; i < positions; i++) in += touched[i];
  return in;
}

// Numbers that each of `count` puzzles keeps of a forward; returns those of the largest scratch.
EXPORT int64_t hrm_sizes(int64_t variant, const Network *net, const Heads *heads,
                         const Puzzle *puzzles, int64_t count, int64_t updates, int64_t *kept) {
  int64_t most = 0;
  for (int64_t i = 0; i < count; i++) {
    int64_t scratch;
    kept[i] = variants[variant]->sizes(net, heads, puzzles + i, updates, &scratch);
    if (scratch > most) most = scratch;
  }
  return most;
}
// A segment of training of some puzzles, one after another.
EXPORT void hrm_forward(int64_t variant, const Network *net, const Heads *heads,
                        const Puzzle *puzzles, const Lesson *lessons, int64_t count, float *scratch,
                        int64_t updates) {
  for (int64_t i = 0; i < count; i++)
    variants[variant]->forward(net, heads, puzzles + i, lessons + i, scratch, updates);
}
// Adds to the gradients of the low level's weights, of the high level's and of the heads.
EXPORT void hrm_backward(int64_t variant, const Network *net, const Heads *heads,
                         const Puzzle *puzzles, const Lesson *lessons, int64_t count,
                         const float *low, const float *high, float *const *gradients,
                         float *scratch, int64_t updates) {
  for (int64_t i = 0; i < count; i++)
    variants[variant]->backward(net, heads, puzzles + i, lessons + i, low, high, gradients, scratch,
                                updates);
}
// A digest of this file's text: whoever loads the library knows whether it is of the same one.
EXPORT const char *hrm_source() { return SOURCE; }
#endif
