// The end states that errors are measured against: Gragg's extrapolated midpoint rule of order 24 (Hairer, Norsett, Wanner,
// Solving ODEs I, section II.9) in 113-bit arithmetic, from the double-precision data of problems.hpp. Prints, for each problem,
// the largest relative difference between tolerances 1e-22 and 1e-25, and the end state of the latter.
//
//     g++ -std=gnu++17 -O2 reference.cpp -lquadmath -o reference && ./reference
#include <quadmath.h>
#include <algorithm>
#include <cstdio>

using Real = __float128;
inline Real sqrt(Real x) { return sqrtq(x); }

#include "problems.hpp"

template <class P> using State = std::array<Real, P::n>;

// One step; returns its estimated error in units of the tolerance 1.
template <class P> Real extrapolate(const State<P>& y, Real step, State<P>& result) {
    constexpr int columns = 12;
    State<P> slope, derivative, before, now, after, row[columns];
    P::rhs(y, slope);
    for (int column = 0; column < columns; column++) {
        const int substeps = 2 * (column + 1);
        const Real h = step / substeps;
        before = y;
        for (int i = 0; i < P::n; i++)
            now[i] = y[i] + h * slope[i];
        for (int k = 1; k < substeps; k++) {
            P::rhs(now, derivative);
            for (int i = 0; i < P::n; i++)
                after[i] = before[i] + 2 * h * derivative[i];
            before = now;
            now = after;
        }
        for (int i = 0; i < P::n; i++) {
            Real value = now[i];
            for (int k = 1; k <= column; k++) {
                const Real ratio = Real(substeps) / (2 * (column - k + 1)), better = value + (value - row[k - 1][i]) / (ratio * ratio - 1);
                row[k - 1][i] = value;
                value = better;
            }
            row[column][i] = value;
        }
    }
    result = row[columns - 1];
    Real error = 0;
    for (int i = 0; i < P::n; i++)
        error = std::max(error, fabsq(result[i] - row[columns - 2][i]) / (Real(P::absolute_scale) + fabsq(y[i])));
    return error;
}

template <class P> State<P> solve(Real tolerance) {
    State<P> y, next;
    std::copy(P::y0.begin(), P::y0.end(), y.begin());
    Real t = 0, step = 1e-6;
    while (t < P::t1) {
        const bool last = t + Real(1.001) * step >= P::t1;
        if (last)
            step = P::t1 - t;
        const Real error = extrapolate<P>(y, step, next) / tolerance;
        if (error <= 1) {
            y = next;
            t = last ? Real(P::t1) : t + step;
        }
        // Written so that an error that is not a number shortens the step too.
        step *= error < Real(1e20) ? std::clamp(Real(0.8) * powq(error + Real(1e-30), Real(-1) / 23), Real(0.1), Real(4)) : Real(0.1);
    }
    return y;
}

template <class P> void print() {
    const State<P> rough = solve<P>(1e-22), fine = solve<P>(1e-25);
    Real difference = 0;
    for (int i = 0; i < P::n; i++)
        difference = std::max(difference, fabsq(rough[i] - fine[i]) / (Real(P::absolute_scale) + fabsq(fine[i])));
    std::printf("%s: two tolerances differ by %.1g\n   ", P::name, (double)difference);
    for (const Real value : fine)
        std::printf(" %.17g,", (double)value);
    std::printf("\n");
    std::fflush(stdout);
}

int main() {
    print<LotkaVolterra>();
    print<VanDerPol>();
    print<Lorenz>();
    print<Arenstorf>();
    print<Pleiades>();
    print<Hires>();
    print<Rober>();
}
