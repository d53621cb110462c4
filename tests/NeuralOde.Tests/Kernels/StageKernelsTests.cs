using CsCheck;

namespace NeuralOde.Tests.Kernels;

public class StageKernelsTests
{
    private static readonly int[] Indices = [0, 2, 3];
    private static readonly double[] Coefficients = [0.5, -1.25, 2.0];

    public static TheoryData<int> Counts => Batches.AllCounts;

    [Theory]
    [MemberData(nameof(Counts))]
    public void A_stage_is_that_of_plain_loops(int samples) => ForEverySize(samples, stage =>
    {
        double[][] results = Batches.Unpack(stage.Layout, stage.Combine(), stage.Dimension);
        for (int s = 0; s < samples; s++)
            results[s].ShouldBeNear(stage.Expected(s), 1e-14, $"{stage}, sample {s}");
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_error_norm_is_that_of_plain_loops(int samples) => ForEverySize(samples, stage =>
    {
        double[] norms = stage.ErrorNorms();
        for (int s = 0; s < samples; s++)
        {
            double sum = 0;
            for (int i = 0; i < stage.Dimension; i++)
            {
                double error = stage.Steps[s] * Indices.Select((stageIndex, j) => Coefficients[j] * stage.K[stageIndex][s][i]).Sum();
                double scale = 1e-3 * (i + 1) + 1e-2 / (i + 1) * Math.Max(Math.Abs(stage.Y[s][i]), Math.Abs(stage.After[s][i]));
                sum += Math.Pow(error / scale, 2);
            }

            norms[s].Should().BeApproximately(Math.Sqrt(sum / stage.Dimension), 1e-12 * Math.Sqrt(sum), $"{stage}, sample {s}");
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_scaled_norm_is_that_of_plain_loops(int samples) => ForEverySize(samples, stage =>
    {
        foreach (bool subtracts in new[] { false, true })
        {
            var norms = new double[stage.Layout.RowLength];
            double[] subtrahend = subtracts ? Batches.Pack(stage.Layout, stage.K[1]) : [];
            foreach (bool takesMaximum in new[] { false, true })
            {
                ErrorKernels.ScaledNorm(stage.Layout, stage.Dimension, Batches.Pack(stage.Layout, stage.K[0]), subtrahend, Batches.Pack(stage.Layout, stage.Y), Batches.Pack(stage.Layout, stage.After),
                    stage.RelativeTolerances, stage.AbsoluteTolerances, takesMaximum, norms);
                for (int s = 0; s < samples; s++)
                {
                    double[] ratios = [.. Enumerable.Range(0, stage.Dimension).Select(i => Math.Abs(stage.K[0][s][i] - (subtracts ? stage.K[1][s][i] : 0))
                        / (1e-3 * (i + 1) + 1e-2 / (i + 1) * Math.Max(Math.Abs(stage.Y[s][i]), Math.Abs(stage.After[s][i]))))];
                    double expected = takesMaximum ? ratios.Max() : Math.Sqrt(ratios.Sum(ratio => ratio * ratio) / stage.Dimension);
                    norms[s].Should().BeApproximately(expected, 1e-12 * ratios.Max() * stage.Dimension, $"{stage}, sample {s}");
                }
            }
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void Stages_and_error_norms_have_the_same_bits_alone_and_in_a_batch(int samples) => ForEverySize(samples, stage =>
    {
        double[][] results = Batches.Unpack(stage.Layout, stage.Combine(), stage.Dimension);
        double[] norms = stage.ErrorNorms();
        for (int s = 0; s < samples; s++)
        {
            Stage alone = stage.Only(s);
            results[s].ShouldHaveTheBitsOf(alone.Combine().AsSpan(0, stage.Dimension), $"{stage}, sample {s}");
            norms.AsSpan(s, 1).ToArray().ShouldHaveTheBitsOf(alone.ErrorNorms().AsSpan(0, 1), $"{stage}, sample {s}");
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void A_new_state_or_slope_that_is_not_finite_makes_only_its_own_samples_error_norm_so(int samples) => ForEverySize(samples, stage =>
    {
        int bad = samples / 2;
        // −1 is the new state; the others are the stages, one of them without weight in the estimate.
        for (int spoiltStage = -1; spoiltStage < stage.K.Length; spoiltStage++)
        {
            Stage spoilt = stage.Only([.. Enumerable.Range(0, samples)]);
            (spoiltStage < 0 ? spoilt.After : spoilt.K[spoiltStage])[bad][stage.Dimension - 1] = double.PositiveInfinity;
            double[] norms = spoilt.ErrorNorms();
            for (int s = 0; s < samples; s++)
                double.IsFinite(norms[s]).Should().Be(s != bad, $"{stage}, sample {s}");
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void A_step_of_zero_stays_put_whatever_the_derivatives(int samples) => ForEverySize(samples, stage =>
    {
        Stage held = stage.Only([.. Enumerable.Range(0, samples)]);
        int bad = samples - 1;
        held.Steps[bad] = 0.0;
        held.K[2][bad].AsSpan().Fill(double.NaN);
        Batches.Unpack(held.Layout, held.Combine(), held.Dimension)[bad].ShouldHaveTheBitsOf(held.Y[bad], held.ToString());
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void Selecting_and_scaling_touch_the_samples_they_should(int samples) => ForEverySize(samples, stage =>
    {
        double[] mask = [.. Enumerable.Range(0, samples).Select(s => s % 3 == 0 ? 0.0 : s - 1.5)];
        double[] selected = Batches.Pack(stage.Layout, stage.Y), scaled = new double[selected.Length], source = Batches.Pack(stage.Layout, stage.K[0]);
        StageKernels.Select(stage.Layout, stage.Dimension, Batches.PackRow(stage.Layout, mask), source, selected);
        StageKernels.Scale(stage.Layout, stage.Dimension, Batches.PackRow(stage.Layout, mask), source, scaled);
        for (int s = 0; s < samples; s++)
        {
            Batches.Unpack(stage.Layout, selected, stage.Dimension)[s].ShouldHaveTheBitsOf(mask[s] == 0 ? stage.Y[s] : stage.K[0][s], $"{stage}, sample {s}");
            Batches.Unpack(stage.Layout, scaled, stage.Dimension)[s].ShouldBeNear([.. stage.K[0][s].Select(k => mask[s] * k)], 0.0, $"{stage}, sample {s}");
        }
    });

    [Fact]
    public void A_factor_of_zero_removes_what_is_not_finite()
    {
        var result = new double[8];
        StageKernels.Scale(new BatchLayout(8), 1, [0, 1, 0, 1, 0, 1, 0, 1], [double.NaN, 2, double.PositiveInfinity, 2, -1, 2, 0, 2], result);
        result.Should().Equal(0, 2, 0, 2, 0, 2, 0, 2);
    }

    [Fact]
    public void The_power_law_of_a_sample_does_not_depend_on_the_others()
    {
        Gen<double> error = Gen.OneOf(Gen.Double[1e-6, 10], Batches.OneOf(0.0, 1e-320, 1e300, double.NaN, double.PositiveInfinity));
        Gen.Select(error.Array[8], Gen.Double[1e-4, 1].Array[8]).Sample((errors, previous) =>
        {
            var factors = new double[8];
            ErrorKernels.PowerLaw(errors, 0.17, previous, -0.04, previous, 0.0, factors);
            for (int i = 0; i < 8; i++)
            {
                double[] same = new double[8], samePrevious = new double[8], alone = new double[8];
                same.AsSpan().Fill(errors[i]);
                samePrevious.AsSpan().Fill(previous[i]);
                ErrorKernels.PowerLaw(same, 0.17, samePrevious, -0.04, samePrevious, 0.0, alone);
                factors.AsSpan(i, 1).ToArray().ShouldHaveTheBitsOf(alone.AsSpan(0, 1), $"error {errors[i]}");
                double expected = Math.Pow(errors[i], 0.17) / Math.Pow(previous[i], 0.04);
                if (double.IsFinite(expected) && errors[i] > 1e-300)
                    factors[i].Should().BeApproximately(expected, 1e-11 * expected, $"error {errors[i]}");
            }
        }, iter: 1000);
    }

    [Fact]
    public void Two_error_estimates_are_taken_together_as_in_DOP853()
    {
        double[] errors = [3.0, 0.5, 0.0, 0.0, 1e-200, 1e200, double.NaN, 0.0];
        double[] second = [40.0, 0.0, 7.0, 0.0, 1e-190, 1e200, 1.0, double.NaN];

        ErrorKernels.CombineEstimates(errors, second);

        errors[0].Should().BeApproximately(9.0 / 5.0, 1e-15);
        errors[1].Should().Be(0.5);
        errors[2].Should().Be(0.0);
        errors[3].Should().Be(0.0);
        errors[4].Should().BeApproximately(1e-209, 1e-222);
        errors[5].Should().BeApproximately(1e200 / Math.Sqrt(1.01), 1e186);
        errors[6].Should().Be(double.NaN);
        errors[7].Should().Be(double.NaN, "what is not finite rejects a step");
    }

    [Fact]
    public void A_stage_at_the_end_of_the_step_is_at_the_given_end_exactly()
    {
        double[] ends = [0.3, 0.30000000000000004, 1, 2, 3, 4, 5, 6], result = new double[8];
        StageKernels.StageTimes(new double[8], new double[8], ends, 1.0, result);
        result.Should().Equal(ends);
    }

    private static void ForEverySize(int samples, Action<Stage> check)
    {
        foreach (int dimension in Batches.Sizes)
            check(Stage.Random(samples, dimension));
    }

    /// <summary>The numbers of a stage with four derivatives, per sample, and the kernels on them.</summary>
    private sealed record Stage(int Dimension, double[][] Y, double[][] After, double[] Steps, double[][][] K)
    {
        public BatchLayout Layout { get; } = new(Y.Length);

        public double[] RelativeTolerances { get; } = [.. Enumerable.Range(1, BatchLayout.RoundUp(Dimension)).Select(i => 1e-2 / i)];

        public double[] AbsoluteTolerances { get; } = [.. Enumerable.Range(1, BatchLayout.RoundUp(Dimension)).Select(i => 1e-3 * i)];

        public static Stage Random(int samples, int dimension) => new(dimension, Batches.Random(samples, dimension, 1), Batches.Random(samples, dimension, 2),
            Batches.Random(samples, 3), [.. Enumerable.Range(4, 4).Select(seed => Batches.Random(samples, dimension, seed))]);

        public Stage Only(params int[] samples)
        {
            double[][] Copy(double[][] all) => [.. samples.Select(s => (double[])all[s].Clone())];
            return new Stage(Dimension, Copy(Y), Copy(After), [.. samples.Select(s => Steps[s])], [.. K.Select(Copy)]);
        }

        public double[] Expected(int sample) => [.. Y[sample].Select((y, i) =>
            y + Steps[sample] * Indices.Select((stage, j) => Coefficients[j] * K[stage][sample][i]).Sum())];

        public double[] Combine()
        {
            var result = new double[Layout.Length(Dimension)];
            StageKernels.Combine(Layout, Dimension, Batches.Pack(Layout, Y), Batches.PackRow(Layout, Steps), Derivatives, Indices, Coefficients, result);
            return result;
        }

        public double[] ErrorNorms()
        {
            var norms = new double[Layout.RowLength];
            ErrorKernels.ErrorNorm(Layout, Dimension, Batches.Pack(Layout, Y), Batches.Pack(Layout, After), Batches.PackRow(Layout, Steps),
                Derivatives, Indices, Coefficients, lastStage: 3, RelativeTolerances, AbsoluteTolerances, takesMaximum: false, norms);
            return norms;
        }

        public override string ToString() => $"{Dimension} components, {Y.Length} samples";

        private double[] Derivatives => [.. K.SelectMany(k => Batches.Pack(Layout, k))];
    }
}
