using CsCheck;

namespace NeuralOde.Tests.Kernels;

/// <summary>The step-size law and what it is made of; the error norms are in <see cref="StageKernelsTests"/>.</summary>
public class ErrorKernelsTests
{
    private static readonly Gen<double> Error = Gen.OneOf(Gen.Double[1e-6, 10], Batches.OneOf(0.0, 1e-320, 1e300, double.NaN, double.PositiveInfinity));

    public static TheoryData<int> Widths => VectorWidths.All;

    [Theory]
    [MemberData(nameof(Widths))]
    public void The_power_law_of_a_sample_does_not_depend_on_the_others(int width)
    {
        ErrorKernels kernels = VectorWidths.OfSolvers[width].Errors;
        Gen.Select(Error.Array[8], Gen.Double[1e-4, 1].Array[8]).Sample((errors, previous) =>
        {
            var factors = new double[8];
            kernels.PowerLaw(errors, 0.17, previous, -0.04, previous, 0.0, factors);
            for (int i = 0; i < 8; i++)
            {
                var alone = new double[1];
                kernels.PowerLaw([errors[i]], 0.17, [previous[i]], -0.04, [previous[i]], 0.0, alone);
                factors.AsSpan(i, 1).ToArray().ShouldHaveTheBitsOf(alone, $"error {errors[i]}");
                double expected = Math.Pow(errors[i], 0.17) / Math.Pow(previous[i], 0.04);
                if (double.IsFinite(expected) && errors[i] > 1e-300)
                    factors[i].Should().BeApproximately(expected, 1e-11 * expected, $"error {errors[i]}");
            }
        }, iter: 500);
    }

    [Fact]
    public void The_power_law_has_the_same_bits_in_every_width() => Gen.Select(Error.Array[24], Gen.Double[1e-4, 1].Array[24]).Sample((errors, previous) =>
    {
        double[] widest = PowerLaw(VectorWidths.OfSolvers[0].Errors);
        foreach (SolverKernels kernels in VectorWidths.OfSolvers)
        {
            PowerLaw(kernels.Errors).ShouldHaveTheBitsOf(widest, kernels.Name);
            kernels.Errors.PowerLaw(errors[0], 0.2).Should().Be(VectorWidths.OfSolvers[0].Errors.PowerLaw(errors[0], 0.2));
        }

        double[] PowerLaw(ErrorKernels kernels)
        {
            var factors = new double[24];
            kernels.PowerLaw(errors, 0.17, previous, -0.04, previous, 0.01, factors);
            return factors;
        }
    }, iter: 500);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Two_error_estimates_are_taken_together_as_in_DOP853(int width)
    {
        double[] errors = [3.0, 0.5, 0.0, 0.0, 1e-200, 1e200, double.NaN, 0.0];
        double[] second = [40.0, 0.0, 7.0, 0.0, 1e-190, 1e200, 1.0, double.NaN];

        VectorWidths.OfSolvers[width].Errors.CombineEstimates(errors, second);

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
    public void Binary_logarithms_and_powers_of_two_are_right_to_eleven_digits_in_every_width()
    {
        Check<Lanes512<double>>();
        Check<Lanes256<double>>();
        Check<Lanes128<double>>();
        Check<Lanes1<double>>();

        static void Check<TVector>()
            where TVector : unmanaged, IVector<double, TVector>
        {
            double[] exponents = [.. Batches.Random(1000, 1), .. Batches.Random(1000, 2).Select(x => 490 * x), 0, 1, -1, 0.5, -0.5, 999, -990];
            foreach (double x in exponents)
            {
                double power = ErrorArithmetic<TVector>.PowerOfTwo(TVector.Broadcast(x)).First;
                power.Should().BeApproximately(Math.Pow(2, x), 1e-11 * Math.Pow(2, x), $"2^{x:R}");
                double argument = Math.Pow(2, x);
                double logarithm = ErrorArithmetic<TVector>.Log2(TVector.Broadcast(argument)).First;
                logarithm.Should().BeApproximately(Math.Log2(argument), 1e-11 * Math.Max(1, Math.Abs(x)), $"log {argument:R}");
            }
        }
    }

    [Fact]
    public void Binary_logarithms_and_powers_of_two_have_the_same_bits_in_every_width() => Gen.OneOf(Gen.Double[-1100, 1100], Error).Sample(x =>
    {
        (double Log, double Power) expected = Of<Lanes512<double>>();
        Of<Lanes256<double>>().Should().Be(expected);
        Of<Lanes128<double>>().Should().Be(expected);
        Of<Lanes1<double>>().Should().Be(expected);

        (double Log, double Power) Of<TVector>()
            where TVector : unmanaged, IVector<double, TVector> =>
            (ErrorArithmetic<TVector>.Log2(TVector.Broadcast(x)).First, ErrorArithmetic<TVector>.PowerOfTwo(TVector.Broadcast(x)).First);
    }, iter: 2000);
}
