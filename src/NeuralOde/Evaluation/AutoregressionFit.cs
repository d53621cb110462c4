using static System.FormattableString;

namespace NeuralOde;

/// <summary>Least squares for <see cref="Baseline.Autoregression(TrajectoryDataset, int?)"/>, and the choice of the order.</summary>
internal static class AutoregressionFit
{
    /// <summary>Observations per unknown that the longest order tried still has.</summary>
    private const int LeastRowsPerUnknown = 3;

    /// <summary>Residuals this much smaller than a standard deviation are rounding.</summary>
    private const double Rounding = 1e-10;

    public static AutoregressionBaseline Fit(TrajectoryDataset training, int? order)
    {
        int dimension = training.Dimension;
        double step = RegularGrid.FindStep(training);
        if (double.IsNaN(step))
            throw new ArgumentException("training has no trajectory of two observations or more.", nameof(training));
        Standardization scaling = Standardization.FromDataset(training);
        var series = new List<double[]>[training.Count];
        for (int k = 0; k < training.Count; k++)
        {
            if (RegularGrid.Refuse(training[k].Times, step, $"training[{k}]") is { } reason)
                throw new ArgumentException($"{reason}. An autoregression needs equal steps.", nameof(training));
            series[k] = RegularGrid.Rows(training[k], step);
            foreach (double[] row in series[k])
                scaling.Apply(row, row);
        }

        if (order is { } given)
        {
            int rows = CountRows(series, given);
            int unknowns = Unknowns(given, dimension);
            if (rows < unknowns)
                throw new ArgumentException(Invariant($"order = {given}: training has {rows} observations with {given} whole ones before; {unknowns} unknowns per component need as many."), nameof(order));
            return new AutoregressionBaseline(scaling, step, given, Regress(series, given, given, dimension).Coefficients);
        }

        int chosen = ChooseOrder(series, LongestOrder(series, dimension), dimension);
        return new AutoregressionBaseline(scaling, step, chosen, Regress(series, chosen, chosen, dimension).Coefficients);
    }

    /// <summary>Schwert's bound, shortened until there are observations enough. G. W. Schwert, J. Bus. Econ. Stat. 7 (1989) 147–159, doi:10.1080/07350015.1989.10509723.</summary>
    private static int LongestOrder(List<double[]>[] series, int dimension)
    {
        int longest = Math.Max(1, (int)(12.0 * Math.Pow(series.Sum(rows => (double)rows.Count) / 100.0, 0.25)));
        while (longest > 0 && CountRows(series, longest) < (long)LeastRowsPerUnknown * Unknowns(longest, dimension))
            longest--;
        return longest > 0 ? longest : throw new ArgumentException(
            Invariant($"training has {CountRows(series, 1)} observations with a whole one before; an autoregression of {dimension} components needs {LeastRowsPerUnknown * Unknowns(1, dimension)}."), "training");
    }

    /// <summary>The order of least ln det Σ + 2 p K² / T, all on the same T observations: Lütkepohl's equation (4.3.2).</summary>
    internal static int ChooseOrder(List<double[]>[] series, int longest, int dimension)
    {
        (int best, double least) = (1, double.PositiveInfinity);
        for (int order = 1; order <= longest; order++)
        {
            (_, double[] covariance, int rows) = Regress(series, order, longest, dimension);
            double criterion = LogDeterminant(covariance, dimension) + (2.0 * order * dimension * dimension / rows);
            if (criterion < least)
                (best, least) = (order, criterion);
        }

        return best;
    }

    /// <summary>Regression on the observations that have <paramref name="before"/> whole ones before.</summary>
    private static (double[] Coefficients, double[] Covariance, int Rows) Regress(List<double[]>[] series, int order, int before, int dimension)
    {
        int unknowns = Unknowns(order, dimension);
        int rows = CountRows(series, before);
        var a = new double[ArrayLength.Of((rows, "observations"), (unknowns, "unknowns"))];
        var b = new double[ArrayLength.Of((rows, "observations"), (dimension, "components"))];
        int row = 0;
        foreach ((List<double[]> values, int n) in UsableRows(series, before))
        {
            Span<double> regressors = a.AsSpan(row * unknowns, unknowns);
            regressors[0] = 1.0;
            for (int lag = 1; lag <= order; lag++)
                values[n - lag].CopyTo(regressors.Slice(1 + ((lag - 1) * dimension), dimension));
            values[n].CopyTo(b, row++ * dimension);
        }

        double[] regressed = (double[])a.Clone();
        double[] residuals = (double[])b.Clone();
        var coefficients = new double[unknowns * dimension];
        LeastSquares.Solve(a, b, rows, unknowns, dimension, coefficients);
        var covariance = new double[dimension * dimension];
        for (int n = 0; n < rows; n++)
        {
            Span<double> residual = residuals.AsSpan(n * dimension, dimension);
            for (int k = 0; k < unknowns; k++)
            {
                double regressor = regressed[(n * unknowns) + k];
                for (int i = 0; i < dimension; i++)
                    residual[i] -= regressor * coefficients[(k * dimension) + i];
            }

            for (int i = 0; i < dimension; i++)
            {
                for (int j = 0; j < dimension; j++)
                    covariance[(i * dimension) + j] += residual[i] * residual[j] / rows;
            }
        }

        return (coefficients, covariance, rows);
    }

    /// <summary>ln det of a covariance to which rounding is added, so that a perfect fit is no better than rounding.</summary>
    private static double LogDeterminant(double[] covariance, int dimension)
    {
        for (int i = 0; i < dimension; i++)
            covariance[(i * dimension) + i] += Rounding * Rounding;
        double sum = 0.0;
        // Gaussian elimination: the matrix is symmetric and positive definite.
        for (int k = 0; k < dimension; k++)
        {
            double pivot = Math.Max(covariance[(k * dimension) + k], Rounding * Rounding);
            sum += Math.Log(pivot);
            for (int i = k + 1; i < dimension; i++)
            {
                double factor = covariance[(i * dimension) + k] / pivot;
                for (int j = k + 1; j < dimension; j++)
                    covariance[(i * dimension) + j] -= factor * covariance[(k * dimension) + j];
            }
        }

        return sum;
    }

    private static int Unknowns(int order, int dimension) => ArrayLength.Of((order, "lags"), (dimension, "components")) + 1;

    private static int CountRows(List<double[]>[] series, int before) => UsableRows(series, before).Count();

    private static IEnumerable<(List<double[]> Values, int Index)> UsableRows(List<double[]>[] series, int before)
    {
        foreach (List<double[]> values in series)
        {
            int run = 0;
            for (int n = 0; n < values.Count; n++)
            {
                bool isWhole = Guard.IsFinite(values[n]);
                if (isWhole && run >= before)
                    yield return (values, n);
                run = isWhole ? run + 1 : 0;
            }
        }
    }
}
