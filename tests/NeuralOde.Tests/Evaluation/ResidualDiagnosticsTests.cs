using System.Text.Json;

namespace NeuralOde.Tests.Evaluation;

public class ResidualDiagnosticsTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 10)]
    public void They_agree_with_statsmodels_and_scipy(int entry, int lags)
    {
        JsonElement reference = EvaluationReference.Of("residuals");
        ResidualDiagnostics diagnostics = ResidualDiagnostics.Of(reference.Numbers("values"), lags);
        diagnostics.Autocorrelations.ShouldBeNear(reference.Numbers("autocorrelations")[..lags], 1e-14);
        diagnostics.LjungBox.Should().BeApproximately(reference.Numbers("ljungBox")[entry], 1e-12);
        diagnostics.LjungBoxProbability.Should().BeApproximately(reference.Numbers("ljungBoxProbability")[entry], 1e-10);
        diagnostics.JarqueBera.Should().BeApproximately(reference.Number("jarqueBera"), 1e-12);
        diagnostics.JarqueBeraProbability.Should().BeApproximately(reference.Number("jarqueBeraProbability"), 1e-12);
        diagnostics.Mean.Should().BeApproximately(reference.Number("mean"), 1e-15);
        diagnostics.StandardError.Should().BeApproximately(reference.Number("standardError"), 1e-15);
        diagnostics.Count.Should().Be(60);
    }

    [Fact]
    public void A_fifth_of_the_residuals_and_no_more_than_ten_lags_are_looked_at()
    {
        double[] values = EvaluationReference.Of("residuals").Numbers("values");
        ResidualDiagnostics.Of(values).Lags.Should().Be(10);
        ResidualDiagnostics.Of(values[..20]).Lags.Should().Be(4);
        ResidualDiagnostics.Of(values[..4]).LjungBox.Should().Be(double.NaN);
    }

    /// <summary>By hand: two pairs at lag 1, each of product −1; mean 0, variance 1.</summary>
    [Fact]
    public void Gaps_break_pairs_and_nothing_else()
    {
        ResidualDiagnostics diagnostics = ResidualDiagnostics.Of([1.0, -1.0, double.NaN, 1.0, -1.0], lags: 1);
        diagnostics.Count.Should().Be(4);
        diagnostics.Autocorrelations.ShouldBeNear([-0.5], 1e-15);
        // (n + 2)/n · pairs · (mean over pairs)² = 6/4 · 2 · 1.
        diagnostics.LjungBox.Should().BeApproximately(3.0, 1e-14);
    }

    [Fact]
    public void Two_series_do_not_remember_each_other()
    {
        double[] values = [0.3, -1.2, 0.8, 0.1, 1.4, -0.7];
        double apart = ResidualDiagnostics.Of([values[..3], values[3..]], lags: 2).LjungBox;
        double together = ResidualDiagnostics.Of([.. values[..3], double.NaN, double.NaN, .. values[3..]], lags: 2).LjungBox;
        apart.Should().BeApproximately(together, 1e-14);
    }

    [Fact]
    public void Equal_residuals_are_a_mean_without_error()
    {
        ResidualDiagnostics diagnostics = ResidualDiagnostics.Of([0.1, 0.1, 0.1, 0.1, 0.1, 0.1]);
        diagnostics.Mean.Should().Be(0.1);
        diagnostics.StandardError.Should().Be(0.0);
        diagnostics.JarqueBera.Should().Be(double.NaN);
        diagnostics.LjungBox.Should().Be(double.NaN);
    }

    [Fact]
    public void No_residuals_are_NaN() => ResidualDiagnostics.Of([double.NaN]).Should().Match<ResidualDiagnostics>(d => d.Count == 0 && double.IsNaN(d.Mean));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Lags_must_be_below_the_number_of_residuals(int lags) =>
        FluentActions.Invoking(() => ResidualDiagnostics.Of([1.0, 2.0, 3.0], lags)).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void An_infinite_residual_is_refused() =>
        FluentActions.Invoking(() => ResidualDiagnostics.Of([1.0, double.NegativeInfinity])).Should().Throw<ArgumentException>().WithMessage("residuals[1]*");
}
