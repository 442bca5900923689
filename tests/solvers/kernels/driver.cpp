// Runs the native recurrence over random puzzles, each array of just the size that it needs: for a
// build with sanitizers. Says how many segments it ran; 1 where a result is not finite.
#include "recurrence.cpp"

#include <math.h>
#include <stdio.h>
#include <vector>

static uint64_t state = 1;
static int64_t below(int64_t end) {  // 0 to end - 1
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)((state >> 33) % (uint64_t)end);
}
typedef std::vector<float> Floats;
typedef std::vector<int32_t> Ints;
static Floats floats(int64_t count) {
  Floats made;
  made.reserve(count ? count : 1);  // an empty array has an address too
  made.resize(count);
  for (float &value : made) value = (float)below(2001) / 8000.f - 0.125f;
  return made;
}

static int64_t whole(int64_t count) { return (count + 15) / 16 * 16; }

struct OwnRows {
  Ints start, source, of;
  Floats scale, weights;
  Rows view;
  OwnRows(int64_t places, bool weighted, bool shared) {
    const int64_t rows = shared ? 1 + below(5) : places;
    start.push_back(0);
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t e = below(4); e > 0 && places; e--) source.push_back(below(places));
      start.push_back(source.size());
      scale.push_back(1.f / (1 + below(4)));
    }
    if (weighted) weights = floats(source.size());
    for (int64_t p = 0; shared && p < places; p++) of.push_back(below(rows + 1) - 1);
    view = {rows, start.data(), source.data(), shared ? of.data() : 0, scale.data(),
            weighted ? weights.data() : 0};
  }
};

// Relations as puzzles declare them, some of which do not fit; says how many did.
static int64_t fitted() {
  int64_t fit = 0;
  for (int trial = 0; trial < 300; trial++) {
    const int64_t L = 1 + below(40);
    std::vector<OwnRows> own;
    own.reserve(3);
    std::vector<Declared> declared;
    std::vector<int64_t> touched(L);
    for (int64_t i = 1 + below(3); i > 0; i--) {
      own.emplace_back(L, true, false);
      Ints &start = own.back().start, &source = own.back().source;
      const int64_t entries = source.size();
      // Faults: beyond the positions, before them, a row that ends beyond all or before its start.
      if (entries && !below(8)) source[below(entries)] = below(2) ? L : -1;
      if (!below(8)) start[below(L + 1)] = below(2) ? 1 << 30 : -1;
      if (entries && !below(8)) own.back().weights[below(entries)] = below(2) ? NAN : INFINITY;
      declared.push_back({entries, source.data(), start.data(), own.back().weights.data(),
                          own.back().scale.data()});
    }
    const int64_t in = hrm_fit(declared.data(), declared.size(), L, touched.data());
    if (in > L) return -1;
    fit += in >= 0;
  }
  return fit;
}

int main() {
  if (fitted() <= 0) return 1;
  int64_t ran = 0;
  for (int trial = 0; trial < 300; trial++) {
    const int64_t D = 32, I = 2 * D, P = below(40), V = 2 + below(40);
    const bool symbols = below(2);
    Network net = {D, I, V, 1 + below(3), 1 + below(2), 1 + below(2),
                   below(3), below(3), below(3), below(2), below(2), 0, 0, 0, 0, 0, 0};
    const int64_t block = (1 + net.neighbours + 2 * net.pools + 3 * net.weighted) * D * D +
                          net.weighted * D + net.factors * (4 * D + 1 + 32) * D + 3 * D * I;
    Floats low = floats(net.layers * block), high = floats(net.layers * block);
    Floats head = floats((V + 15) / 16 * 16 * D), symbol_head = floats(D), halt = floats(4 * D);
    Floats bias = floats(2), inputs = floats(P * D), z_high = floats(P * D), z_low = floats(P * D);
    net.low = low.data(), net.high = high.data(), net.token_head = head.data();
    net.symbol_head = symbol_head.data(), net.halt_head = halt.data(), net.halt_bias = bias.data();

    std::vector<OwnRows> own;
    std::vector<Rows> rows;
    own.reserve(net.pools + net.weighted);
    for (int64_t i = 0; i < net.pools + net.weighted; i++)
      own.emplace_back(P, i >= net.pools && below(4), below(2));
    for (OwnRows &one : own) rows.push_back(one.view);
    Ints neighbours, positions, symbol, ids;
    for (int64_t i = 0; i < P * net.neighbours; i++) neighbours.push_back(below(P + 1) - 1);
    // Each active position has one place, or with symbols one to three.
    OwnRows candidates(0, false, false);
    candidates.start.assign(1, 0);
    candidates.scale.clear();
    for (int64_t p = 0; p < P; positions.push_back(positions.size() * 2)) {
      for (int64_t more = symbols ? 1 + below(3) : 1; more > 0 && p < P; more--, p++) {
        candidates.source.push_back(p);
        candidates.of.push_back(positions.size());
        symbol.push_back(below(V));
      }
      candidates.start.push_back(p);
      candidates.scale.push_back(0.5f);
    }
    for (int64_t i = symbols ? 1 + below(3) : 0; i > 0; i--) ids.push_back(below(V));
    candidates.view = {(int64_t)positions.size(), candidates.start.data(), candidates.source.data(),
                       candidates.of.data(), candidates.scale.data(), 0};
    const int64_t length = positions.size() * 2 + 1;
    Puzzle puzzle = {length, P, (int64_t)positions.size(), (int64_t)rows.size(),
                     (int64_t)ids.size(), rows.data(), symbols ? &candidates.view : 0,
                     neighbours.data(), positions.data(), symbol.data(), ids.data(), inputs.data(),
                     2. * length * D, 0};
    // Some factors over the places, and for each place some of them.
    OwnRows inward(0, false, false), back(0, false, false);
    Floats told;
    Factors factors;
    if (net.factors) {
      const int64_t M = below(30);
      for (OwnRows *side : {&inward, &back}) {
        const int64_t count = side == &back ? P : M, sources = side == &back ? M : P;
        side->start.assign(1, 0), side->source.clear(), side->scale.clear();
        for (int64_t i = 0; i < count; i++) {
          for (int64_t e = below(5); e > 0 && sources; e--) side->source.push_back(below(sources));
          side->start.push_back(side->source.size());
          side->scale.push_back(1.f / (1 + below(4)));
        }
        if (side == &inward && below(2)) side->weights = floats(side->source.size());
        side->view = {count, side->start.data(), side->source.data(), 0, side->scale.data(),
                      side->weights.empty() ? 0 : side->weights.data()};
      }
      told = floats(M * 32);
      factors = {inward.view, back.view, told.data()};
      puzzle.factors = &factors;
    }

    Ints tokens(length, -1);
    Floats logits(length * V, 0.f);
    for (int64_t variant = 0; variant < hrm_variants(); variant++) {
      Floats scratch = floats(hrm_scratch(variant, &net, &puzzle));
      for (float &value : scratch) value = NAN;
      Outcome out;
      hrm_run(variant, &net, &puzzle, z_high.data(), z_low.data(), tokens.data(), logits.data(),
              scratch.data(), 1 + below(3), below(3), &out);
      ran += out.segments;
      // A segment of training: it keeps, and goes back through, one update to all of them. Places
      // lie in padded states twice as many, and every other position is idle.
      const int64_t H = below(3) ? 0 : 1 + below(20), E = V + 2;
      Floats embedding = floats(E * D), by_token = floats(V * V), hint_head = floats(whole(H) * D);
      Floats token_rows = floats(V * D), hint_rows = floats(H * D);
      Heads heads = {H, embedding.data(), by_token.data(), hint_head.data(), token_rows.data(),
                     hint_rows.data()};
      Ints kinds, slots, idle, idle_tokens;
      for (int64_t p = 0; p < P; p++) kinds.push_back(below(E)), slots.push_back(2 * p);
      for (int64_t i = 1; i < length; i += 2) idle.push_back(i), idle_tokens.push_back(below(V));
      Floats padded_high = floats(2 * P * D), padded_low = floats(2 * P * D);
      Floats next_high = floats(2 * P * D), next_low = floats(2 * P * D);
      Floats said = floats(length * V), q = floats(2), hints = floats(length * H);
      int64_t size, updates = 1 + below(net.high_cycles * (net.low_cycles + 1));
      const int64_t room = hrm_sizes(variant, &net, &heads, &puzzle, 1, updates, &size);
      Floats kept = floats(size), work = floats(room);
      Lesson lesson = {(int64_t)idle.size(), kinds.data(), slots.data(), idle.data(),
                       idle_tokens.data(), padded_high.data(), padded_low.data(), next_high.data(),
                       next_low.data(), said.data(), q.data(), H ? hints.data() : 0, kept.data()};
      Floats of_low = floats(net.layers * block), of_high = floats(net.layers * block);
      Floats of_heads = floats(E * D + (whole(V) + whole(H)) * D + D + 4 * D + 2 + V * V);
      for (float &value : kept) value = NAN;
      for (float &value : work) value = NAN;
      hrm_forward(variant, &net, &heads, &puzzle, &lesson, 1, work.data(), updates);
      for (float &value : work) value = NAN;
      float *const gradients[] = {of_low.data(), of_high.data(), of_heads.data()};
      hrm_backward(variant, &net, &heads, &puzzle, &lesson, 1, low.data(), high.data(), gradients,
                   work.data(), updates);
      double sum = out.q_halt + out.q_continue + out.residual;
      for (float value : of_heads) sum += value;
      for (float value : next_high) sum += value;
      for (float value : next_low) sum += value;
      for (float value : of_low) sum += value;
      for (float value : of_high) sum += value;
      for (float value : logits) sum += value;
      for (float value : z_high) sum += value;
      for (float value : z_low) sum += value;
      if (!isfinite(sum)) return 1;
    }
  }
  printf("%lld segments\n", (long long)ran);
  return 0;
}
