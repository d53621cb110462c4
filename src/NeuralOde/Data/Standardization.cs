using System.Runtime.CompilerServices;
using static System.FormattableString;

namespace NeuralOde;

/// <summary>
/// An affine change of each state component, standardized = (state − mean) / scale, so that components of different magnitude weigh alike; and likewise of time and of the inputs. Immutable.
/// </summary>
/// <remarks>
/// With standardized time τ = (t − <see cref="TimeOffset"/>) / <see cref="TimeScale"/> derivatives change by both scales: d(standardized)/dτ = (dz/dt) · TimeScale / scale. A vector field that takes time or
/// inputs sees the standardized ones.
/// </remarks>
public sealed partial class Standardization
{
    private const double MachineEpsilon = 1.0 / (1L << 52);

    private readonly double[] _means;
    private readonly double[] _scales;
    private readonly double[] _inputMeans = [];
    private readonly double[] _inputScales = [];

    /// <summary>A standardization with given means and scales.</summary>
    /// <param name="means">One finite mean per component, at least one.</param>
    /// <param name="scales">One scale per component, finite and greater than 0.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or a value breaks these rules; the message names the index and the value.</exception>
    public Standardization(ReadOnlySpan<double> means, ReadOnlySpan<double> scales)
    {
        if (means.Length == 0)
            throw new ArgumentException("means is empty; a state has at least one component.", nameof(means));
        Check(means, scales, nameof(means), nameof(scales));
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

    /// <summary>True if every mean and offset is 0 and every scale 1: nothing changes.</summary>
    public bool IsIdentity => !ChangesTime && AreIdentity(_means, _scales) && AreIdentity(_inputMeans, _inputScales);

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

    /// <summary>Means and population standard deviations of each component over all observations of a dataset, what was not observed (NaN) left out; and those of time and inputs.</summary>
    /// <param name="dataset">The observations; use the training part only, so that nothing of the validation part leaks into the model.</param>
    /// <returns>A standardization that gives the dataset mean 0 and standard deviation 1; a constant component gets its value as mean and scale 1.</returns>
    /// <remarks>
    /// A component is constant where its values differ by no more than rounding may: largest − smallest ≤ n·ε·|largest|, with n observations and
    /// ε = 2⁻⁵². Its mean is then that of the values.
    /// <para>
    /// <see cref="TimeOffset"/> is the middle of the times. <see cref="TimeScale"/> is the time in which the state typically moves by one of its scales, so that derivatives are about 1 whatever the unit of time:
    /// the shortest distance between observations at which the mean squared change of the standardized components reaches 1. Noise of a few percent makes no difference to it. The inputs' means and scales are those
    /// of their values at the times of the observations.
    /// </para>
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
        (double offset, double timeScale) = TimeScaling.Of(dataset, scales);
        var inputMeans = new double[dataset.InputDimension];
        var inputScales = new double[dataset.InputDimension];
        if (inputMeans.Length > 0)
        {
            TrajectoryDataset inputs = InputValues(dataset);
            for (int i = 0; i < inputMeans.Length; i++)
                (inputMeans[i], inputScales[i]) = MeanAndScale(inputs, i);
        }

        return new Standardization(means, scales, offset, timeScale, inputMeans, inputScales);
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

    /// <summary>Standardizes every state, time and input of a dataset.</summary>
    /// <param name="dataset">A dataset of this <see cref="Dimension"/>.</param>
    /// <returns>A new dataset with the same names and weights.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="dataset"/> is null.</exception>
    /// <exception cref="ArgumentException">The dimensions differ, or a standardized number is not finite.</exception>
    public TrajectoryDataset Apply(TrajectoryDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ThrowIfWrongLength(dataset.Dimension, nameof(dataset));
        if (_inputMeans.Length > 0 && dataset.InputDimension > 0 && dataset.InputDimension != _inputMeans.Length)
            throw new ArgumentException(Invariant($"dataset has inputs of {dataset.InputDimension} components where the standardization has {_inputMeans.Length}."), nameof(dataset));
        var known = new Dictionary<InputSignal, InputSignal>(ReferenceEqualityComparer.Instance);
        return TrajectoryDataset.FromTrajectories(dataset.Select(trajectory => Apply(trajectory, known)), dataset.StateNames, dataset.InputNames);
    }

    /// <param name="trajectory">The trajectory.</param>
    /// <param name="known">The standardized inputs so far: many trajectories may share one.</param>
    private Trajectory Apply(Trajectory trajectory, Dictionary<InputSignal, InputSignal> known)
    {
        double[] states = trajectory.States.ToArray();
        for (int n = 0; n < trajectory.Length; n++)
        {
            Span<double> state = states.AsSpan(n * Dimension, Dimension);
            Apply(state, state);
        }

        if (!ChangesTime && _inputMeans.Length == 0)
            return trajectory.WithStates(states);
        double[] times = trajectory.Times.ToArray();
        for (int n = 0; n < times.Length; n++)
            times[n] = ToStandardTime(times[n]);
        InputSignal? input = trajectory.Input;
        if (input is not null && !known.TryGetValue(input, out input))
            known[trajectory.Input!] = input = trajectory.Input!.InUnits(this);
        return trajectory.With(times, states, input);
    }

    /// <summary>The inputs at the times of the observations, as if they were states.</summary>
    private static TrajectoryDataset InputValues(TrajectoryDataset dataset) => TrajectoryDataset.FromTrajectories(dataset.Select(trajectory =>
    {
        int inputs = dataset.InputDimension;
        var values = new double[ArrayLength.Of((trajectory.Length, "observations"), (inputs, "components of the input"))];
        for (int n = 0; n < trajectory.Length; n++)
            trajectory.Input!.Evaluate(trajectory.Times[n], values.AsSpan(n * inputs, inputs));
        return new Trajectory(trajectory.Times, values, inputs);
    }));

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
