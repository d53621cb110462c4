namespace NeuralOde.Tests.Gradients;

public sealed class RefinementLoopTests
{
    private static readonly SampleParameterError Fine = new() { Error = 1e-9, Scale = 1, LongestStep = 0.5 };

    [Fact]
    public void What_was_refined_is_confirmed_once_with_shorter_steps()
    {
        var engine = new MeasuredEngine(TooLarge(), Fine, Fine);
        engine.Run(minStep: 0).Should().BeNull();
        engine.Limits.Should().Equal(double.PositiveInfinity, 0.5, 0.5 * 0.71);
    }

    [Fact]
    public void What_is_fine_at_once_is_solved_once()
    {
        var engine = new MeasuredEngine(Fine);
        engine.Run(minStep: 0).Should().BeNull();
        engine.Limits.Should().Equal(double.PositiveInfinity);
    }

    [Fact]
    public void No_limit_is_below_the_shortest_step_allowed()
    {
        var engine = new MeasuredEngine(TooLarge(), Fine);
        engine.Run(minStep: 0.4).Should().BeNull();
        engine.Limits.Should().Equal(double.PositiveInfinity, 0.5);
    }

    [Fact]
    public void An_error_that_is_not_a_number_is_too_large()
    {
        var engine = new MeasuredEngine(Fine with { Error = double.NaN }, Fine, Fine);
        engine.Run(minStep: 0).Should().BeNull();
        engine.Limits.Should().HaveCount(3);
        new MeasuredEngine(Fine with { Error = double.NaN }).Run(minStep: 0.5)!.Status.Should().Be(OdeStatus.UnresolvedGradient);
    }

    [Fact]
    public void Nor_is_one_beside_a_solution_that_failed_with_shorter_steps()
    {
        foreach (double scale in new[] { 0.0, 1.0 })
            new MeasuredEngine(SampleParameterError.OfFailure(scale, longestStep: 1)).Run(minStep: 0, absolute: 0).Should().BeNull();
    }

    private static SampleParameterError TooLarge() => new() { Error = 6e-6, Scale = 1, LongestStep = 1 };

    /// <summary>An engine of one sample whose solves have these errors, one after the other.</summary>
    private sealed class MeasuredEngine(params SampleParameterError[] errors) : GradientEngine(new BatchLayout(1), dimension: 1)
    {
        public List<double> Limits { get; } = [];

        public override OutputGrid Grid { get; } = Interval();

        public override ReadOnlySpan<double> Outputs => [];

        public override bool MeasuresErrors { get; set; } = true;

        public override OdeStatistics ForwardStatistics => default;

        public OdeFailure? Run(double minStep, double absolute = 1e-12)
        {
            var options = new OdeSolverOptions { RelativeTolerance = 1e-6, AbsoluteTolerance = absolute, MinStep = minStep };
            var loop = new RefinementLoop(GradientMethod.DiscreteAdjoint().CreateRefinement(options), isShared: false);
            loop.Begin(this, double.PositiveInfinity);
            OdeFailure? failure = null;
            int solve = 0, failedSample = -1;
            do
                ParameterErrors[0] = errors[solve++];
            while (loop.GoesOn(this, ref failure, ref failedSample));
            solve.Should().Be(errors.Length);
            return failure;
        }

        public override void LimitSteps(int sample, double length) => Limits.Add(length);

        public override OdeFailure? Solve(OutputGrid grid, ReadOnlySpan<double> initialStates, out int failedSample, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override bool IsAtStart(int sample, int output) => throw new NotSupportedException();

        public override OdeFailure? Propagate(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override void DifferentiateTimes(ReadOnlySpan<double> cotangents, Span<double> timeGradient) => throw new NotSupportedException();

        private static OutputGrid Interval()
        {
            var grid = new OutputGrid(1);
            grid.Set(0, [0.0, 1.0]);
            return grid;
        }
    }
}
