using System.Runtime.CompilerServices;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>
/// An affine change of each state component, standardized = (state − mean) / scale, so that components of different magnitude weigh alike. Immutable.
/// </summary>
/// <remarks>Time is left as it is, so derivatives change by the scale only: d(standardized)/dt = (dz/dt) / scale.</remarks>
public sealed class Standardization
{
    private const double MachineEpsilon = 1.0 / (1L << 52);

    private readonly double[] _means;
    private readonly double[] _scales;

    /// <summary>A standardization with given means and scales.</summary>
    /// <param name="means">One finite mean per component, at least one.</param>
    /// <param name="scales">One scale per component, finite and greater than 0.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or a value breaks these rules; the message names the index and the value.</exception>
    public Standardization(ReadOnlySpan<double> means, ReadOnlySpan<double> scales)
    {
        if (means.Length == 0)
            throw new ArgumentException("means is empty; a state has at least one component.", nameof(means));
        if (scales.Length != means.Length)
            throw new ArgumentException(Invariant($"scales has {scales.Length} values, but means has {means.Length}."), nameof(scales));
        for (int i = 0; i < means.Length; i++)
        {
            if (!double.IsFinite(means[i]))
                throw new ArgumentException(Invariant($"means[{i}] = {means[i]} is not finite."), nameof(means));
            if (!double.IsFinite(scales[i]) || scales[i] <= 0)
                throw new ArgumentException(Invariant($"scales[{i}] = {scales[i]} is not a finite number greater than 0."), nameof(scales));
        }

        _means = means.ToArray();
        _scales = scales.ToArray();
    }

    /// <inheritdoc cref="Standardization(ReadOnlySpan{double}, ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public Standardization(double[] means, double[] scales)
        : this(means.AsSpan(), scales.AsSpan())
    {
    }

    /// <summary>The number of state components.</summary>
    public int Dimension => _means.Length;

    /// <summary>The mean of each component, <see cref="Dimension"/> values in units of the state.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>The scale of each component, <see cref="Dimension"/> values greater than 0 in units of the state.</summary>
    public ReadOnlySpan<double> Scales => _scales;

    /// <summary>True if every mean is 0 and every scale 1: <see cref="Apply(ReadOnlySpan{double}, Span{double})"/> changes nothing.</summary>
    public bool IsIdentity => !_means.AsSpan().ContainsAnyExcept(0.0) && !_scales.AsSpan().ContainsAnyExcept(1.0);

    /// <summary>The standardization that changes nothing: means 0, scales 1.</summary>
    /// <param name="dimension">The number of state components, at least 1.</param>
    /// <returns>The identity.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dimension"/> is less than 1.</exception>
    public static Standardization Identity(int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        var scales = new double[dimension];
        Array.Fill(scales, 1);
        return new Standardization(new double[dimension], scales);
    }

    /// <summary>Means and population standard deviations of each component over all observations of a dataset; what was not observed (NaN) is left out.</summary>
    /// <param name="dataset">The observations; use the training part only, so that nothing of the validation part leaks into the model.</param>
    /// <returns>A standardization that gives the dataset mean 0 and standard deviation 1; a constant component gets its value as mean and scale 1.</returns>
    /// <remarks>
    /// A component is constant where its values differ by no more than rounding may: largest − smallest ≤ n·ε·|largest|, with n observations and
    /// ε = 2⁻⁵². Its mean is then that of the values.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="dataset"/> is null.</exception>
    /// <exception cref="ArgumentException">A component was never observed.</exception>
    public static Standardization FromDataset(TrajectoryDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var means = new double[dataset.Dimension];
        var scales = new double[dataset.Dimension];
        for (int i = 0; i < dataset.Dimension; i++)
            (means[i], scales[i]) = MeanAndScale(dataset, i);
        return new Standardization(means, scales);
    }

    /// <summary>Standardizes one state.</summary>
    /// <param name="state">A state, <see cref="Dimension"/> values.</param>
    /// <param name="destination">Where the standardized state goes, <see cref="Dimension"/> values; may be <paramref name="state"/> itself.</param>
    /// <exception cref="ArgumentException">A length is not <see cref="Dimension"/>.</exception>
    public void Apply(ReadOnlySpan<double> state, Span<double> destination)
    {
        ThrowIfWrongLength(state.Length, nameof(state));
        ThrowIfWrongLength(destination.Length, nameof(destination));
        for (int i = 0; i < _means.Length; i++)
            destination[i] = (state[i] - _means[i]) / _scales[i];
    }

    /// <summary>Takes one standardized state back to the units of the data.</summary>
    /// <param name="standardized">A standardized state, <see cref="Dimension"/> values.</param>
    /// <param name="destination">Where the state goes, <see cref="Dimension"/> values; may be <paramref name="standardized"/> itself.</param>
    /// <exception cref="ArgumentException">A length is not <see cref="Dimension"/>.</exception>
    public void Invert(ReadOnlySpan<double> standardized, Span<double> destination)
    {
        ThrowIfWrongLength(standardized.Length, nameof(standardized));
        ThrowIfWrongLength(destination.Length, nameof(destination));
        for (int i = 0; i < _means.Length; i++)
            destination[i] = (standardized[i] * _scales[i]) + _means[i];
    }

    /// <summary>Standardizes every state of a dataset.</summary>
    /// <param name="dataset">A dataset of this <see cref="Dimension"/>.</param>
    /// <returns>A new dataset with the same times and names.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="dataset"/> is null.</exception>
    /// <exception cref="ArgumentException">The dimensions differ, or a standardized state is not finite.</exception>
    public TrajectoryDataset Apply(TrajectoryDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ThrowIfWrongLength(dataset.Dimension, nameof(dataset));
        return TrajectoryDataset.FromTrajectories(dataset.Select(Apply), dataset.StateNames, dataset.InputNames);
    }

    private Trajectory Apply(Trajectory trajectory)
    {
        double[] states = trajectory.States.ToArray();
        for (int n = 0; n < trajectory.Length; n++)
        {
            Span<double> state = states.AsSpan(n * Dimension, Dimension);
            Apply(state, state);
        }

        return trajectory.WithStates(states);
    }

    /// <summary>Two passes over values divided by the largest magnitude, so that neither sums nor squares overflow or underflow.</summary>
    private static (double Mean, double Scale) MeanAndScale(TrajectoryDataset dataset, int component)
    {
        long count = 0;
        double smallest = double.PositiveInfinity;
        double largest = double.NegativeInfinity;
        foreach (Trajectory trajectory in dataset)
        {
            for (int n = 0; n < trajectory.Length; n++)
            {
                double value = trajectory.StateAt(n)[component];
                if (double.IsNaN(value))
                    continue;
                count++;
                smallest = Math.Min(smallest, value);
                largest = Math.Max(largest, value);
            }
        }

        if (count == 0)
            throw new ArgumentException(Invariant($"Component {component} was never observed: there is no mean and no scale of it."), nameof(dataset));

        // A constant has no deviation to divide by, and a constant 0 no magnitude either.
        if (smallest == largest)
            return (smallest, 1);

        double magnitude = Math.Max(Math.Abs(smallest), Math.Abs(largest));
        // Divided first, because the difference of the largest numbers overflows.
        bool isConstant = (largest / magnitude) - (smallest / magnitude) <= count * MachineEpsilon;
        double sum = 0;
        foreach (Trajectory trajectory in dataset)
        {
            for (int n = 0; n < trajectory.Length; n++)
                sum += Observed(trajectory.StateAt(n)[component] / magnitude, otherwise: 0.0);
        }

        double mean = sum / count;
        if (isConstant)
            return (Math.Clamp(mean * magnitude, smallest, largest), 1);
        double squares = 0;
        foreach (Trajectory trajectory in dataset)
        {
            for (int n = 0; n < trajectory.Length; n++)
            {
                double deviation = Observed(trajectory.StateAt(n)[component] / magnitude, otherwise: mean) - mean;
                squares += deviation * deviation;
            }
        }

        double scale = Math.Sqrt(squares / count) * magnitude;
        return (mean * magnitude, scale > 0 ? scale : 1);
    }

    private static double Observed(double value, double otherwise) => double.IsNaN(value) ? otherwise : value;

    private void ThrowIfWrongLength(int length, string argument)
    {
        if (length != Dimension)
            throw new ArgumentException(Invariant($"{argument} has {length} components where the standardization has {Dimension}."), argument);
    }
}
