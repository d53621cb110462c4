// W4 with Boost.Numeric.Odeint: 4096 trajectories to t = 10 one after another, each with its own parameters and its own steps; the
// problems of torch_w4.py. Controlled Dormand-Prince 5(4), rtol 1e-6, atol 1e-9, first step 1e-3. Facts: the end states.
//
//     g++ -std=c++17 -O3 -march=native boost_trajectories.cpp -o boost_trajectories && ./boost_trajectories --problem lotka-volterra
#include <boost/numeric/odeint.hpp>
#include <boost/version.hpp>
#include <array>
#include "worker.hpp"

namespace odeint = boost::numeric::odeint;
using State = std::array<double, 2>;

struct Trajectory {
    double a = 0, c = 0;
    State start;
};

template <class Field> void run(int count, char** values, const std::vector<Trajectory>& trajectories, Field field) {
    std::vector<State> ends(trajectories.size());
    const auto solve = [&](auto&& counted) {
        for (size_t i = 0; i < trajectories.size(); i++) {
            const Trajectory trajectory = trajectories[i];
            ends[i] = trajectory.start;
            odeint::integrate_adaptive(odeint::make_controlled<odeint::runge_kutta_dopri5<State>>(1e-9, 1e-6),
                [&](const State& y, State& d, double) { counted(); field(trajectory, y, d); }, ends[i], 0.0, 10.0, 1e-3);
        }
    };
    long evaluations = 0;
    solve([&] { evaluations++; });
    std::vector<double> numbers;
    for (const State& end : ends) numbers.insert(numbers.end(), end.begin(), end.end());
    char version[64];
    std::snprintf(version, sizeof version, "Boost %d.%d.%d", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
    const double mean = (double)evaluations / trajectories.size();
    serve(count, values, "Boost odeint dopri5, a loop", version, {{"end", numbers}}, mean, 0.0, [&] { solve([] {}); });
}

int main(int count, char** values) {
    Lcg random{4};
    std::vector<Trajectory> trajectories(std::atoi(option(count, values, "--count", "4096").c_str()));
    if (option(count, values, "--problem", "lotka-volterra") == "lotka-volterra") {
        for (Trajectory& one : trajectories) {
            one.a = random.uniform(1, 2);
            one.c = random.uniform(2, 4);
            for (double& value : one.start) value = random.uniform(0.5, 5);
        }
        run(count, values, trajectories, [](const Trajectory& one, const State& y, State& d) {
            const double both = y[0] * y[1];
            d[0] = one.a * y[0] - both;
            d[1] = both - one.c * y[1];
        });
    } else {
        for (Trajectory& one : trajectories) {
            one.a = random.uniform(0.5, 5);
            for (double& value : one.start) value = random.uniform(-2, 2);
        }
        run(count, values, trajectories, [](const Trajectory& one, const State& y, State& d) {
            d[0] = y[1];
            d[1] = one.a * (1 - y[0] * y[0]) * y[1] - y[0];
        });
    }
}
