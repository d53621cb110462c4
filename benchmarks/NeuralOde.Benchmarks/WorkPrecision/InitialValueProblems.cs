namespace NeuralOde.Benchmarks;

/// <summary>
/// The problems, the same as in benchmarks/peers. The stiff two are those of Hairer and Wanner, Solving ODEs II, section IV.10,
/// with that section's ratio of absolute to relative tolerance.
/// </summary>
internal static class InitialValueProblems
{
    private const double Mu = 0.012277471;

    public static IReadOnlyList<InitialValueProblem> All { get; } =
    [
        new()
        {
            Name = "lotka-volterra",
            Title = "Lotka–Volterra",
            Description = "hares and lynxes: a' = 1.5a − ab, b' = ab − 3b from (10, 5) to t = 15",
            Field = LotkaVolterra,
            InitialState = [10, 5],
            EndTime = 15,
            Reference = [0.71375137809775935, 0.075407796240794689],
            Amplification = 40,
        },
        new()
        {
            Name = "van-der-pol",
            Title = "Van der Pol",
            Description = "the oscillator with μ = 1, not stiff, from (2, 0) to t = 20",
            Field = VanDerPol,
            InitialState = [2, 0],
            EndTime = 20,
            Reference = [2.0081497621749484, -0.04250887527320215],
            Amplification = 7.5,
        },
        new()
        {
            Name = "lorenz",
            Title = "Lorenz",
            Description = "the attractor with σ = 10, ρ = 28, β = 8/3 from (1, 1, 1) to t = 10",
            Field = Lorenz,
            InitialState = [1, 1, 1],
            EndTime = 10,
            Reference = [-4.9026875411346484, -3.743872921802919, 24.690858102790564],
            Amplification = 34,
        },
        new()
        {
            Name = "arenstorf",
            Title = "Arenstorf orbit",
            Description = "a satellite between earth and moon, one period of 17.07, with close passages",
            Field = Arenstorf,
            InitialState = [0.994, 0, 0, -2.00158510637908252240537862224],
            EndTime = 17.0652165601579625588917206249,
            Reference = [0.99399999999990885, -3.0309430232983445e-13, -4.9285365815701528e-11, -2.0015851063932701],
            Amplification = 1.7e5,
        },
        new()
        {
            Name = "pleiades",
            Title = "Pleiades",
            Description = "seven stars in a plane, 28 unknowns, to t = 3",
            Field = Pleiades,
            InitialState = [3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4, 0, 0, 0, 0, 0, 1.75, -1.5, 0, 0, 0, -1.25, 1, 0, 0],
            EndTime = 3,
            Reference =
            [
                0.37061391439705127, 3.2372840920572332, -3.2225590324183235, 0.6597091455775308, 0.34255817071565797, 1.5621721014006311, -0.70030929222124949,
                -3.9434375855173922, -3.2713809739725499, 5.225081843456544, -2.5906124349774693, 1.1982136933922747, -0.24296823449358235, 1.0914492404289797,
                3.4170038063143147, 1.3545845016255011, -2.5900655978107756, 2.0250537347142412, -1.1558151001604491, -0.80729881702230222, 0.59523963542087188,
                -3.7412449612340084, 0.37734596857506292, 0.93868588695510791, 0.36679222272005696, -0.34740463538084942, 2.3449154481809371, -1.947020434263292,
            ],
            Amplification = 3700,
        },
        new()
        {
            Name = "hires",
            Title = "HIRES",
            Description = "stiff: eight chemical reactants of a plant's response to light, to t = 321.8122",
            Field = Hires,
            InitialState = [1, 0, 0, 0, 0, 0, 0, 0.0057],
            EndTime = 321.8122,
            Reference =
            [
                0.00073713125733255416, 0.00014424857263161596, 5.8887297409673387e-05, 0.0011756513432831254,
                0.0023863561988309492, 0.0062389682527415995, 0.0028499983951855009, 0.0028500016048144993,
            ],
            AbsoluteScale = 1e-4,
            Amplification = 95,
            IsStiff = true,
        },
        new()
        {
            Name = "rober",
            Title = "ROBER",
            Description = "stiff: Robertson's three reactants from (1, 0, 0) to t = 100; the second stays near 1e-5",
            Field = Rober,
            InitialState = [1, 0, 0],
            EndTime = 100,
            Reference = [0.6172348823960877, 6.1535912746391229e-06, 0.38275896401263759],
            AbsoluteScale = 1e-6,
            Amplification = 1.4,
            IsStiff = true,
        },
    ];

    private static void LotkaVolterra(double t, ReadOnlySpan<double> y, Span<double> dydt)
    {
        double a = y[0], b = y[1], meetings = a * b;
        dydt[1] = meetings - 3.0 * b;
        dydt[0] = 1.5 * a - meetings;
    }

    private static void VanDerPol(double t, ReadOnlySpan<double> y, Span<double> dydt)
    {
        double x = y[0], v = y[1];
        dydt[1] = (1.0 - x * x) * v - x;
        dydt[0] = v;
    }

    private static void Lorenz(double t, ReadOnlySpan<double> y, Span<double> dydt)
    {
        double z = y[2], x = y[0], u = y[1];
        dydt[2] = x * u - 8.0 / 3.0 * z;
        dydt[0] = 10.0 * (u - x);
        dydt[1] = x * (28.0 - z) - u;
    }

    private static void Arenstorf(double t, ReadOnlySpan<double> state, Span<double> derivative)
    {
        const double M = 1.0 - Mu;
        double vy = state[3], x = state[0], y = state[1], vx = state[2];
        double p = x + Mu, q = x - M;
        double d1 = p * p + y * y, d2 = q * q + y * y;
        d1 *= Math.Sqrt(d1);
        d2 *= Math.Sqrt(d2);
        derivative[3] = y - 2.0 * vx - M * y / d1 - Mu * y / d2;
        derivative[2] = x + 2.0 * vy - M * p / d1 - Mu * q / d2;
        derivative[1] = vy;
        derivative[0] = vx;
    }

    /// <summary>Seven x, seven y, then their velocities; the masses are 1 to 7.</summary>
    private static void Pleiades(double t, ReadOnlySpan<double> w, Span<double> dwdt)
    {
        const int Stars = 7;
        ReadOnlySpan<double> x = w[..Stars], y = w[Stars..(2 * Stars)];
        Span<double> ax = dwdt[(2 * Stars)..(3 * Stars)], ay = dwdt[(3 * Stars)..(4 * Stars)];
        w[(2 * Stars)..(4 * Stars)].CopyTo(dwdt);
        ax.Clear();
        ay.Clear();
        for (int i = 0; i < Stars; i++)
        {
            double xi = x[i], yi = y[i], sumX = 0, sumY = 0;
            for (int j = 0; j < i; j++)
            {
                double dx = x[j] - xi, dy = y[j] - yi, r2 = dx * dx + dy * dy;
                double c = 1.0 / (r2 * Math.Sqrt(r2)), cx = c * dx, cy = c * dy;
                sumX += (j + 1) * cx;
                sumY += (j + 1) * cy;
                ax[j] -= (i + 1) * cx;
                ay[j] -= (i + 1) * cy;
            }

            ax[i] += sumX;
            ay[i] += sumY;
        }
    }

    private static void Hires(double t, ReadOnlySpan<double> y, Span<double> dydt)
    {
        double y8 = y[7], y1 = y[0], y2 = y[1], y3 = y[2], y4 = y[3], y5 = y[4], y6 = y[5], y7 = y[6];
        double reaction = 280.0 * y6 * y8, last = reaction - 1.81 * y7;
        dydt[7] = -last;
        dydt[0] = -1.71 * y1 + 0.43 * y2 + 8.32 * y3 + 0.0007;
        dydt[1] = 1.71 * y1 - 8.75 * y2;
        dydt[2] = -10.03 * y3 + 0.43 * y4 + 0.035 * y5;
        dydt[3] = 8.32 * y2 + 1.71 * y3 - 1.12 * y4;
        dydt[4] = -1.745 * y5 + 0.43 * y6 + 0.43 * y7;
        dydt[5] = -reaction + 0.69 * y4 + 1.71 * y5 - 0.43 * y6 + 0.69 * y7;
        dydt[6] = last;
    }

    private static void Rober(double t, ReadOnlySpan<double> y, Span<double> dydt)
    {
        double y3 = y[2], y1 = y[0], y2 = y[1];
        double slow = 0.04 * y1, middle = 1e4 * y2 * y3, fast = 3e7 * y2 * y2;
        dydt[2] = fast;
        dydt[0] = middle - slow;
        dydt[1] = slow - middle - fast;
    }
}
