// The problems of the work-precision diagrams, for any number type; the same numbers as in WorkPrecisionProblems.cs.
#pragma once
#include <array>
#include <cmath>

// Boost's number types and __float128 bring their own; this one is found for double.
using std::sqrt;

struct LotkaVolterra {
    static constexpr int n = 2;
    static constexpr bool stiff = false;
    static constexpr const char* name = "lotka-volterra";
    static constexpr double t1 = 15.0, absolute_scale = 1.0;
    static constexpr std::array<double, n> y0 = {10.0, 5.0};
    template <class Y, class D> static void rhs(const Y& y, D& d) {
        d[0] = 1.5 * y[0] - y[0] * y[1];
        d[1] = y[0] * y[1] - 3.0 * y[1];
    }
};

struct VanDerPol {
    static constexpr int n = 2;
    static constexpr bool stiff = false;
    static constexpr const char* name = "van-der-pol";
    static constexpr double t1 = 20.0, absolute_scale = 1.0;
    static constexpr std::array<double, n> y0 = {2.0, 0.0};
    template <class Y, class D> static void rhs(const Y& y, D& d) {
        d[0] = y[1];
        d[1] = (1.0 - y[0] * y[0]) * y[1] - y[0];
    }
};

struct Lorenz {
    static constexpr int n = 3;
    static constexpr bool stiff = false;
    static constexpr const char* name = "lorenz";
    static constexpr double t1 = 10.0, absolute_scale = 1.0;
    static constexpr std::array<double, n> y0 = {1.0, 1.0, 1.0};
    template <class Y, class D> static void rhs(const Y& y, D& d) {
        d[0] = 10.0 * (y[1] - y[0]);
        d[1] = y[0] * (28.0 - y[2]) - y[1];
        d[2] = y[0] * y[1] - 8.0 / 3.0 * y[2];
    }
};

struct Arenstorf {
    static constexpr int n = 4;
    static constexpr bool stiff = false;
    static constexpr const char* name = "arenstorf";
    static constexpr double t1 = 17.0652165601579625588917206249, absolute_scale = 1.0;
    static constexpr std::array<double, n> y0 = {0.994, 0.0, 0.0, -2.00158510637908252240537862224};
    template <class Y, class D> static void rhs(const Y& y, D& d) {
        const double mu = 0.012277471, m = 1.0 - mu;
        const auto p = y[0] + mu, q = y[0] - m;
        auto d1 = p * p + y[1] * y[1], d2 = q * q + y[1] * y[1];
        d1 = d1 * sqrt(d1);
        d2 = d2 * sqrt(d2);
        d[0] = y[2];
        d[1] = y[3];
        d[2] = y[0] + 2.0 * y[3] - m * p / d1 - mu * q / d2;
        d[3] = y[1] - 2.0 * y[2] - m * y[1] / d1 - mu * y[1] / d2;
    }
};

// Seven stars in a plane: seven x, seven y, then their velocities.
struct Pleiades {
    static constexpr int n = 28;
    static constexpr bool stiff = false;
    static constexpr const char* name = "pleiades";
    static constexpr double t1 = 3.0, absolute_scale = 1.0;
    static constexpr std::array<double, n> y0 = {3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0};
    template <class Y, class D> static void rhs(const Y& w, D& d) {
        for (int i = 0; i < 14; i++) {
            d[i] = w[14 + i];
            d[14 + i] = 0.0;
        }
        for (int i = 0; i < 7; i++)
            for (int j = 0; j < i; j++) {
                const auto dx = w[j] - w[i], dy = w[7 + j] - w[7 + i], r2 = dx * dx + dy * dy;
                const auto c = 1.0 / (r2 * sqrt(r2)), cx = c * dx, cy = c * dy;
                d[14 + i] += (j + 1) * cx;
                d[21 + i] += (j + 1) * cy;
                d[14 + j] -= (i + 1) * cx;
                d[21 + j] -= (i + 1) * cy;
            }
    }
};

// High irradiance response of photomorphogenesis (Schaefer 1975; Hairer & Wanner, Solving ODEs II, section IV.10).
struct Hires {
    static constexpr int n = 8;
    static constexpr bool stiff = true;
    static constexpr const char* name = "hires";
    static constexpr double t1 = 321.8122, absolute_scale = 1e-4;
    static constexpr std::array<double, n> y0 = {1, 0, 0, 0, 0, 0, 0, 0.0057};
    template <class Y, class D> static void rhs(const Y& y, D& d) {
        const auto r = 280.0 * y[5] * y[7];
        d[0] = -1.71 * y[0] + 0.43 * y[1] + 8.32 * y[2] + 0.0007;
        d[1] = 1.71 * y[0] - 8.75 * y[1];
        d[2] = -10.03 * y[2] + 0.43 * y[3] + 0.035 * y[4];
        d[3] = 8.32 * y[1] + 1.71 * y[2] - 1.12 * y[3];
        d[4] = -1.745 * y[4] + 0.43 * y[5] + 0.43 * y[6];
        d[5] = -r + 0.69 * y[3] + 1.71 * y[4] - 0.43 * y[5] + 0.69 * y[6];
        d[6] = r - 1.81 * y[6];
        d[7] = -d[6];
    }
    template <class Y, class M> static void jacobian(const Y& y, M& j) {
        for (int i = 0; i < n; i++)
            for (int k = 0; k < n; k++)
                j(i, k) = 0.0;
        j(0, 0) = -1.71, j(0, 1) = 0.43, j(0, 2) = 8.32;
        j(1, 0) = 1.71, j(1, 1) = -8.75;
        j(2, 2) = -10.03, j(2, 3) = 0.43, j(2, 4) = 0.035;
        j(3, 1) = 8.32, j(3, 2) = 1.71, j(3, 3) = -1.12;
        j(4, 4) = -1.745, j(4, 5) = 0.43, j(4, 6) = 0.43;
        j(5, 3) = 0.69, j(5, 4) = 1.71, j(5, 5) = -280.0 * y[7] - 0.43, j(5, 6) = 0.69, j(5, 7) = -280.0 * y[5];
        j(6, 5) = 280.0 * y[7], j(6, 6) = -1.81, j(6, 7) = 280.0 * y[5];
        j(7, 5) = -280.0 * y[7], j(7, 6) = 1.81, j(7, 7) = -280.0 * y[5];
    }
};

// An autocatalytic reaction (Robertson 1966; ibid.).
struct Rober {
    static constexpr int n = 3;
    static constexpr bool stiff = true;
    static constexpr const char* name = "rober";
    static constexpr double t1 = 100.0, absolute_scale = 1e-6;
    static constexpr std::array<double, n> y0 = {1, 0, 0};
    template <class Y, class D> static void rhs(const Y& y, D& d) {
        const auto slow = 0.04 * y[0], middle = 1e4 * y[1] * y[2], fast = 3e7 * y[1] * y[1];
        d[0] = middle - slow;
        d[1] = slow - middle - fast;
        d[2] = fast;
    }
    template <class Y, class M> static void jacobian(const Y& y, M& j) {
        j(0, 0) = -0.04, j(0, 1) = 1e4 * y[2], j(0, 2) = 1e4 * y[1];
        j(1, 0) = 0.04, j(1, 1) = -1e4 * y[2] - 6e7 * y[1], j(1, 2) = -1e4 * y[1];
        j(2, 0) = 0.0, j(2, 1) = 6e7 * y[1], j(2, 2) = 0.0;
    }
};
