using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>A measure of how far predictions are from observations, together with its gradient.</summary>
/// <remarks>
/// <para>The losses provided here are means over all elements (every component of every observation of every sample), with the
/// difference d = prediction − target. Over data with gaps or weights they are weighted means over what was observed, Σ w ℓ(d) / Σ w, and 0 where nothing was. A loss holds no mutable state: one instance may be shared by any number of trainers and threads.</para>
/// <para>A prediction or target that is NaN or infinite is no error; it shows in the loss and the cotangents, for the caller to act upon.</para>
/// </remarks>
public abstract class Loss
{
    // Closed, so that a checkpoint can tell losses apart by their names; Custom takes any function.
    private protected Loss()
    {
    }

    /// <summary>Mean squared error (L2): the mean of d², with gradient 2 d / n. Large errors dominate it.</summary>
    public static Loss MeanSquaredError { get; } = new MeanSquaredErrorLoss();

    /// <summary>Mean absolute error (L1): the mean of |d|, with gradient sign(d) / n and the subgradient 0 at d = 0. Robust to outliers.</summary>
    public static Loss MeanAbsoluteError { get; } = new MeanAbsoluteErrorLoss();

    /// <summary>
    /// Huber loss: quadratic near 0 and linear beyond a threshold δ, the mean of d²/2 where |d| ≤ δ and of δ (|d| − δ/2) elsewhere.
    /// Its gradient is d / n, with d limited to [−δ, δ].
    /// </summary>
    /// <param name="threshold">δ, in the units of the predictions; finite and greater than 0.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threshold"/> is not finite or not greater than 0.</exception>
    /// <remarks>P. J. Huber, "Robust estimation of a location parameter", Ann. Math. Statist. 35 (1964) 73–101, doi:10.1214/aoms/1177703732.</remarks>
    public static Loss Huber(double threshold = 1) => new HuberLoss(TrainingArguments.Positive(threshold));

    /// <summary>A loss given by a function, for objectives that are not means of element-wise errors.</summary>
    /// <param name="function">
    /// Returns the loss and fills in its gradient. It must be safe to call from several threads if the loss is shared. Checkpoints tell such losses apart by
    /// what the function gives for a few made-up arrays of 1, 12 and 240 numbers, and call it for that: it must give the same for the same.
    /// </param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="function"/> is <see langword="null"/>.</exception>
    /// <example>
    /// The sum, rather than the mean, of squared errors:
    /// <code>
    /// var sumOfSquares = Loss.Custom((predictions, targets, cotangents) =>
    /// {
    ///     double sum = 0;
    ///     for (int i = 0; i &lt; predictions.Length; i++)
    ///     {
    ///         double difference = predictions[i] - targets[i];
    ///         cotangents[i] = 2 * difference;
    ///         sum += difference * difference;
    ///     }
    ///     return sum;
    /// });
    /// </code>
    /// </example>
    public static Loss Custom(LossFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new CustomLoss(function);
    }

    /// <summary>A loss given by a function that is told what was observed and how much it counts: the one for data with gaps or weights.</summary>
    /// <param name="function">
    /// Returns the loss and fills in its gradient; otherwise as for <see cref="Custom(LossFunction)"/>. On complete data without weights all weights are 1.
    /// </param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="function"/> is <see langword="null"/>.</exception>
    /// <example>
    /// The weighted sum of squared errors:
    /// <code>
    /// var sumOfSquares = Loss.Custom((predictions, targets, weights, cotangents) =>
    /// {
    ///     double sum = 0;
    ///     for (int i = 0; i &lt; predictions.Length; i++)
    ///     {
    ///         double difference = predictions[i] - targets[i];
    ///         cotangents[i] = 2 * weights[i] * difference;
    ///         sum += weights[i] * difference * difference;
    ///     }
    ///     return sum;
    /// });
    /// </code>
    /// </example>
    public static Loss Custom(MaskedLossFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new MaskedLoss(function);
    }

    /// <inheritdoc cref="Custom(LossFunction)" path="/*[not(self::example)]"/>
    /// <remarks>With a function over arrays, which are copies: for Visual Basic, which writes none over spans.</remarks>
    [OverloadResolutionPriority(-1)]
    public static Loss Custom(Func<double[], double[], double[], double> function) => Custom(ArrayFunctions.Loss(function));

    /// <inheritdoc cref="Custom(MaskedLossFunction)" path="/*[not(self::example)]"/>
    /// <remarks>With a function over arrays, which are copies: for Visual Basic, which writes none over spans.</remarks>
    [OverloadResolutionPriority(-1)]
    public static Loss Custom(Func<double[], double[], double[], double[], double> function) => Custom(ArrayFunctions.MaskedLoss(function));

    /// <summary>Returns the loss L and overwrites <paramref name="cotangents"/> with ∂L/∂predictions. Allocates nothing.</summary>
    /// <param name="predictions">What the model predicts; at least one element.</param>
    /// <param name="targets">What was observed; as long as <paramref name="predictions"/>.</param>
    /// <param name="cotangents">Receives the gradient; as long as <paramref name="predictions"/>, and not overlapping the other spans.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ArgumentException">The spans differ in length or are empty.</exception>
    public abstract double Evaluate(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, Span<double> cotangents);

    /// <summary>The loss over what was observed. Overwrites <paramref name="cotangents"/> with ∂L/∂predictions, 0 where nothing was.</summary>
    /// <param name="predictions">What the model predicts; at least one element.</param>
    /// <param name="targets">What was observed, NaN where nothing was; as long as <paramref name="predictions"/>.</param>
    /// <param name="weights">How much every element counts, finite and at least 0; as long as <paramref name="predictions"/>, or empty where all count alike.</param>
    /// <param name="cotangents">Receives the gradient; as long as <paramref name="predictions"/>, and not overlapping the other spans.</param>
    /// <returns>The loss; of the means 0 where nothing was observed.</returns>
    /// <exception cref="ArgumentException">The spans differ in length or are empty, or a weight is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">There are gaps or weights, and the loss is a custom one that takes none.</exception>
    public double Evaluate(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, Span<double> cotangents)
    {
        RequireEqualLengths(predictions, targets, cotangents);
        if (!weights.IsEmpty)
            RequireLength(weights.Length, predictions.Length, nameof(weights));
        double[] effective = new double[predictions.Length];
        double[] observed = targets.ToArray();
        for (int i = 0; i < effective.Length; i++)
        {
            effective[i] = weights.IsEmpty ? 1.0 : weights[i];
            if (!(effective[i] >= 0.0 && double.IsFinite(effective[i])))
                throw new ArgumentException(FormattableString.Invariant($"weights[{i}] = {weights[i]} is not a finite number of at least 0."), nameof(weights));
            if (!double.IsNaN(targets[i]))
                continue;
            effective[i] = 0.0;
            observed[i] = predictions[i];
        }

        return EvaluateWeighted(predictions, observed, effective, cotangents);
    }

    /// <summary>Whether the loss can be told what was not observed, and what counts how much.</summary>
    internal virtual bool TakesWeights => true;

    /// <summary>Whether it wants to be told even where all was observed and counts alike.</summary>
    internal virtual bool NeedsWeights => false;

    /// <summary>As <see cref="Evaluate(ReadOnlySpan{double}, ReadOnlySpan{double}, ReadOnlySpan{double}, Span{double})"/>, allocating nothing.</summary>
    /// <param name="predictions">What the model predicts.</param>
    /// <param name="targets">What was observed; finite also where nothing was.</param>
    /// <param name="weights">0 where nothing was observed.</param>
    /// <param name="cotangents">Receives the gradient.</param>
    internal abstract double EvaluateWeighted(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> weights, Span<double> cotangents);

    /// <summary>The sum of all weights.</summary>
    private protected static double Sum(ReadOnlySpan<double> weights)
    {
        var sum = new CompensatedSum();
        foreach (double weight in weights)
            sum.Add(weight);
        return sum.Value;
    }

    /// <summary>A text that tells this loss from any other one; a checkpoint stores it and compares it on resuming.</summary>
    internal virtual string Describe() => ToString()!;

    /// <summary>Checks what <see cref="Evaluate"/> promises about lengths; for use by derived losses.</summary>
    /// <param name="predictions">The predictions.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="cotangents">The cotangents.</param>
    /// <exception cref="ArgumentException">The spans differ in length or are empty.</exception>
    private protected static void RequireEqualLengths(ReadOnlySpan<double> predictions, ReadOnlySpan<double> targets, ReadOnlySpan<double> cotangents)
    {
        if (predictions.IsEmpty)
            throw new ArgumentException("predictions is empty, so the loss has nothing to average over.", nameof(predictions));
        RequireLength(targets.Length, predictions.Length, nameof(targets));
        RequireLength(cotangents.Length, predictions.Length, nameof(cotangents));
    }

    private static void RequireLength(int length, int expected, string name)
    {
        if (length != expected)
            throw new ArgumentException($"{name} has {length} elements, but predictions has {expected}.", name);
    }
}
