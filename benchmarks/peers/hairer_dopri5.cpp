// Dormand-Prince 5(4) as Hairer and Wanner's Fortran code DOPRI5 runs it, written anew from the description in Solving ODEs I
// (sections II.4 and II.5): its first step, its stabilized step-size control (beta = 0.04), its end of the interval. On the
// Arenstorf orbit at rtol = atol = 1e-7 it takes 1442 evaluations as the Fortran code does: --check.
//
//     g++ -std=c++17 -O3 -march=native hairer_dopri5.cpp -o hairer_dopri5 && ./hairer_dopri5
#include "problems.hpp"
#include "measure.hpp"

constexpr int max_steps = 1000000;

struct Cost {
    long evaluations = 0, steps = 0, accepted = 0;
    bool finished = false;
};

// Sum, not mean, of the squares: so the first step of the Fortran code.
template <size_t n> double sum_of_squares(const std::array<double, n>& values, const std::array<double, n>& scale) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (values[i] / scale[i]) * (values[i] / scale[i]);
    return sum;
}

template <class P> Cost solve(std::array<double, P::n>& y, double t1, double relative, double absolute) {
    constexpr int n = P::n;
    std::array<double, n> k1, k2, k3, k4, k5, k6, k7, u, scale;
    Cost cost;
    const auto f = [&](const auto& state, auto& derivative) {
        cost.evaluations++;
        P::rhs(state, derivative);
    };

    f(y, k1);
    for (int i = 0; i < n; i++) scale[i] = absolute + relative * std::fabs(y[i]);
    const double slope = sum_of_squares(k1, scale), size = sum_of_squares(y, scale);
    double h = slope <= 1e-10 || size <= 1e-10 ? 1e-6 : 0.01 * std::sqrt(size / slope);
    h = std::min(h, t1);
    for (int i = 0; i < n; i++) u[i] = y[i] + h * k1[i];
    f(u, k2);
    for (int i = 0; i < n; i++) u[i] = k2[i] - k1[i];
    const double curvature = std::max(std::sqrt(sum_of_squares(u, scale)) / h, std::sqrt(slope));
    h = std::min({100 * h, curvature <= 1e-15 ? std::max(1e-6, 1e-3 * h) : std::pow(0.01 / curvature, 0.2), t1});

    constexpr double beta = 0.04, exponent = 0.2 - 0.75 * beta, safety = 0.9, shrink = 5, grow = 0.1;
    double t = 0, last_error = 1e-4;
    bool last = false, rejected = false;
    while (cost.steps++ < max_steps && 0.1 * h > 2.3e-16 * t) {
        if (t + 1.01 * h > t1) {
            h = t1 - t;
            last = true;
        }
        for (int i = 0; i < n; i++) u[i] = y[i] + h * (1.0 / 5) * k1[i];
        f(u, k2);
        for (int i = 0; i < n; i++) u[i] = y[i] + h * (3.0 / 40 * k1[i] + 9.0 / 40 * k2[i]);
        f(u, k3);
        for (int i = 0; i < n; i++) u[i] = y[i] + h * (44.0 / 45 * k1[i] - 56.0 / 15 * k2[i] + 32.0 / 9 * k3[i]);
        f(u, k4);
        for (int i = 0; i < n; i++) u[i] = y[i] + h * (19372.0 / 6561 * k1[i] - 25360.0 / 2187 * k2[i] + 64448.0 / 6561 * k3[i] - 212.0 / 729 * k4[i]);
        f(u, k5);
        for (int i = 0; i < n; i++)
            u[i] = y[i] + h * (9017.0 / 3168 * k1[i] - 355.0 / 33 * k2[i] + 46732.0 / 5247 * k3[i] + 49.0 / 176 * k4[i] - 5103.0 / 18656 * k5[i]);
        f(u, k6);
        for (int i = 0; i < n; i++)
            u[i] = y[i] + h * (35.0 / 384 * k1[i] + 500.0 / 1113 * k3[i] + 125.0 / 192 * k4[i] - 2187.0 / 6784 * k5[i] + 11.0 / 84 * k6[i]);
        f(u, k7);
        double sum = 0;
        for (int i = 0; i < n; i++) {
            const double e = h * (71.0 / 57600 * k1[i] - 71.0 / 16695 * k3[i] + 71.0 / 1920 * k4[i] - 17253.0 / 339200 * k5[i] + 22.0 / 525 * k6[i] - 1.0 / 40 * k7[i]);
            const double r = e / (absolute + relative * std::max(std::fabs(y[i]), std::fabs(u[i])));
            sum += r * r;
        }
        const double error = std::sqrt(sum / n), wish = std::pow(error, exponent);
        if (error <= 1) {
            cost.accepted++;
            y = u;
            k1 = k7;
            if (last) {
                cost.finished = true;
                return cost;
            }
            const double next = h / std::clamp(wish / std::pow(last_error, beta) / safety, grow, shrink);
            last_error = std::max(error, 1e-4);
            t += h;
            h = rejected ? std::min(next, h) : next;
            rejected = false;
        } else {
            h /= std::min(shrink, wish / safety);
            rejected = true;
            last = false;
        }
    }
    return cost;
}

template <class P> void run(const Arguments& arguments) {
    if (!arguments.problem.empty() && arguments.problem != P::name) return;
    for (const double relative : arguments.tolerances) {
        const double absolute = relative * P::absolute_scale;
        volatile double sink;
        const bool go_on = measure<P>(arguments, "Hairer", "DOPRI5", relative, absolute,
            [&](auto& end) {
                end = P::y0;
                const Cost cost = solve<P>(end, P::t1, relative, absolute);
                return cost.finished ? cost.evaluations : -1;
            },
            [&] {
                auto y = P::y0;
                solve<P>(y, P::t1, relative, absolute);
                sink = y[0];
            });
        (void)sink;
        if (!go_on) return;
    }
}

int main(int count, char** values) {
    if (count == 2 && std::strcmp(values[1], "--check") == 0) {
        std::array<double, 4> y = {0.994, 0.0, 0.0, -2.00158510637908252240537862224};
        const Cost cost = solve<Arenstorf>(y, Arenstorf::t1, 1e-7, 1e-7);
        std::printf("evaluations %ld, steps %ld, accepted %ld, end %.10g %.10g\n", cost.evaluations, cost.steps, cost.accepted, y[0], y[1]);
        return cost.evaluations == 1442 ? 0 : 1;
    }
    const Arguments arguments = parse(count, values);
    run<LotkaVolterra>(arguments);
    run<VanDerPol>(arguments);
    run<Lorenz>(arguments);
    run<Arenstorf>(arguments);
    run<Pleiades>(arguments);
}
