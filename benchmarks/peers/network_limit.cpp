// What the networks of W1 and W3 cost by themselves, without any solver: the evaluations and vector-Jacobian products that a gradient
// needs, written out for their shapes. W1 as loops with the batch innermost, W3 as OpenBLAS products; tanh from libmvec.
//
//     g++ -std=c++17 -O3 -march=native -ffast-math network_limit.cpp -o network_limit -l:libopenblas.so.0 -lmvec -lm
//     ./network_limit --network w3 --type float64 --evaluations 50 --products 44
//
// Evaluations that no product belongs to come first; a product uses what the evaluation before it recorded. Facts: output, state
// cotangent and parameter gradient for a batch from the generator, in PyTorch's order.
#include <cmath>
#include <new>
#include "worker.hpp"

extern "C" void cblas_dgemm(int, int, int, int, int, int, double, const double*, int, const double*, int, double, double*, int);
extern "C" void cblas_sgemm(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);

template <class T> T* allocate(int count) {
    T* values = static_cast<T*>(std::aligned_alloc(64, (count * sizeof(T) + 63) / 64 * 64));
    std::fill(values, values + count, T(0));
    return values;
}

template <class T> void append(std::vector<double>& destination, const T* values, int count) { destination.insert(destination.end(), values, values + count); }

// Linear(2, 50) - tanh - Linear(50, 2) on 20 samples, fed z^3 (cube) or z; everything is components x samples.
template <class T> struct SmallNetwork {
    static constexpr int samples = 20, hidden = 50;
    bool cube;
    T w1[hidden][2], b1[hidden], w2[2][hidden], b2[2];
    alignas(64) T z[2][samples], cotangent[2][samples], x[2][samples], activation[hidden * samples], output[2][samples], back[2][samples];
    T gw1[hidden][2], gb1[hidden], gw2[2][hidden], gb2[2];

    void initialize() {
        Lcg weights{1}, batch{2};
        const double limit = 0.1 * std::sqrt(3.0);
        for (auto& row : w1) for (T& w : row) w = T(weights.uniform(-limit, limit));
        for (auto& row : w2) for (T& w : row) w = T(weights.uniform(-limit, limit));
        for (T& b : b1) b = 0;
        for (T& b : b2) b = 0;
        for (int s = 0; s < samples; s++) for (int i = 0; i < 2; i++) z[i][s] = T(batch.uniform(-2, 2));
        for (int s = 0; s < samples; s++) for (int i = 0; i < 2; i++) cotangent[i][s] = T(batch.uniform(-1, 1));
    }
    __attribute__((noinline)) void evaluate() {
        for (int i = 0; i < 2; i++) for (int s = 0; s < samples; s++) x[i][s] = cube ? z[i][s] * z[i][s] * z[i][s] : z[i][s];
        for (int j = 0; j < hidden; j++) for (int s = 0; s < samples; s++) activation[j * samples + s] = w1[j][0] * x[0][s] + w1[j][1] * x[1][s] + b1[j];
        for (T& a : activation) a = std::tanh(a);
        for (int i = 0; i < 2; i++) {
            T sum[samples];
            for (int s = 0; s < samples; s++) sum[s] = b2[i];
            for (int j = 0; j < hidden; j++) for (int s = 0; s < samples; s++) sum[s] += w2[i][j] * activation[j * samples + s];
            for (int s = 0; s < samples; s++) output[i][s] = sum[s];
        }
        asm volatile("" ::: "memory");
    }
    __attribute__((noinline)) void product() {
        T sum[2][samples] = {};
        for (int j = 0; j < hidden; j++) {
            T a = 0, b = 0, c = 0, d = 0, e = 0;
            for (int s = 0; s < samples; s++) {
                const T v = activation[j * samples + s], g = (w2[0][j] * cotangent[0][s] + w2[1][j] * cotangent[1][s]) * (1 - v * v);
                a += g * x[0][s], b += g * x[1][s], c += g, d += cotangent[0][s] * v, e += cotangent[1][s] * v;
                sum[0][s] += g * w1[j][0], sum[1][s] += g * w1[j][1];
            }
            gw1[j][0] = a, gw1[j][1] = b, gb1[j] = c, gw2[0][j] = d, gw2[1][j] = e;
        }
        for (int i = 0; i < 2; i++) {
            T total = 0;
            for (int s = 0; s < samples; s++) {
                total += cotangent[i][s];
                back[i][s] = cube ? sum[i][s] * 3 * z[i][s] * z[i][s] : sum[i][s];
            }
            gb2[i] = total;
        }
        asm volatile("" ::: "memory");
    }
    std::vector<Fact> facts() {
        std::vector<double> out, state, gradient;
        for (int s = 0; s < samples; s++) for (int i = 0; i < 2; i++) out.push_back(output[i][s]), state.push_back(back[i][s]);
        append(gradient, &gw1[0][0], 2 * hidden), append(gradient, gb1, hidden), append(gradient, &gw2[0][0], 2 * hidden), append(gradient, gb2, 2);
        return {{"network output", out}, {"network state cotangent", state}, {"network gradient", gradient}};
    }
};

// Linear(64, 256) - tanh - Linear(256, 64) on 256 samples; everything is samples x components.
template <class T> struct LargeNetwork {
    static constexpr int samples = 256, inputs = 64, hidden = 256;
    T *w1 = allocate<T>(hidden * inputs), *b1 = allocate<T>(hidden), *w2 = allocate<T>(inputs * hidden), *b2 = allocate<T>(inputs);
    T *z = allocate<T>(samples * inputs), *activation = allocate<T>(samples * hidden), *output = allocate<T>(samples * inputs), *back = allocate<T>(samples * inputs);
    T *g = allocate<T>(samples * hidden), *gw1 = allocate<T>(hidden * inputs), *gb1 = allocate<T>(hidden), *gw2 = allocate<T>(inputs * hidden), *gb2 = allocate<T>(inputs);

    void initialize() {
        Lcg random{3};
        const auto fill = [&](T* values, int count, double limit) { for (int i = 0; i < count; i++) values[i] = T(random.uniform(-limit, limit)); };
        fill(w1, hidden * inputs, 3 / std::sqrt((double)inputs)), fill(b1, hidden, 3 / std::sqrt((double)inputs));
        fill(w2, inputs * hidden, 3 / std::sqrt((double)hidden)), fill(b2, inputs, 3 / std::sqrt((double)hidden));
        fill(z, samples * inputs, 1);
    }
    // Row major: C (m x n) = A B + beta C, either transposed (112) or not (111).
    static void multiply(int ta, int tb, int m, int n, int k, const T* a, int lda, const T* b, int ldb, T beta, T* c, int ldc) {
        if constexpr (sizeof(T) == 8) cblas_dgemm(101, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
        else cblas_sgemm(101, ta, tb, m, n, k, 1, a, lda, b, ldb, beta, c, ldc);
    }
    void evaluate() {
        for (int s = 0; s < samples; s++) std::copy(b1, b1 + hidden, activation + s * hidden);
        multiply(111, 112, samples, hidden, inputs, z, inputs, w1, inputs, 1, activation, hidden);
        for (int i = 0; i < samples * hidden; i++) activation[i] = std::tanh(activation[i]);
        for (int s = 0; s < samples; s++) std::copy(b2, b2 + inputs, output + s * inputs);
        multiply(111, 112, samples, inputs, hidden, activation, hidden, w2, hidden, 1, output, inputs);
        asm volatile("" ::: "memory");
    }
    // The cotangent is the state.
    void product() {
        multiply(111, 111, samples, hidden, inputs, z, inputs, w2, hidden, 0, g, hidden);
        for (int i = 0; i < samples * hidden; i++) g[i] *= 1 - activation[i] * activation[i];
        multiply(112, 111, inputs, hidden, samples, z, inputs, activation, hidden, 0, gw2, hidden);
        multiply(112, 111, hidden, inputs, samples, g, hidden, z, inputs, 0, gw1, inputs);
        multiply(111, 111, samples, inputs, hidden, g, hidden, w1, inputs, 0, back, inputs);
        std::fill(gb1, gb1 + hidden, T(0));
        std::fill(gb2, gb2 + inputs, T(0));
        for (int s = 0; s < samples; s++) {
            for (int j = 0; j < hidden; j++) gb1[j] += g[s * hidden + j];
            for (int i = 0; i < inputs; i++) gb2[i] += z[s * inputs + i];
        }
        asm volatile("" ::: "memory");
    }
    std::vector<Fact> facts() {
        std::vector<double> out, state, gradient;
        append(out, output, samples * inputs), append(state, back, samples * inputs);
        append(gradient, gw1, hidden * inputs), append(gradient, gb1, hidden), append(gradient, gw2, inputs * hidden), append(gradient, gb2, inputs);
        return {{"network output", out}, {"network state cotangent", state}, {"network gradient", gradient}};
    }
};

template <class Network> void run(int count, char** values, Network& network) {
    const int evaluations = std::atoi(option(count, values, "--evaluations", "50").c_str()), products = std::atoi(option(count, values, "--products", "44").c_str());
    network.initialize();
    network.evaluate();
    network.product();
    serve(count, values, "network kernels alone, C++", "g++ " __VERSION__ ", libmvec, OpenBLAS", network.facts(), evaluations, products, [&] {
        for (int i = 0; i < evaluations - products; i++) network.evaluate();
        for (int i = 0; i < products; i++) {
            if (i < evaluations) network.evaluate();
            network.product();
        }
    });
}

int main(int count, char** values) {
    const std::string name = option(count, values, "--network", "w1-cube");
    const bool single = option(count, values, "--type", "float64") == "float32";
    if (name == "w3") {
        if (single) { LargeNetwork<float> network; run(count, values, network); }
        else { LargeNetwork<double> network; run(count, values, network); }
    } else {
        if (single) { auto* network = new (std::align_val_t(64)) SmallNetwork<float>{}; network->cube = name == "w1-cube"; run(count, values, *network); }
        else { auto* network = new (std::align_val_t(64)) SmallNetwork<double>{}; network->cube = name == "w1-cube"; run(count, values, *network); }
    }
}
