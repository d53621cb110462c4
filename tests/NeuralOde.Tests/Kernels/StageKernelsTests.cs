namespace NeuralOde.Tests.Kernels;

public class StageKernelsTests
{
    // 4 and 6 too: of a single sample's components as many as evaluators write at once, and more.
    private static readonly int[] Sizes = [.. Batches.Sizes, 4, 6];
    private static readonly int[] Indices = [0, 2, 3];
    private static readonly double[] Coefficients = [0.5, -1.25, 2.0];

    public static TheoryData<int> Counts => Batches.AllCounts;

    public static TheoryData<int> Widths => VectorWidths.All;

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
        double[] norms = stage.ErrorNorms(), maxima = stage.ErrorNorms(takesMaximum: true);
        for (int s = 0; s < samples; s++)
        {
            double sum = 0, maximum = 0;
            for (int i = 0; i < stage.Dimension; i++)
            {
                double error = stage.Steps[s] * Indices.Select((stageIndex, j) => Coefficients[j] * stage.K[stageIndex][s][i]).Sum();
                double scale = 1e-3 * (i + 1) + 1e-2 / (i + 1) * Math.Max(Math.Abs(stage.Y[s][i]), Math.Abs(stage.After[s][i]));
                sum += Math.Pow(error / scale, 2);
                maximum = Math.Max(maximum, Math.Abs(error / scale));
            }

            norms[s].Should().BeApproximately(Math.Sqrt(sum / stage.Dimension), 1e-12 * Math.Sqrt(sum), $"{stage}, sample {s}");
            maxima[s].Should().BeApproximately(maximum, 1e-12 * Math.Sqrt(sum), $"{stage}, sample {s}");
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_scaled_norm_is_that_of_plain_loops(int samples) => ForEverySize(samples, stage =>
    {
        foreach (bool subtracts in new[] { false, true })
        {
            double[] norms = stage.ScaledNorms(subtracts, takesMaximum: false), maxima = stage.ScaledNorms(subtracts, takesMaximum: true);
            for (int s = 0; s < samples; s++)
            {
                double[] ratios = [.. Enumerable.Range(0, stage.Dimension).Select(i => Math.Abs(stage.K[0][s][i] - (subtracts ? stage.K[1][s][i] : 0))
                    / (1e-3 * (i + 1) + 1e-2 / (i + 1) * Math.Max(Math.Abs(stage.Y[s][i]), Math.Abs(stage.After[s][i]))))];
                double tolerance = 1e-12 * ratios.Max() * stage.Dimension;
                norms[s].Should().BeApproximately(Math.Sqrt(ratios.Sum(ratio => ratio * ratio) / stage.Dimension), tolerance, $"{stage}, sample {s}");
                maxima[s].Should().BeApproximately(ratios.Max(), tolerance, $"{stage}, sample {s}");
            }
        }
    });

    [Theory]
    [MemberData(nameof(Counts))]
    public void Every_width_gives_the_bits_of_the_widest(int samples) => ForEverySize(samples, stage =>
    {
        Stage widest = stage with { Kernels = VectorWidths.OfSolvers[0] };
        stage.Combine().ShouldHaveTheBitsOf(widest.Combine(), $"{stage}");
        foreach (bool takesMaximum in new[] { false, true })
        {
            stage.ErrorNorms(takesMaximum).ShouldHaveTheBitsOf(widest.ErrorNorms(takesMaximum), $"{stage}");
            stage.ScaledNorms(subtracts: true, takesMaximum).ShouldHaveTheBitsOf(widest.ScaledNorms(subtracts: true, takesMaximum), $"{stage}");
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
        stage.Kernels.Stages.Select(stage.Layout, stage.Dimension, Batches.PackRow(stage.Layout, mask), source, selected);
        stage.Kernels.Stages.Scale(stage.Layout, stage.Dimension, Batches.PackRow(stage.Layout, mask), source, scaled);
        for (int s = 0; s < samples; s++)
        {
            Batches.Unpack(stage.Layout, selected, stage.Dimension)[s].ShouldHaveTheBitsOf(mask[s] == 0 ? stage.Y[s] : stage.K[0][s], $"{stage}, sample {s}");
            Batches.Unpack(stage.Layout, scaled, stage.Dimension)[s].ShouldBeNear([.. stage.K[0][s].Select(k => mask[s] * k)], 0.0, $"{stage}, sample {s}");
        }
    });

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_factor_of_zero_removes_what_is_not_finite(int width)
    {
        var result = new double[8];
        VectorWidths.OfSolvers[width].Stages.Scale(new BatchLayout(8), 1, [0, 1, 0, 1, 0, 1, 0, 1], [double.NaN, 2, double.PositiveInfinity, 2, -1, 2, 0, 2], result);
        result.Should().Equal(0, 2, 0, 2, 0, 2, 0, 2);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Whole_buffers_are_added_summed_and_negated_as_by_plain_loops(int width)
    {
        StageKernels kernels = VectorWidths.OfSolvers[width].Stages;
        foreach (int length in new[] { 8, 16, 56 })
        {
            double[][] rows = [Batches.Random(length, 1), Batches.Random(length, 2), Batches.Random(length, 3)];
            double[] added = [.. rows[1]], sums = new double[length], negatives = new double[length];
            kernels.AddScaled(0.3, rows[0], added);
            kernels.SumFromLast([0.5, -2.0, 0.25], rows, sums);
            kernels.Negate(rows[0], negatives);
            added.ShouldBeNear([.. rows[0].Zip(rows[1], (x, y) => y + 0.3 * x)], 1e-15, $"{length}");
            sums.ShouldBeNear([.. rows[0].Select((x, i) => 0.25 * rows[2][i] - 2.0 * rows[1][i] + 0.5 * x)], 0.0, $"{length}");
            negatives.ShouldHaveTheBitsOf([.. rows[0].Select(x => -x)], $"{length}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_single_samples_row_of_one_number_is_added_too(int width)
    {
        double[] row = [2.0];
        VectorWidths.OfSolvers[width].Stages.AddScaled(-0.5, [3.0], row);
        row.Should().Equal(0.5);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_stage_lies_its_node_of_the_step_behind_the_start(int width)
    {
        foreach (int length in new[] { 8, 16, 40 })
        {
            double[] times = Batches.Random(length, 1), steps = Batches.Random(length, 2), result = new double[length];
            VectorWidths.OfSolvers[width].Stages.StageTimes(times, steps, new double[length], 0.3, result);
            result.ShouldBeNear([.. times.Zip(steps, (t, h) => t + 0.3 * h)], 1e-15, $"{length}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_stage_at_the_end_of_the_step_is_at_the_given_end_exactly(int width)
    {
        double[] ends = [0.3, 0.30000000000000004, 1, 2, 3, 4, 5, 6], result = new double[8];
        VectorWidths.OfSolvers[width].Stages.StageTimes(new double[8], new double[8], ends, 1.0, result);
        result.Should().Equal(ends);
    }

    private static void ForEverySize(int samples, Action<Stage> check)
    {
        foreach (SolverKernels kernels in VectorWidths.OfSolvers)
        {
            foreach (int dimension in Sizes)
                check(Stage.Random(kernels, samples, dimension));
        }
    }

    /// <summary>The numbers of a stage with four derivatives, per sample, and the kernels on them.</summary>
    private sealed record Stage(SolverKernels Kernels, int Dimension, double[][] Y, double[][] After, double[] Steps, double[][][] K)
    {
        public BatchLayout Layout { get; } = new(Y.Length);

        public double[] RelativeTolerances { get; } = [.. Enumerable.Range(1, BatchLayout.RoundUp(Dimension)).Select(i => 1e-2 / i)];

        public double[] AbsoluteTolerances { get; } = [.. Enumerable.Range(1, BatchLayout.RoundUp(Dimension)).Select(i => 1e-3 * i)];

        public static Stage Random(SolverKernels kernels, int samples, int dimension) => new(kernels, dimension, Batches.Random(samples, dimension, 1), Batches.Random(samples, dimension, 2),
            Batches.Random(samples, 3), [.. Enumerable.Range(4, 4).Select(seed => Batches.Random(samples, dimension, seed))]);

        public Stage Only(params int[] samples)
        {
            double[][] Copy(double[][] all) => [.. samples.Select(s => (double[])all[s].Clone())];
            return new Stage(Kernels, Dimension, Copy(Y), Copy(After), [.. samples.Select(s => Steps[s])], [.. K.Select(Copy)]);
        }

        public double[] Expected(int sample) => [.. Y[sample].Select((y, i) =>
            y + Steps[sample] * Indices.Select((stage, j) => Coefficients[j] * K[stage][sample][i]).Sum())];

        public double[] Combine()
        {
            var result = new double[Layout.Length(Dimension)];
            Kernels.Stages.Combine(Layout, Dimension, Batches.Pack(Layout, Y), Batches.PackRow(Layout, Steps), Derivatives, Indices, Coefficients, result);
            return result;
        }

        public double[] ErrorNorms(bool takesMaximum = false)
        {
            var norms = new double[Layout.RowLength];
            Kernels.Errors.ErrorNorm(Layout, Dimension, Batches.Pack(Layout, Y), Batches.Pack(Layout, After), Batches.PackRow(Layout, Steps),
                Derivatives, Indices, Coefficients, lastStage: 3, RelativeTolerances, AbsoluteTolerances, takesMaximum, norms);
            return norms;
        }

        public double[] ScaledNorms(bool subtracts, bool takesMaximum)
        {
            var norms = new double[Layout.RowLength];
            double[] subtrahend = subtracts ? Batches.Pack(Layout, K[1]) : [];
            Kernels.Errors.ScaledNorm(Layout, Dimension, Batches.Pack(Layout, K[0]), subtrahend, Batches.Pack(Layout, Y), Batches.Pack(Layout, After),
                RelativeTolerances, AbsoluteTolerances, takesMaximum, norms);
            return norms;
        }

        public override string ToString() => $"{Dimension} components, {Y.Length} samples, {Kernels}";

        private double[] Derivatives => [.. K.SelectMany(k => Batches.Pack(Layout, k))];
    }
}
