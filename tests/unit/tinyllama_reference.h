// The transformer in double precision, written from the architecture's description and not from the
// program: weights in named arrays, no caches, everything computed anew for each position.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

namespace kiln::test {

struct Shape {
    int dim, hidden_dim, layers, heads, kv_heads, vocab_size, seq_len;
    bool shared;

    int head() const { return dim / heads; }
    int kv() const { return head() * kv_heads; }
};

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

struct Weights {
    Shape shape;
    Floats embedding, attention_norm, query, key, value, output, feed_forward_norm, gate, down, up,
        final_norm, classifier;

    Weights(const Shape& s, unsigned seed) : shape(s) {
        std::mt19937 random(seed);
        const auto fill = [&](Floats& to, int count, int inputs, float centre = 0) {
            std::normal_distribution<float> normal(centre,
                                                   1 / std::sqrt(static_cast<float>(inputs)));
            to.resize(static_cast<size_t>(count));
            for (float& weight : to) weight = normal(random);
        };
        fill(embedding, s.vocab_size * s.dim, 4);
        fill(attention_norm, s.layers * s.dim, 16, 1);
        fill(query, s.layers * s.dim * s.dim, s.dim);
        fill(key, s.layers * s.kv() * s.dim, s.dim);
        fill(value, s.layers * s.kv() * s.dim, s.dim);
        fill(output, s.layers * s.dim * s.dim, s.dim);
        fill(feed_forward_norm, s.layers * s.dim, 16, 1);
        fill(gate, s.layers * s.hidden_dim * s.dim, s.dim);
        fill(down, s.layers * s.dim * s.hidden_dim, s.hidden_dim);
        fill(up, s.layers * s.hidden_dim * s.dim, s.dim);
        fill(final_norm, s.dim, 16, 1);
        if (!s.shared) fill(classifier, s.vocab_size * s.dim, 4);
    }

    // The version-0 file.
    std::vector<std::byte> file() const {
        const Shape& s = shape;
        std::vector<std::byte> bytes;
        const auto add = [&](const void* from, size_t size) {
            const size_t at = bytes.size();
            bytes.resize(at + size);
            if (size != 0) std::memcpy(bytes.data() + at, from, size);
        };
        const int32_t header[] = {s.dim,    s.hidden_dim, s.layers,
                                  s.heads,  s.kv_heads,   s.shared ? s.vocab_size : -s.vocab_size,
                                  s.seq_len};
        const Floats unused(static_cast<size_t>(s.seq_len * s.head()), 1e30F);
        add(header, sizeof header);
        for (const Floats* part :
             {&embedding, &attention_norm, &query, &key, &value, &output, &feed_forward_norm, &gate,
              &down, &up, &final_norm, &unused, &classifier}) {
            add(part->data(), part->size() * sizeof(float));
        }
        return bytes;
    }
};

class Reference {
  public:
    explicit Reference(const Weights& weights) : w_(weights), s_(weights.shape) {}

    // The logits after each of the tokens.
    std::vector<Doubles> run(const std::vector<uint32_t>& tokens) const {
        std::vector<Doubles> states;
        for (const uint32_t token : tokens) {
            const float* row = w_.embedding.data() + size_t{token} * static_cast<size_t>(s_.dim);
            states.emplace_back(row, row + s_.dim);
        }
        for (int layer = 0; layer < s_.layers; ++layer) {
            attend(states, layer);
            for (Doubles& state : states) feed_forward(state, layer);
        }
        const Floats& classifier = s_.shared ? w_.embedding : w_.classifier;
        for (Doubles& state : states)
            state = product(classifier, 0, s_.vocab_size, norm(state, w_.final_norm, 0));
        return states;
    }

  private:
    Doubles norm(const Doubles& x, const Floats& weight, int layer) const {
        double squares = 0;
        for (const double value : x) squares += value * value;
        const double scale = 1 / std::sqrt(squares / s_.dim + 1e-5);
        Doubles out(x.size());
        for (size_t i = 0; i < x.size(); ++i)
            out[i] = x[i] * scale * weight[static_cast<size_t>(layer * s_.dim) + i];
        return out;
    }

    static Doubles product(const Floats& weights, int layer, int rows, const Doubles& x) {
        const size_t columns = x.size();
        const float* matrix = weights.data() + static_cast<size_t>(layer * rows) * columns;
        Doubles out(static_cast<size_t>(rows), 0);
        for (size_t row = 0; row < out.size(); ++row) {
            for (size_t i = 0; i < columns; ++i) out[row] += matrix[row * columns + i] * x[i];
        }
        return out;
    }

    // Multiplies each pair, as a complex number, by e^(i position 10000^(-2 pair / head)).
    void rotate(Doubles& x, size_t position) const {
        for (size_t at = 0; at < x.size(); at += 2) {
            const auto within = static_cast<double>(at % static_cast<size_t>(s_.head()));
            const double angle =
                static_cast<double>(position) * std::pow(10000.0, -within / s_.head());
            const double real = x[at] * std::cos(angle) - x[at + 1] * std::sin(angle);
            x[at + 1] = x[at] * std::sin(angle) + x[at + 1] * std::cos(angle);
            x[at] = real;
        }
    }

    void attend(std::vector<Doubles>& states, int layer) const {
        std::vector<Doubles> queries, keys, values;
        for (size_t t = 0; t < states.size(); ++t) {
            const Doubles x = norm(states[t], w_.attention_norm, layer);
            queries.push_back(product(w_.query, layer, s_.dim, x));
            keys.push_back(product(w_.key, layer, s_.kv(), x));
            values.push_back(product(w_.value, layer, s_.kv(), x));
            rotate(queries[t], t);
            rotate(keys[t], t);
        }
        for (size_t t = 0; t < states.size(); ++t) {
            Doubles mixed(static_cast<size_t>(s_.dim), 0);
            for (int head = 0; head < s_.heads; ++head)
                mix(mixed, queries[t], keys, values, t, head);
            const Doubles added = product(w_.output, layer, s_.dim, mixed);
            for (size_t i = 0; i < added.size(); ++i) states[t][i] += added[i];
        }
    }

    void mix(Doubles& mixed, const Doubles& query, const std::vector<Doubles>& keys,
             const std::vector<Doubles>& values, size_t last, int head) const {
        const auto size = static_cast<size_t>(s_.head());
        const size_t from = static_cast<size_t>(head) * size;
        const size_t shared = static_cast<size_t>(head / (s_.heads / s_.kv_heads)) * size;
        Doubles scores;
        double sum = 0;
        for (size_t t = 0; t <= last; ++t) {
            double score = 0;
            for (size_t i = 0; i < size; ++i) score += query[from + i] * keys[t][shared + i];
            scores.push_back(std::exp(score / std::sqrt(static_cast<double>(size))));
            sum += scores.back();
        }
        for (size_t t = 0; t <= last; ++t) {
            for (size_t i = 0; i < size; ++i)
                mixed[from + i] += scores[t] / sum * values[t][shared + i];
        }
    }

    void feed_forward(Doubles& state, int layer) const {
        const Doubles x = norm(state, w_.feed_forward_norm, layer);
        Doubles gate = product(w_.gate, layer, s_.hidden_dim, x);
        const Doubles up = product(w_.up, layer, s_.hidden_dim, x);
        for (size_t i = 0; i < gate.size(); ++i) gate[i] *= up[i] / (1 + std::exp(-gate[i]));
        const Doubles added = product(w_.down, layer, s_.dim, gate);
        for (size_t i = 0; i < added.size(); ++i) state[i] += added[i];
    }

    const Weights& w_;
    const Shape& s_;
};

}  // namespace kiln::test
