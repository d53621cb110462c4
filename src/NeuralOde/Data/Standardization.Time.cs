using System.Runtime.CompilerServices;
using static System.FormattableString;

namespace NeuralOde;

// Time and inputs.
public sealed partial class Standardization
{
    /// <summary>A standardization of states, time and, where a vector field takes them, inputs.</summary>
    /// <param name="means">One finite mean per component of the state, at least one.</param>
    /// <param name="scales">One scale per component, finite and greater than 0.</param>
    /// <param name="timeOffset">The time that becomes 0; finite.</param>
    /// <param name="timeScale">The length of time that becomes 1; finite and greater than 0.</param>
    /// <param name="inputMeans">One finite mean per component of the input; empty to leave inputs as they are.</param>
    /// <param name="inputScales">One scale per component of the input, finite and greater than 0.</param>
    /// <exception cref="ArgumentException">Lengths differ, or a value breaks these rules; the message names the argument, the index and the value.</exception>
    public Standardization(ReadOnlySpan<double> means, ReadOnlySpan<double> scales, double timeOffset, double timeScale,
        ReadOnlySpan<double> inputMeans = default, ReadOnlySpan<double> inputScales = default)
        : this(means, scales)
    {
        if (!double.IsFinite(timeOffset))
            throw new ArgumentException(Invariant($"timeOffset = {timeOffset} is not finite."), nameof(timeOffset));
        if (!double.IsFinite(timeScale) || timeScale <= 0)
            throw new ArgumentException(Invariant($"timeScale = {timeScale} is not a finite number greater than 0."), nameof(timeScale));
        Check(inputMeans, inputScales, nameof(inputMeans), nameof(inputScales));
        TimeOffset = timeOffset;
        TimeScale = timeScale;
        _inputMeans = inputMeans.ToArray();
        _inputScales = inputScales.ToArray();
    }

    /// <inheritdoc cref="Standardization(ReadOnlySpan{double}, ReadOnlySpan{double}, double, double, ReadOnlySpan{double}, ReadOnlySpan{double})"/>
    [OverloadResolutionPriority(-1)]
    public Standardization(double[] means, double[] scales, double timeOffset, double timeScale, double[]? inputMeans = null, double[]? inputScales = null)
        : this(means.AsSpan(), scales.AsSpan(), timeOffset, timeScale, inputMeans.AsSpan(), inputScales.AsSpan())
    {
    }

    /// <summary>As <see cref="FromDataset(TrajectoryDataset)"/>, for a model with hidden components, which keep their units.</summary>
    /// <param name="dataset">The observations.</param>
    /// <param name="dimension">Components of the model's state, at least as many as the data have.</param>
    /// <param name="measuredComponents">Which of them the data are of, as <see cref="NeuralOdeModel.MeasuredComponents"/>; null for the first ones.</param>
    /// <returns>A standardization of <paramref name="dimension"/> components.</returns>
    /// <exception cref="ArgumentException">A component was never observed, or the components do not fit the data.</exception>
    public static Standardization FromDataset(TrajectoryDataset dataset, int dimension, IReadOnlyList<int>? measuredComponents = null)
    {
        Standardization ofData = FromDataset(dataset);
        int count = measuredComponents?.Count ?? dataset.Dimension;
        if (count != dataset.Dimension)
            throw new ArgumentException(Invariant($"measuredComponents has {count} numbers, but the data have {dataset.Dimension} components."), nameof(measuredComponents));
        if (dimension < count)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, Invariant($"dimension = {dimension} is less than the {dataset.Dimension} components of the data."));
        var means = new double[dimension];
        var scales = new double[dimension];
        Array.Fill(scales, 1.0);
        var isTaken = new bool[dimension];
        for (int i = 0; i < count; i++)
        {
            int component = measuredComponents?[i] ?? i;
            if ((uint)component >= (uint)dimension || isTaken[component])
                throw new ArgumentException(Invariant($"measuredComponents[{i}] = {component} is not a component of the state, 0 to {dimension - 1}, or named before."), nameof(measuredComponents));
            isTaken[component] = true;
            (means[component], scales[component]) = (ofData.Means[i], ofData.Scales[i]);
        }

        return new Standardization(means, scales, ofData.TimeOffset, ofData.TimeScale, ofData.InputMeans, ofData.InputScales);
    }

    /// <summary>The standardization of some components.</summary>
    internal Standardization Select(ReadOnlySpan<int> components)
    {
        var means = new double[components.Length];
        var scales = new double[components.Length];
        for (int i = 0; i < components.Length; i++)
            (means[i], scales[i]) = (_means[components[i]], _scales[components[i]]);
        return new Standardization(means, scales, TimeOffset, TimeScale, _inputMeans, _inputScales);
    }

    /// <summary>The time that becomes 0; 0 unless said otherwise.</summary>
    public double TimeOffset { get; }

    /// <summary>The length of time that becomes 1, greater than 0; 1 unless said otherwise.</summary>
    public double TimeScale { get; } = 1.0;

    /// <summary>The mean of each component of the input, in its units; empty where inputs are left as they are.</summary>
    public ReadOnlySpan<double> InputMeans => _inputMeans;

    /// <summary>The scale of each component of the input, as many as <see cref="InputMeans"/>, greater than 0.</summary>
    public ReadOnlySpan<double> InputScales => _inputScales;

    /// <summary>Whether time is another once it is standardized.</summary>
    internal bool ChangesTime => TimeOffset != 0.0 || TimeScale != 1.0;

    internal double ToStandardTime(double time) => (time - TimeOffset) / TimeScale;

    internal double FromStandardTime(double standardized) => standardized * TimeScale + TimeOffset;

    private static bool AreIdentity(ReadOnlySpan<double> means, ReadOnlySpan<double> scales) => !means.ContainsAnyExcept(0.0) && !scales.ContainsAnyExcept(1.0);

    private static void Check(ReadOnlySpan<double> means, ReadOnlySpan<double> scales, string meansName, string scalesName)
    {
        if (scales.Length != means.Length)
            throw new ArgumentException(Invariant($"{scalesName} has {scales.Length} values, but {meansName} has {means.Length}."), scalesName);
        for (int i = 0; i < means.Length; i++)
        {
            if (!double.IsFinite(means[i]))
                throw new ArgumentException(Invariant($"{meansName}[{i}] = {means[i]} is not finite."), meansName);
            if (!double.IsFinite(scales[i]) || scales[i] <= 0)
                throw new ArgumentException(Invariant($"{scalesName}[{i}] = {scales[i]} is not a finite number greater than 0."), scalesName);
        }
    }
}
