// What the C++ peers share: arguments, timing, one line of JSON for each solve.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

struct Arguments {
    std::string problem;                                    // empty: all
    std::string method;                                     // empty: all
    std::vector<double> tolerances = {1e-3, 1e-5, 1e-7, 1e-9, 1e-11};
    int samples = 5;
    double seconds = 0.004;                                 // least duration of a sample, a block of solves
    double patience = 0.3;                                  // a method whose solve takes longer tries no tighter tolerance
};

inline Arguments parse(int count, char** values) {
    Arguments arguments;
    for (int i = 1; i + 1 < count; i += 2) {
        const std::string name = values[i];
        const char* value = values[i + 1];
        if (name == "--problem") arguments.problem = value;
        else if (name == "--method") arguments.method = value;
        else if (name == "--samples") arguments.samples = std::max(1, std::atoi(value));
        else if (name == "--seconds") arguments.seconds = std::atof(value);
        else if (name == "--patience") arguments.patience = std::atof(value);
        else if (name == "--tolerances") {
            arguments.tolerances.clear();
            for (char* at = const_cast<char*>(value); *at; at += *at == ',') arguments.tolerances.push_back(std::strtod(at, &at));
        } else {
            std::fprintf(stderr, "unknown option %s\n", values[i]);
            std::exit(2);
        }
    }
    return arguments;
}

// Solves once to count evaluations (counted gives them, or -1 for failure), then times blocks of solves, and prints.
// Returns whether a tighter tolerance is worth trying.
template <class P, class Counted, class Timed>
bool measure(const Arguments& arguments, const char* library, const char* method, double relative, double absolute, Counted counted, Timed timed) {
    if (!arguments.method.empty() && arguments.method != method) return false;
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); };
    std::array<double, P::n> end;
    const auto began = Clock::now();
    const long evaluations = counted(end);
    const bool patient = since(began) < arguments.patience;
    if (evaluations < 0) {
        std::fprintf(stderr, "%s %s: %s at %g did not reach the end\n", library, method, P::name, relative);
        return patient;
    }
    const auto block = [&](int solves) {
        const auto start = Clock::now();
        for (int i = 0; i < solves; i++) timed();
        return since(start);
    };
    int solves = 1;
    for (double took = block(1); took < arguments.seconds; took = block(solves))
        solves = std::max(2 * solves, (int)(1.1 * solves * arguments.seconds / std::max(took, 1e-9)));
    std::vector<double> seconds;
    for (int i = 0; i < (patient ? arguments.samples : 1); i++) seconds.push_back(block(solves) / solves);
    std::sort(seconds.begin(), seconds.end());
    std::printf("{\"problem\": \"%s\", \"library\": \"%s\", \"method\": \"%s\", \"rtol\": %.17g, \"atol\": %.17g, \"evaluations\": %ld, \"end\": [",
                P::name, library, method, relative, absolute, evaluations);
    for (int i = 0; i < P::n; i++) std::printf("%s%.17g", i ? ", " : "", end[i]);
    std::printf("], \"min_s\": %.6g, \"median_s\": %.6g}\n", seconds.front(), seconds[seconds.size() / 2]);
    std::fflush(stdout);
    return patient;
}
