// What the steps of W4 take without a solver around them: the stages of Verner's 7(6), the vector field and the error estimate, eight
// trajectories to a vector and four vectors in turns, for as many evaluations as are asked for; no step-size control, nobody arrives. The
// problems of boost_trajectories.cpp. Facts: the states after one step of 0.01.
//
//     g++ -std=c++17 -O3 -march=native trajectories_limit.cpp -o trajectories_limit && ./trajectories_limit --problem lotka-volterra --evaluations 600
#include <vector>
#include "worker.hpp"

typedef double Lanes __attribute__((vector_size(64)));
constexpr int Width = 8, Together = 4, Stages = 10;

constexpr double couplings[Stages][Stages - 1] = {
    {},
    {0.005},
    {-1.07679012345679, 1.185679012345679},
    {0.04083333333333333, 0, 0.1225},
    {0.6389139236255726, 0, -2.455672638223657, 2.272258714598084},
    {-2.6615773750187572, 0, 10.804513886456137, -8.3539146573962, 0.820487594956657},
    {6.067741434696771, 0, -24.711273635911084, 20.427517930788895, -1.9061579788166472, 1.006172249242068},
    {12.054670076253203, 0, -49.75478495046899, 41.142888638604674, -4.461760149974004, 2.042334822239175, -0.09834843665406108},
    {10.138146522881808, 0, -42.6411360317175, 35.76384003992257, -4.3480228403929075, 2.0098622683770357, 0.3487490460338272, -0.27143900510483127},
    {-45.030072034298676, 0, 187.3272437654589, -154.02882369350186, 18.56465306347536, -7.141809679295079, 1.3088085781613785, 0, 0},
};
constexpr double weights[Stages] = {0.04715561848627222, 0, 0, 0.25750564298434153, 0.2621665397741262, 0.15216092656738558, 0.49399691700324844, -0.29430311714032503, 0.0813174723249511, 0};
constexpr double errorWeights[Stages + 1] = {0.0025470118799310456, 0, 0, -0.00965839487279575, 0.0420647097563969, -0.0666822437469301, 0.26500974646212816, -0.29430311714032503,
    0.0813174723249511, -0.020295184663356284, 0};

struct Group {
    Lanes y[Together][2], slope[Together][2], a[Together], c[Together], error[Together];
};

template <class Field> void begin(Group& group, Field field) {
    for (int g = 0; g < Together; g++) field(group, g, group.y[g], group.slope[g]);
}

// One step of length h, whose last slope is the next one's first; the errors' squares in tolerances are added up, so that nobody may leave them out.
template <class Field> void step(Group& group, double h, Field field) {
    Lanes k[Together][Stages + 1][2], next[Together][2];
    for (int g = 0; g < Together; g++)
        for (int i = 0; i < 2; i++) k[g][0][i] = group.slope[g][i];
#pragma GCC unroll 10
    for (int s = 1; s <= Stages; s++)
        for (int g = 0; g < Together; g++) {
            for (int i = 0; i < 2; i++) {
                Lanes sum = {};
#pragma GCC unroll 10
                for (int j = 0; j < s && j < Stages; j++) {
                    const double coefficient = s == Stages ? weights[j] : j < Stages - 1 ? couplings[s][j] : 0;
                    if (coefficient != 0) sum += coefficient * k[g][j][i];
                }
                next[g][i] = group.y[g][i] + h * sum;
            }
            field(group, g, next[g], k[g][s]);
        }
    for (int g = 0; g < Together; g++)
        for (int i = 0; i < 2; i++) {
            Lanes sum = {};
#pragma GCC unroll 11
            for (int j = 0; j <= Stages; j++)
                if (errorWeights[j] != 0) sum += errorWeights[j] * k[g][j][i];
            const Lanes size = group.y[g][i] * group.y[g][i] > next[g][i] * next[g][i] ? group.y[g][i] : next[g][i];
            const Lanes ratio = h * sum / (1e-9 + 1e-6 * size);
            group.error[g] += ratio * ratio;
            group.y[g][i] = next[g][i];
            group.slope[g][i] = k[g][Stages][i];
        }
}

template <class Field> void run(int count, char** values, const std::vector<Group>& starts, Field field) {
    const double evaluations = std::atof(option(count, values, "--evaluations", "600").c_str());
    const int attempts = (int)(evaluations / Stages + 0.5);
    std::vector<double> numbers;
    for (Group group : starts) {
        begin(group, field);
        step(group, 0.01, field);
        for (int lane = 0; lane < Together * Width; lane++)
            for (int i = 0; i < 2; i++) numbers.push_back(group.y[lane / Width][i][lane % Width]);
    }
    volatile double sink = 0;
    serve(count, values, "the steps alone, C++", "g++ " __VERSION__, {{"one step", numbers}}, evaluations, 0.0, [&] {
        for (Group group : starts) {
            begin(group, field);
            // So short that nobody leaves the region in which numbers are ordinary.
            for (int attempt = 0; attempt < attempts; attempt++) step(group, 1e-3, field);
            sink = sink + group.error[0][0] + group.y[0][0][0];
        }
    });
}

int main(int count, char** values) {
    Lcg random{4};
    const int trajectories = 4096;
    const bool isLotkaVolterra = option(count, values, "--problem", "lotka-volterra") == "lotka-volterra";
    std::vector<Group> starts(trajectories / (Together * Width));
    for (int one = 0; one < trajectories; one++) {
        Group& group = starts[one / (Together * Width)];
        const int g = one / Width % Together, lane = one % Width;
        group.a[g][lane] = isLotkaVolterra ? random.uniform(1, 2) : random.uniform(0.5, 5);
        if (isLotkaVolterra) group.c[g][lane] = random.uniform(2, 4);
        for (int i = 0; i < 2; i++) group.y[g][i][lane] = isLotkaVolterra ? random.uniform(0.5, 5) : random.uniform(-2, 2);
    }
    if (isLotkaVolterra)
        run(count, values, starts, [](const Group& group, int g, const Lanes* y, Lanes* d) {
            const Lanes both = y[0] * y[1];
            d[0] = group.a[g] * y[0] - both;
            d[1] = both - group.c[g] * y[1];
        });
    else
        run(count, values, starts, [](const Group& group, int g, const Lanes* y, Lanes* d) {
            d[0] = y[1];
            d[1] = group.a[g] * (1 - y[0] * y[0]) * y[1] - y[0];
        });
}
