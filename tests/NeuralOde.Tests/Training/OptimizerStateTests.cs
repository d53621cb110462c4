namespace NeuralOde.Tests.Training;

public class OptimizerStateTests
{
    public static TheoryData<Optimizer, string[]> Optimizers { get; } = new()
    {
        { Optimizer.Sgd(0.1), [] },
        { Optimizer.Sgd(0.1, momentum: 0.9, weightDecay: 0.1), ["momentum_buffer"] },
        { Optimizer.Sgd(0.1, momentum: 0.9, nesterov: true), ["momentum_buffer"] },
        { Optimizer.RmsProp(), ["square_avg"] },
        { Optimizer.RmsProp(momentum: 0.9), ["square_avg", "momentum_buffer"] },
        { Optimizer.Adam(), ["exp_avg", "exp_avg_sq"] },
        { Optimizer.AdamW(), ["exp_avg", "exp_avg_sq"] },
    };

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_restored_state_continues_bit_for_bit(Optimizer optimizer, string[] names)
    {
        double[] parameters = [.. OptimizerReferences.Start];
        OptimizerState state = optimizer.CreateState(parameters.Length);
        Steps(state, parameters, 7);

        double[] resumed = [.. parameters];
        OptimizerState restored = optimizer.CreateState(parameters.Length);
        restored.StepCount = state.StepCount;
        for (int i = 0; i < names.Length; i++)
            state.Buffers[i].Values.CopyTo(restored.Buffers[i].Values, 0);
        Steps(state, parameters, 9);
        Steps(restored, resumed, 9);

        resumed.Should().Equal(parameters);
        restored.StepCount.Should().Be(16);
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void The_buffers_are_named_as_in_torch_and_start_at_zero(Optimizer optimizer, string[] names)
    {
        OptimizerState state = optimizer.CreateState(3);
        state.Buffers.Select(buffer => buffer.Name).Should().Equal(names);
        state.StepCount.Should().Be(0);
        foreach ((_, double[] values) in state.Buffers)
            values.Should().Equal(0, 0, 0);

        double[] parameters = [.. OptimizerReferences.Start];
        Steps(state, parameters, 1);
        foreach ((string name, double[] values) in state.Buffers)
            values.Should().NotContain(0, "{0} holds what the step left there", name);
    }

    [Fact]
    public void Two_states_of_one_optimizer_do_not_share_anything()
    {
        Optimizer optimizer = Optimizer.Adam();
        OptimizerState first = optimizer.CreateState(1), second = optimizer.CreateState(1);
        first.Step([1.0], [1.0], 0.1);

        second.StepCount.Should().Be(0);
        second.Buffers.Should().AllSatisfy(buffer => buffer.Values.Should().Equal(0));
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_step_allocates_nothing(Optimizer optimizer, string[] names)
    {
        double[] parameters = [.. OptimizerReferences.Start];
        OptimizerState state = optimizer.CreateState(parameters.Length);
        Allocations.During(() => Steps(state, parameters, 100)).Should().Be(0, "the {0} buffers exist already", names.Length);
    }

    [Fact]
    public void Spans_of_a_wrong_length_are_refused_and_change_nothing()
    {
        OptimizerState state = Optimizer.Adam().CreateState(3);

        Action parameters = () => state.Step(new double[2], new double[3], 0.1);
        parameters.Should().Throw<ArgumentException>().WithParameterName("parameters").WithMessage("*2 elements*3*");
        Action gradient = () => state.Step(new double[3], new double[4], 0.1);
        gradient.Should().Throw<ArgumentException>().WithParameterName("gradient").WithMessage("*4 elements*3*");
        state.StepCount.Should().Be(0);
    }

    [Theory]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_learning_rate_that_is_negative_or_not_finite_is_refused(double learningRate)
    {
        OptimizerState state = Optimizer.Adam().CreateState(1);
        Action act = () => state.Step(new double[1], new double[1], learningRate);
        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("learningRate").Which.ActualValue.Should().Be(learningRate);
    }

    [Fact]
    public void Negative_counts_are_refused()
    {
        Action size = () => Optimizer.Adam().CreateState(-1);
        size.Should().Throw<ArgumentOutOfRangeException>().WithParameterName("parameterCount").WithMessage("*-1*");
        Action steps = () => Optimizer.Adam().CreateState(1).StepCount = -2;
        steps.Should().Throw<ArgumentOutOfRangeException>().WithMessage("StepCount*-2*");
    }

    private static void Steps(OptimizerState state, double[] parameters, int count)
    {
        Span<double> gradient = stackalloc double[3];
        for (int step = 0; step < count; step++)
        {
            OptimizerReferences.Gradient(parameters, gradient);
            state.Step(parameters, gradient, 0.01);
        }
    }
}
