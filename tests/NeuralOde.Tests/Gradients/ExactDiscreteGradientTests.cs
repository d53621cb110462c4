using NeuralOde.Tests.Solving;

namespace NeuralOde.Tests.Gradients;

/// <summary>With fixed steps the computed solution is one smooth function of z0 and θ, and the discrete adjoint its gradient to rounding.</summary>
public sealed class ExactDiscreteGradientTests
{
    private static readonly OdeMethod[] Methods = [.. OdeMethod.All.Where(method => method.HasGradient), Tableaux.Kutta3, Tableaux.CashKarp5];

    public static TheoryData<string, string, bool> Cases()
    {
        var cases = new TheoryData<string, string, bool>();
        foreach (OdeMethod method in Methods)
        {
            foreach (string field in GradientProblems.FieldNames)
            {
                cases.Add(method.Name, field, false);
                cases.Add(method.Name, field, true);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_discrete_adjoint_is_exact_however_coarse_the_steps(string methodName, string field, bool stepToOutputTimes)
    {
        var options = new OdeSolverOptions
        {
            Method = Methods.Single(method => method.Name == methodName),
            FixedStep = 0.23,
            StepToOutputTimes = stepToOutputTimes,
        };
        foreach (int samples in new[] { 1, 9 })
        {
            GradientProblem problem = GradientProblems.Ragged(GradientProblems.Field(field), samples);

            LossGradient gradient = GradientHarness.Compute(GradientMethod.DiscreteAdjoint(), options, problem);

            double[] parameters = FiniteDifferences.Parameters(problem, options);
            double[][] initialStates = FiniteDifferences.InitialStates(problem, options);
            LossGradient.RelativeDifference(gradient.Parameters, parameters).Should().BeLessThan(1e-10);
            LossGradient.RelativeDifference(LossGradient.Flat(gradient.InitialStates), LossGradient.Flat(initialStates)).Should().BeLessThan(1e-10);
        }
    }

    [Fact]
    public void A_backward_pass_takes_one_product_for_every_evaluation_that_the_accepted_steps_used()
    {
        GradientProblem problem = GradientProblems.One("network", "end only") with { Loss = (_, output, state, cotangent) => output == 1 ? cotangent[0] = 1.0 : 0.0 };
        GradientEngine engine = GradientMethod.DiscreteAdjoint().CreateEngine(problem.Field, new OdeSolverOptions { FixedStep = 0.1 }, samples: 1);

        new GradientHarness(problem, engine).Compute();

        engine.ForwardStatistics.AcceptedSteps.Should().Be(11);
        engine.BackwardStatistics.VectorJacobianProducts.Should().Be(11 * 6);
    }

    [Fact]
    public void Steps_behind_the_last_output_that_the_loss_looks_at_cost_no_products()
    {
        GradientProblem problem = GradientProblems.One("network", "end only") with
        {
            Times = [[0.0, 0.1, 5.0]],
            Loss = (_, output, state, cotangent) => output == 1 ? cotangent[0] = 1.0 : 0.0,
        };
        GradientEngine engine = GradientMethod.DiscreteAdjoint().CreateEngine(problem.Field, new OdeSolverOptions { FixedStep = 0.1 }, samples: 1);

        new GradientHarness(problem, engine).Compute();

        engine.ForwardStatistics.AcceptedSteps.Should().Be(50);
        engine.BackwardStatistics.VectorJacobianProducts.Should().Be(6);
    }
}
