// Boost.Numeric.Odeint: the controlled Dormand-Prince 5(4) and Fehlberg 7(8) and the Bulirsch-Stoer method, and for stiff
// problems its Rosenbrock method of order 4 with the Jacobian written out. A Jacobian counts as as many evaluations as it has
// columns, which is what it costs by differences. First step 1e-3.
//
//     g++ -std=c++17 -O3 -march=native boost_odeint.cpp -o boost_odeint && ./boost_odeint
#include <boost/numeric/odeint.hpp>
#include <boost/version.hpp>
#include "problems.hpp"
#include "measure.hpp"

namespace odeint = boost::numeric::odeint;

constexpr double first_step = 1e-3;

template <class P, class Stepper, class MakeStepper> void run(const Arguments& arguments, const char* method, MakeStepper make) {
    using State = std::array<double, P::n>;
    for (const double relative : arguments.tolerances) {
        const double absolute = relative * P::absolute_scale;
        const bool go_on = measure<P>(arguments, "Boost odeint", method, relative, absolute,
            [&](State& end) {
                long evaluations = 0;
                end = P::y0;
                try {
                    odeint::integrate_adaptive(make(absolute, relative), [&](const State& y, State& d, double) { evaluations++; P::rhs(y, d); }, end, 0.0, P::t1, first_step);
                } catch (const std::exception&) {
                    return -1L;
                }
                return evaluations;
            },
            [&] {
                State y = P::y0;
                odeint::integrate_adaptive(make(absolute, relative), [](const State& y, State& d, double) { P::rhs(y, d); }, y, 0.0, P::t1, first_step);
                volatile double sink = y[0];
                (void)sink;
            });
        if (!go_on) return;
    }
}

template <class P> void run_rosenbrock(const Arguments& arguments) {
    using Vector = boost::numeric::ublas::vector<double>;
    using Matrix = boost::numeric::ublas::matrix<double>;
    for (const double relative : arguments.tolerances) {
        const double absolute = relative * P::absolute_scale;
        const auto solve = [&](Vector& y, long& evaluations) {
            y.resize(P::n);
            std::copy(P::y0.begin(), P::y0.end(), y.begin());
            const auto f = [&](const Vector& y, Vector& d, double) { evaluations++; P::rhs(y, d); };
            const auto jacobian = [&](const Vector& y, Matrix& j, const double&, Vector& dfdt) {
                evaluations += P::n;
                P::jacobian(y, j);
                std::fill(dfdt.begin(), dfdt.end(), 0.0);
            };
            odeint::integrate_adaptive(odeint::make_controlled<odeint::rosenbrock4<double>>(absolute, relative), std::make_pair(f, jacobian), y, 0.0, P::t1, first_step);
        };
        Vector y;
        const bool go_on = measure<P>(arguments, "Boost odeint", "rosenbrock4", relative, absolute,
            [&](auto& end) {
                long evaluations = 0;
                try {
                    solve(y, evaluations);
                } catch (const std::exception&) {
                    return -1L;
                }
                std::copy(y.begin(), y.end(), end.begin());
                return evaluations;
            },
            [&] {
                long evaluations = 0;
                solve(y, evaluations);
            });
        if (!go_on) return;
    }
}

template <class P> void run_all(const Arguments& arguments) {
    if (!arguments.problem.empty() && arguments.problem != P::name) return;
    using State = std::array<double, P::n>;
    if constexpr (P::stiff)
        run_rosenbrock<P>(arguments);
    else {
        using Dopri5 = odeint::runge_kutta_dopri5<State>;
        using Fehlberg78 = odeint::runge_kutta_fehlberg78<State>;
        run<P, Dopri5>(arguments, "dopri5", [](double a, double r) { return odeint::make_controlled<Dopri5>(a, r); });
        run<P, Fehlberg78>(arguments, "fehlberg78", [](double a, double r) { return odeint::make_controlled<Fehlberg78>(a, r); });
        run<P, void>(arguments, "bulirsch_stoer", [](double a, double r) { return odeint::bulirsch_stoer<State>(a, r); });
    }
}

int main(int count, char** values) {
    if (count == 2 && std::strcmp(values[1], "--version") == 0) {
        std::printf("Boost %d.%d.%d\n", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
        return 0;
    }
    const Arguments arguments = parse(count, values);
    run_all<LotkaVolterra>(arguments);
    run_all<VanDerPol>(arguments);
    run_all<Lorenz>(arguments);
    run_all<Arenstorf>(arguments);
    run_all<Pleiades>(arguments);
    run_all<Hires>(arguments);
    run_all<Rober>(arguments);
}
