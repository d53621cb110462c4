using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Solving;

/// <summary>Methods against other implementations of them and against their papers.</summary>
public class PublishedMethodTests
{
    /// <summary>
    /// y at t = 0.2 + 0.4 θ. SciPy 1.10.1: s = scipy.integrate.DOP853(f, 0.2, [1.2, 0.9], 9, first_step=0.4, max_step=0.4, rtol=1e3, atol=1e3);
    /// s.step(); s.dense_output()(0.2 + θ*0.4), with f(t, y) that of <see cref="Problems.NonAutonomous"/>.
    /// </summary>
    private static readonly (double Theta, double[] State)[] ScipyDop853Step =
    [
        (0.1, [1.2452799970938455, 0.8852138493582105]),
        (0.35, [1.3643125398825053, 0.8397490255181839]),
        (0.5, [1.4393760922375856, 0.8079386094835528]),
        (0.8, [1.5961383067595665, 0.738191345013776]),
        (0.95, [1.676957981168687, 0.7018310651002648]),
        (1.0, [1.7041309364071653, 0.6896597753136645]),
    ];

    /// <summary>
    /// The steps of SciPy 1.10.1: solve_ivp(f, (0, 10), [1, 1], method="DOP853", first_step=0.5, rtol=1e-4, atol=1e-4).t, with f that of
    /// <see cref="Problems.LotkaVolterra"/>, but for the last two, which depend on how a solver lands on its end.
    /// </summary>
    private static readonly double[] ScipyDop853Times =
    [
        0.0, 0.5, 1.48903471040436, 1.8436457499072105, 2.198256789410061, 2.4710321753661058, 2.7438075613221504, 3.0841323570699566,
        3.5783522349042443, 4.1818717735430795, 4.824907249722126, 5.242245626978448, 5.52780161976999, 5.813357612561532, 6.095309453981285,
        6.464165740206801, 6.955769323294372, 7.61965172015963, 8.138163073308796, 8.554502940332906, 8.845588923881811, 9.136674907430717, 9.418371918309841,
    ];

    /// <summary>The interpolant of Tsitouras 2011 as the paper's b_i(θ) multiplied out: what θ, θ², θ³, θ⁴ have before them.</summary>
    private static readonly double[][] TsitourasPolynomials =
    [
        [1.0, -2.763706197274826, 2.9132554618219126, -1.0530884977290216],
        [0.0, 0.1317, -0.2234, 0.1017],
        [0.0, 3.9302962368947516, -5.941033872131505, 2.490627285651253],
        [0.0, -12.411077166933676, 30.33818863028232, -16.548102889244902],
        [0.0, 37.50931341651104, -88.1789048947664, 47.37952196281928],
        [0.0, -27.896526289197286, 65.09189467479366, -34.87065786149661],
        [0.0, 1.5, -4.0, 2.5],
    ];

    [Fact]
    public void DormandPrince8_steps_and_interpolates_as_SciPy()
    {
        OdeSolution step = OdeSolver.Solve(Problems.NonAutonomous, [1.2, 0.9], 0.2, 0.2 + 0.4, new OdeSolverOptions { Method = OdeMethod.DormandPrince8, FixedStep = 0.4 });
        foreach ((double theta, double[] state) in ScipyDop853Step)
            step.Evaluate(0.2 + theta * 0.4).ShouldBeNear(state, 2e-15, $"θ = {theta}");
    }

    [Fact]
    public void DormandPrince8_judges_its_steps_as_SciPy()
    {
        var options = new OdeSolverOptions
        {
            Method = OdeMethod.DormandPrince8,
            RelativeTolerance = 1e-4,
            AbsoluteTolerance = 1e-4,
            InitialStep = 0.5,
            Controller = StepSizeController.Integral with { Safety = 0.9, MinimumFactor = 0.2, MaximumFactor = 10.0 },
        };
        OdeSolution solution = OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], 0, 10, options).EnsureSuccess();
        solution.Statistics.RejectedSteps.Should().BePositive();
        solution.Times[..ScipyDop853Times.Length].ToArray().ShouldBeNear(ScipyDop853Times, 1e-9, "both estimates of the error weigh as in SciPy");
    }

    [Fact]
    public void Tsitouras5_interpolates_with_the_polynomials_of_its_paper()
    {
        var weights = new double[7];
        for (double theta = 0.0; theta <= 1.0; theta += 0.0625)
        {
            OdeMethod.Tsitouras5.Tableau!.Interpolant.Weights(theta, weights);
            for (int i = 0; i < 7; i++)
            {
                double[] p = TsitourasPolynomials[i];
                weights[i].Should().BeApproximately(theta * (p[0] + theta * (p[1] + theta * (p[2] + theta * p[3]))), 2e-14, "b_{0} at θ = {1}", i + 1, theta);
            }
        }
    }

    [Fact]
    public void A_method_of_higher_order_takes_less_work_at_a_tight_tolerance()
    {
        long Evaluations(OdeMethod method) => OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0, 10],
            new OdeSolverOptions { Method = method, RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-11 }).EnsureSuccess().Statistics.Evaluations;
        Evaluations(OdeMethod.DormandPrince8).Should().BeLessThan(Evaluations(OdeMethod.Tsitouras5) / 2);
    }

    [Fact]
    public void Every_adaptive_method_reaches_the_tolerance()
    {
        foreach (OdeMethod method in OdeMethod.All.Where(method => method.IsAdaptive))
        {
            double tolerance = method.Order == 2 ? 1e-6 : 1e-8;
            // Comparing with a solution of higher order, TR-BDF2 lets steps grow until their error is a whole tolerance, and the backward
            // differentiation formulas have large errors where they go on for long (SciPy's BDF misses these by 136 tolerances).
            double factor = method == OdeMethod.TrBdf2 || method == OdeMethod.Bdf ? 1000.0 : 200.0;
            OdeSolver.Solve(Problems.LotkaVolterra, [1, 1], [0, 10], new OdeSolverOptions { Method = method, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance })
                .EnsureSuccess().FinalState.ToArray()
                .ShouldBeNear(Reference.Problem("lotka_volterra_gradient", "u_10").Numbers(), factor * tolerance, method.Name);
        }
    }
}
