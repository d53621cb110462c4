namespace NeuralOde;

/// <summary>Local polynomials through every component of every trajectory: smooth states, their derivatives, and how noisy the observations are.</summary>
/// <remarks>
/// Degree and window of a component are those with the smallest leave-one-out error, r / (1 − h) with residual r and leverage h, over all trajectories. Without noise that is the highest degree in the
/// shortest window. With noise, derivatives and starts are taken from windows shorter than that by <see cref="Undersmoothing"/>: the network, which is fitted to all of them, averages too, and a bias it cannot undo.
/// </remarks>
internal sealed class CollocationSmoothing
{
    /// <summary>Fewest observations of a component from which derivatives are taken.</summary>
    public const int FewestObservations = 5;

    private const int CenterDegree = 4, HighestDegree = 6;
    private const double Undersmoothing = 0.7;
    private const double SmallestNoise = 2e-3;
    private const int MostCenters = 400;

    private readonly double[][] _states;
    private readonly double[][] _slopes;

    /// <param name="data">Standardized data.</param>
    public CollocationSmoothing(TrajectoryDataset data)
    {
        int dimension = data.Dimension;
        _states = [.. data.Select(trajectory => trajectory.States.ToArray())];
        _slopes = [.. data.Select(trajectory => FilledWithNaN(trajectory.States.Length))];
        Noise = new double[dimension];
        for (int component = 0; component < dimension; component++)
        {
            Series[] series = [.. data.Select((trajectory, index) => new Series(trajectory, index, component)).Where(s => s.Times.Length >= FewestObservations)];
            if (series.Length > 0)
                Smooth(series, component, dimension);
        }

        double squares = 0.0;
        foreach (double noise in Noise)
            squares += noise * noise;
        NoiseVariance = squares / dimension;
    }

    /// <summary>Standard deviation of the noise that was recognised in every component, in standardized units; 0 where there was none.</summary>
    public double[] Noise { get; }

    /// <summary>The mean of the squares of <see cref="Noise"/>.</summary>
    public double NoiseVariance { get; }

    /// <summary>What a prior of precision 1 weighs: <see cref="NoiseVariance"/>, less where derivatives are large, because the parameters of a field that is r times as large are larger too.</summary>
    public double PriorVariance => NoiseVariance / Math.Max(1.0, MeanSquaredSlope);

    /// <summary>The mean of the squared derivatives over all points and components.</summary>
    public double MeanSquaredSlope { get; private set; }

    public bool IsNoisy => NoiseVariance > 0.0;

    /// <summary>The mean over all points of the variance that the noise gives to derivatives, divided by the mean of the squared derivatives.</summary>
    public double DerivativeNoise { get; private set; }

    /// <summary>Smoothed states of a trajectory, row by row; those observed where they could not be smoothed.</summary>
    public ReadOnlySpan<double> States(int trajectory) => _states[trajectory];

    /// <summary>Derivatives of the states of a trajectory, row by row; NaN where a component has too few observations.</summary>
    public ReadOnlySpan<double> Slopes(int trajectory) => _slopes[trajectory];

    private static double[] FilledWithNaN(int length)
    {
        var values = new double[length];
        Array.Fill(values, double.NaN);
        return values;
    }

    private void Smooth(Series[] series, int component, int dimension)
    {
        int longest = series.Max(s => s.Times.Length);
        var polynomial = new Fitter(longest);
        Choice best = Choose(polynomial, series, longest, [CenterDegree, HighestDegree]);
        bool isNoisy = best.Noise >= SmallestNoise && best.Half > HighestDegree / 2 + 1;
        Choice used = best;
        if (isNoisy)
        {
            Noise[component] = best.Noise;
            used = Choose(polynomial, series, longest, [CenterDegree]);
            used = used with { Half = Math.Max(CenterDegree / 2 + 1, (int)Math.Round(Undersmoothing * used.Half)) };
        }

        double variance = 0.0, squares = 0.0;
        long points = 0;
        foreach (Series s in series)
        {
            for (int n = 0; n < s.AllTimes.Length; n++)
            {
                polynomial.Fit(s, s.Nearest(n), s.AllTimes.Span[n], used, out double value, out double slope, out double amplification);
                _states[s.Index][n * dimension + component] = isNoisy || double.IsNaN(_states[s.Index][n * dimension + component]) ? value : _states[s.Index][n * dimension + component];
                _slopes[s.Index][n * dimension + component] = slope;
                variance += amplification * Noise[component] * Noise[component];
                squares += slope * slope;
                points++;
            }
        }

        if (squares > 0.0)
            DerivativeNoise += variance / squares / dimension;
        MeanSquaredSlope += squares / points / dimension;
    }

    private static Choice Choose(Fitter polynomial, Series[] series, int longest, ReadOnlySpan<int> degrees)
    {
        var best = new Choice(1, 1, double.PositiveInfinity, 0.0);
        long observations = series.Sum(s => (long)s.Times.Length);
        int every = (int)Math.Max(1, observations / MostCenters);
        foreach (int degree in degrees)
        {
            int widest = Math.Max(2 * degree + 1, longest / 2);
            for (int half = degree / 2 + 1; 2 * half + 1 <= Math.Max(widest, degree + 3); half = Math.Max(half + 1, half * 5 / 4))
            {
                Choice candidate = polynomial.LeaveOneOut(series, new Choice(half, degree, 0.0, 0.0), every);
                if (candidate.Error < best.Error)
                    best = candidate;
            }
        }

        return best;
    }

    /// <summary>A window of so many observations on both sides, a degree, and how well they do.</summary>
    private readonly record struct Choice(int Half, int Degree, double Error, double Noise);

    /// <summary>What was observed of one component of a trajectory.</summary>
    private sealed class Series
    {
        private readonly int[] _nearest;

        public Series(Trajectory trajectory, int index, int component)
        {
            Index = index;
            AllTimes = trajectory.Times.ToArray();
            int[] observed = [.. Enumerable.Range(0, trajectory.Length).Where(n => trajectory.IsObserved(n, component))];
            Times = [.. observed.Select(n => trajectory.Times[n])];
            Values = [.. observed.Select(n => trajectory.StateAt(n)[component])];
            _nearest = new int[trajectory.Length];
            for (int n = 0, k = 0; n < trajectory.Length; n++)
            {
                while (k < observed.Length - 1 && observed[k] < n)
                    k++;
                _nearest[n] = k;
            }
        }

        public int Index { get; }

        public ReadOnlyMemory<double> AllTimes { get; }

        public double[] Times { get; }

        public double[] Values { get; }

        /// <summary>The place among the observed of the first that is not before observation n.</summary>
        public int Nearest(int n) => _nearest[n];
    }

    private sealed class Fitter(int longest)
    {
        private readonly CollocationPolynomial _polynomial = new(longest, HighestDegree);
        private readonly double[] _value = new double[longest];
        private readonly double[] _slope = new double[longest];

        public void Fit(Series series, int center, double at, Choice choice, out double value, out double slope, out double amplification)
        {
            int first = Weigh(series, center, at, choice, out int count);
            (value, slope, amplification) = (0.0, 0.0, 0.0);
            for (int i = 0; i < count; i++)
            {
                value += _value[i] * series.Values[first + i];
                slope += _slope[i] * series.Values[first + i];
                amplification += _slope[i] * _slope[i];
            }
        }

        public Choice LeaveOneOut(Series[] series, Choice choice, int every)
        {
            double errors = 0.0, squares = 0.0, freedom = 0.0;
            int centers = 0;
            foreach (Series s in series)
            {
                // At the ends windows are lopsided and errors large whatever the choice.
                int margin = s.Times.Length > 4 * choice.Half ? choice.Half : 0;
                for (int n = margin; n < s.Times.Length - margin; n += every)
                {
                    int first = Weigh(s, n, s.Times[n], choice, out int count);
                    double value = 0.0, weights = 0.0, leverage = _value[n - first];
                    for (int i = 0; i < count; i++)
                    {
                        value += _value[i] * s.Values[first + i];
                        weights += _value[i] * _value[i];
                    }

                    double residual = s.Values[n] - value, error = residual / (1.0 - leverage);
                    errors += error * error;
                    squares += residual * residual;
                    freedom += 1.0 - 2.0 * leverage + weights;
                    centers++;
                }
            }

            return centers == 0 ? choice with { Error = double.PositiveInfinity } : choice with { Error = errors / centers, Noise = Math.Sqrt(squares / freedom) };
        }

        private int Weigh(Series series, int center, double at, Choice choice, out int count)
        {
            count = Math.Min(2 * choice.Half + 1, series.Times.Length);
            int first = Math.Clamp(center - choice.Half, 0, series.Times.Length - count);
            _polynomial.Weights(series.Times.AsSpan(first, count), at, Math.Min(choice.Degree, count - 2), _value, _slope);
            return first;
        }
    }
}
