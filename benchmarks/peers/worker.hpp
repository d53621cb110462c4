// What the resident C++ peers share: the portable generator, and how they are asked for work (worker.py says how).
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

// s <- 1664525 s + 1013904223 (mod 2^32), the draw is s / 2^32: the same as Lcg.cs.
struct Lcg {
    uint32_t state;
    double next() {
        state = state * 1664525u + 1013904223u;
        return state / 4294967296.0;
    }
    double uniform(double low, double high) { return low + (high - low) * next(); }
};

// The value of an option, or a default.
inline std::string option(int count, char** values, const char* name, const char* otherwise) {
    for (int i = 1; i + 1 < count; i++)
        if (std::strcmp(values[i], name) == 0) return values[i + 1];
    return otherwise;
}

inline bool flag(int count, char** values, const char* name) {
    return std::any_of(values + 1, values + count, [&](const char* value) { return std::strcmp(value, name) == 0; });
}

inline void print_numbers(const std::vector<double>& numbers) {
    std::printf("[");
    for (size_t i = 0; i < numbers.size(); i++) std::printf("%s%.17g", i ? ", " : "", numbers[i]);
    std::printf("]");
}

struct Fact {
    const char* name;
    std::vector<double> values;
};

// run() does the work once; forward and backward are its evaluations.
template <class Run>
void serve(int count, char** values, const char* name, const char* version, const std::vector<Fact>& facts, const double& forward, const double& backward, Run run) {
    const auto measure = [&](int runs) {
        std::vector<double> seconds;
        for (int i = 0; i < runs; i++) {
            const auto start = std::chrono::steady_clock::now();
            run();
            seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        }
        return seconds;
    };
    std::printf("{\"name\": \"%s\", \"version\": \"%s\", \"facts\": {", name, version);
    for (size_t i = 0; i < facts.size(); i++) {
        std::printf("%s\"%s\": ", i ? ", " : "", facts[i].name);
        print_numbers(facts[i].values);
    }
    std::printf("}");
    if (!flag(count, values, "--resident")) {
        run();
        std::vector<double> seconds = measure(std::max(1, std::atoi(option(count, values, "--samples", "5").c_str())));
        std::sort(seconds.begin(), seconds.end());
        std::printf(", \"evaluations\": [%g, %g], \"min_s\": %.6g, \"median_s\": %.6g}\n", forward, backward, seconds.front(), seconds[seconds.size() / 2]);
        return;
    }
    std::printf("}\n");
    std::fflush(stdout);
    for (int runs; std::scanf("%d", &runs) == 1;) {
        const std::vector<double> seconds = measure(runs);
        std::printf("{\"seconds\": ");
        print_numbers(seconds);
        std::printf(", \"evaluations\": [%g, %g]}\n", forward, backward);
        std::fflush(stdout);
    }
}
