namespace NeuralOde.Tests.Training;

public class OptimizerTests
{
    [Fact]
    public void Gradient_descent_agrees_with_torch() =>
        ShouldFollow(Optimizer.Sgd(0.1), OptimizerReferences.Sgd);

    [Fact]
    public void Gradient_descent_with_weight_decay_agrees_with_torch() =>
        ShouldFollow(Optimizer.Sgd(0.1, weightDecay: 0.3), OptimizerReferences.SgdWeightDecay);

    [Fact]
    public void Momentum_agrees_with_torch() =>
        ShouldFollow(Optimizer.Sgd(0.1, momentum: 0.9), OptimizerReferences.Momentum);

    [Fact]
    public void Momentum_with_weight_decay_agrees_with_torch() =>
        ShouldFollow(Optimizer.Sgd(0.1, momentum: 0.9, weightDecay: 0.3), OptimizerReferences.MomentumWeightDecay);

    [Fact]
    public void Nesterov_momentum_agrees_with_torch() =>
        ShouldFollow(Optimizer.Sgd(0.1, momentum: 0.9, nesterov: true), OptimizerReferences.Nesterov);

    [Fact]
    public void RmsProp_and_its_defaults_agree_with_torch() =>
        ShouldFollow(Optimizer.RmsProp(), OptimizerReferences.RmsProp);

    [Fact]
    public void RmsProp_with_momentum_agrees_with_torch() =>
        ShouldFollow(Optimizer.RmsProp(0.02, smoothing: 0.9, epsilon: 1e-6, momentum: 0.5), OptimizerReferences.RmsPropMomentum);

    [Fact]
    public void Adam_and_its_defaults_agree_with_torch() =>
        ShouldFollow(Optimizer.Adam(), OptimizerReferences.Adam);

    [Fact]
    public void Adam_with_other_numbers_agrees_with_torch() =>
        ShouldFollow(Optimizer.Adam(0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3), OptimizerReferences.AdamOtherNumbers);

    [Fact]
    public void AdamW_and_its_defaults_agree_with_torch() =>
        ShouldFollow(Optimizer.AdamW(), OptimizerReferences.AdamW);

    [Fact]
    public void AdamW_with_other_numbers_agrees_with_torch() =>
        ShouldFollow(Optimizer.AdamW(0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.3), OptimizerReferences.AdamWOtherNumbers);

    [Fact]
    public void The_first_step_of_Adam_has_the_length_of_the_learning_rate_whatever_the_scale_of_the_gradient()
    {
        // With the bias corrected, m̂ / √v̂ = g / |g| at the first step; without it the step would be (1 − β₁) / √(1 − β₂) ≈ 3.2 times as long.
        double[] parameters = [0, 0, 0];
        Optimizer.Adam(1e-3).CreateState(3).Step(parameters, [1e3, -1, 1e-3], 1e-3);

        parameters[0].Should().BeApproximately(-1e-3, 1e-3 * 1.1e-5);
        parameters[1].Should().BeApproximately(1e-3, 1e-3 * 1.1e-5);
        parameters[2].Should().BeApproximately(-1e-3, 1e-3 * 1.1e-5);
    }

    [Fact]
    public void Without_a_gradient_AdamW_decays_the_parameters_geometrically()
    {
        double[] parameters = [1, -2];
        OptimizerState state = Optimizer.AdamW(0.5, weightDecay: 0.5).CreateState(2);
        for (int step = 0; step < 3; step++)
            state.Step(parameters, [0, 0], learningRate: 0.5);

        parameters.Should().Equal(0.75 * 0.75 * 0.75, -2 * 0.75 * 0.75 * 0.75);
    }

    [Fact]
    public void The_learning_rate_given_to_a_step_is_the_one_used()
    {
        double[] parameters = [1];
        OptimizerState state = Optimizer.Sgd(0.1, momentum: 0.5).CreateState(1);
        state.Step(parameters, [1], learningRate: 0.25);
        state.Step(parameters, [1], learningRate: 0);
        parameters[0].Should().Be(0.75);

        state.Step(parameters, [1], learningRate: 1);
        parameters[0].Should().Be(0.75 - 1.75, "the buffer has gone on collecting gradients");
    }

    [Fact]
    public void Optimizers_with_the_same_numbers_are_equal_and_have_the_same_text()
    {
        Optimizer.Adam(1e-3).Should().Be(Optimizer.Adam());
        Optimizer.Adam(1e-3).ToString().Should().Be(Optimizer.Adam().ToString());
        Optimizer.Adam(1e-3).Should().NotBe(Optimizer.Adam(2e-3));
    }

    [Fact]
    public void Every_number_of_an_optimizer_shows_in_its_text()
    {
        string[] texts =
        [
            Optimizer.Sgd(0.1).ToString(), Optimizer.Sgd(Math.BitIncrement(0.1)).ToString(), Optimizer.Sgd(0.1, 0.9).ToString(), Optimizer.Sgd(0.1, 0.9, true).ToString(),
            Optimizer.Sgd(0.1, weightDecay: 0.1).ToString(), Optimizer.RmsProp().ToString(), Optimizer.RmsProp(0.1).ToString(), Optimizer.RmsProp(smoothing: 0.9).ToString(),
            Optimizer.RmsProp(epsilon: 1e-7).ToString(), Optimizer.RmsProp(momentum: 0.9).ToString(), Optimizer.Adam().ToString(), Optimizer.Adam(0.1).ToString(),
            Optimizer.Adam(beta1: 0.8).ToString(), Optimizer.Adam(beta2: 0.9).ToString(), Optimizer.Adam(epsilon: 1e-7).ToString(), Optimizer.AdamW().ToString(),
        ];

        texts.Should().OnlyHaveUniqueItems();
        texts[2].Should().Be("sgd(learningRate=0.1, momentum=0.9, nesterov=False, weightDecay=0)");
    }

    [Fact]
    public void The_text_does_not_depend_on_the_culture()
    {
        string expected = Optimizer.RmsProp(0.125).ToString();
        Cultures.WithDecimalComma(() => Optimizer.RmsProp(0.125).ToString()).Should().Be(expected);
    }

    [Fact]
    public void A_copy_with_another_learning_rate_keeps_the_other_numbers()
    {
        Optimizer copy = Optimizer.Adam(1e-3, beta1: 0.8) with { LearningRate = 1e-4 };
        copy.Should().Be(Optimizer.Adam(1e-4, beta1: 0.8));

        Action negative = () => _ = copy with { LearningRate = -1 };
        negative.Should().Throw<ArgumentOutOfRangeException>().WithMessage("*LearningRate*-1*");
    }

    public static TheoryData<string, double, Func<double, Optimizer>> BadNumbers { get; } = new()
    {
        { "learningRate", 0, bad => Optimizer.Sgd(bad) },
        { "learningRate", double.NaN, bad => Optimizer.Sgd(bad) },
        { "learningRate", double.PositiveInfinity, bad => Optimizer.RmsProp(bad) },
        { "learningRate", -1, bad => Optimizer.Adam(bad) },
        { "learningRate", -2.5, bad => Optimizer.AdamW(bad) },
        { "momentum", 1, bad => Optimizer.Sgd(0.1, momentum: bad) },
        { "momentum", -0.5, bad => Optimizer.RmsProp(momentum: bad) },
        { "weightDecay", -0.5, bad => Optimizer.Sgd(0.1, weightDecay: bad) },
        { "weightDecay", double.PositiveInfinity, bad => Optimizer.AdamW(weightDecay: bad) },
        { "smoothing", 1.5, bad => Optimizer.RmsProp(smoothing: bad) },
        { "epsilon", 0, bad => Optimizer.RmsProp(epsilon: bad) },
        { "epsilon", double.NaN, bad => Optimizer.Adam(epsilon: bad) },
        { "epsilon", -1, bad => Optimizer.AdamW(epsilon: bad) },
        { "beta1", 1, bad => Optimizer.Adam(beta1: bad) },
        { "beta1", double.NaN, bad => Optimizer.AdamW(beta1: bad) },
        { "beta2", 1, bad => Optimizer.Adam(beta2: bad) },
        { "beta2", -0.5, bad => Optimizer.AdamW(beta2: bad) },
    };

    [Theory]
    [MemberData(nameof(BadNumbers))]
    public void A_number_outside_its_range_is_refused_by_name_and_value(string name, double bad, Func<double, Optimizer> create)
    {
        Action act = () => create(bad);
        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name)
            .WithMessage(FormattableString.Invariant($"{name} must be*but it is {bad}.*")).Which.ActualValue.Should().Be(bad);
    }

    [Fact]
    public void Nesterov_without_momentum_is_refused()
    {
        Action act = () => Optimizer.Sgd(0.1, nesterov: true);
        act.Should().Throw<ArgumentException>().WithParameterName("nesterov").WithMessage("*momentum is 0*");
    }

    private static void ShouldFollow(Optimizer optimizer, double[][] reference)
    {
        double[] theta = [.. OptimizerReferences.Start];
        double[] gradient = new double[theta.Length];
        OptimizerState state = optimizer.CreateState(theta.Length);
        for (int step = 0; step < reference.Length; step++)
        {
            OptimizerReferences.Gradient(theta, gradient);
            state.Step(theta, gradient, optimizer.LearningRate);
            for (int i = 0; i < theta.Length; i++)
                theta[i].Should().BeApproximately(reference[step][i], 1e-12, "parameter {0} after step {1}", i, step + 1);
        }
        state.StepCount.Should().Be(reference.Length);
    }
}
