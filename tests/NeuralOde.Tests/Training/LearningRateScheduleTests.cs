using CsCheck;

namespace NeuralOde.Tests.Training;

public class LearningRateScheduleTests
{
    [Fact]
    public void The_constant_schedule_changes_nothing()
    {
        LearningRateSchedule.Constant.Factor(0, 1).Should().Be(1);
        LearningRateSchedule.Constant.Factor(999, 1000).Should().Be(1);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(9, 1)]
    [InlineData(10, 0.5)]
    [InlineData(19, 0.5)]
    [InlineData(20, 0.25)]
    [InlineData(99, 0.001953125)]
    public void The_staircase_goes_down_exactly_at_its_multiples(int iteration, double expected) =>
        LearningRateSchedule.Step(every: 10, factor: 0.5).Factor(iteration, 100).Should().Be(expected);

    // f + (1 − f) (1 + cos(π i / 100)) / 2 with f = 0.2, where cos(π/4) = 1/√2.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(25, 0.2 + 0.4 * (1 + 0.70710678118654752440))]
    [InlineData(50, 0.6)]
    [InlineData(75, 0.2 + 0.4 * (1 - 0.70710678118654752440))]
    [InlineData(100, 0.2)]
    [InlineData(150, 0.2)]
    public void The_cosine_goes_from_one_to_its_final_fraction(int iteration, double expected) =>
        LearningRateSchedule.Cosine(finalFraction: 0.2).Factor(iteration, 100).Should().BeApproximately(expected, 1e-15);

    [Fact]
    public void The_last_iteration_under_a_cosine_to_zero_still_takes_a_step()
    {
        // (1 + cos(π − π/100)) / 2 = sin²(π/200)
        double expected = Math.Pow(Math.Sin(Math.PI / 200), 2);
        LearningRateSchedule.Cosine().Factor(99, 100).Should().BeApproximately(expected, 1e-15).And.BePositive();
    }

    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(1, 0.5)]
    [InlineData(2, 0.75)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(9, 0.5)]
    [InlineData(14, 0)]
    public void A_warm_up_rises_linearly_and_then_the_schedule_begins_over_what_remains(int iteration, double expected) =>
        LearningRateSchedule.Cosine().WithWarmUp(4).Factor(iteration, 14).Should().BeApproximately(expected, 1e-15);

    [Fact]
    public void A_staircase_after_a_warm_up_counts_from_the_end_of_the_warm_up()
    {
        LearningRateSchedule schedule = LearningRateSchedule.Step(10, 0.5).WithWarmUp(5);
        schedule.Factor(14, 100).Should().Be(1);
        schedule.Factor(15, 100).Should().Be(0.5);
    }

    [Fact]
    public void A_warm_up_longer_than_training_ends_below_one() =>
        LearningRateSchedule.Cosine().WithWarmUp(10).Factor(4, 5).Should().Be(0.5);

    [Fact]
    public void Every_factor_is_finite_and_between_zero_and_one()
    {
        var schedule = Gen.OneOf(
            Gen.Const(LearningRateSchedule.Constant),
            Gen.Select(Gen.Int[1, int.MaxValue], Gen.Double[1e-300, 1]).Select((every, factor) => LearningRateSchedule.Step(every, factor)),
            Gen.Double[0, 1].Select(LearningRateSchedule.Cosine));
        var warmedUp = Gen.Select(schedule, Gen.Int[0, int.MaxValue]).Select((s, warmUp) => warmUp == 0 ? s : s.WithWarmUp(warmUp));
        Gen.Select(warmedUp, Gen.Int[0, int.MaxValue], Gen.Int[1, int.MaxValue])
            .Sample((s, iteration, total) => s.Factor(iteration, total) is >= 0 and <= 1);
    }

    [Fact]
    public void Schedules_with_the_same_numbers_are_equal()
    {
        LearningRateSchedule.Cosine(0.1).WithWarmUp(5).Should().Be(LearningRateSchedule.Cosine(0.1).WithWarmUp(5));
        LearningRateSchedule.Cosine(0.1).WithWarmUp(5).Should().NotBe(LearningRateSchedule.Cosine(0.2).WithWarmUp(5));
    }

    [Fact]
    public void Every_number_of_a_schedule_shows_in_its_text_whatever_the_culture()
    {
        string[] texts = Cultures.WithDecimalComma<string[]>(() =>
        [
            LearningRateSchedule.Constant.ToString(), LearningRateSchedule.Step(10, 0.5).ToString(), LearningRateSchedule.Step(11, 0.5).ToString(),
            LearningRateSchedule.Step(10, 0.25).ToString(), LearningRateSchedule.Cosine().ToString(), LearningRateSchedule.Cosine(0.1).ToString(),
            LearningRateSchedule.Cosine(0.1).WithWarmUp(5).ToString(), LearningRateSchedule.Cosine(0.1).WithWarmUp(6).ToString(),
        ]);

        texts.Should().OnlyHaveUniqueItems();
        texts[6].Should().Be("warmUp(iterations=5, then=cosine(finalFraction=0.1))");
    }

    public static TheoryData<string, object, Action> BadNumbers { get; } = new()
    {
        { "every", 0, () => LearningRateSchedule.Step(0, 0.5) },
        { "factor", 0.0, () => LearningRateSchedule.Step(1, 0) },
        { "factor", 1.5, () => LearningRateSchedule.Step(1, 1.5) },
        { "factor", double.NaN, () => LearningRateSchedule.Step(1, double.NaN) },
        { "finalFraction", -0.5, () => LearningRateSchedule.Cosine(-0.5) },
        { "finalFraction", 1.5, () => LearningRateSchedule.Cosine(1.5) },
        { "finalFraction", double.NaN, () => LearningRateSchedule.Cosine(double.NaN) },
        { "iterations", 0, () => LearningRateSchedule.Constant.WithWarmUp(0) },
        { "iteration", -1, () => LearningRateSchedule.Constant.Factor(-1, 10) },
        { "totalIterations", 0, () => LearningRateSchedule.Cosine().Factor(0, 0) },
    };

    [Theory]
    [MemberData(nameof(BadNumbers))]
    public void A_number_outside_its_range_is_refused_by_name_and_value(string name, object bad, Action act) =>
        act.Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name)
            .WithMessage(FormattableString.Invariant($"{name} must be*but it is {bad}.*")).Which.ActualValue.Should().Be(bad);
}
