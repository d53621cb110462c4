namespace NeuralOde;

/// <summary>A network with the scratch memory to run it on one batch after the other. Owned by one run; not thread-safe.</summary>
/// <remarks>
/// A forward call may leave what the backward pass needs in a <em>record</em>, memory that the caller keeps per evaluation.
/// The backward pass comes in two parts, so that a caller may decide between them which samples count: first the cotangents,
/// kept in a <em>cotangent record</em>, then the parameter gradient, weighted per sample.
/// What is in the records is the evaluator's own matter; <see cref="SelectRecord"/> copies what belongs to single samples.
/// </remarks>
internal abstract class NetworkEvaluator
{
    /// <summary>Numbers in a record.</summary>
    public abstract int RecordLength { get; }

    /// <summary>Numbers in a cotangent record.</summary>
    public abstract int CotangentRecordLength { get; }

    /// <summary>Numbers that <see cref="AccumulateGradient"/> adds to: one per parameter, or several partial sums of each.</summary>
    public abstract int GradientSumLength { get; }

    public static NetworkEvaluator Create(Network network, BatchLayout layout) => network.Precision == Precision.Single
        ? new SingleNetworkEvaluator(network, layout)
        : new DoubleNetworkEvaluator(network, layout);

    /// <summary>Takes over parameters that have changed since the last call, or since the evaluator was made.</summary>
    public abstract void Refresh();

    /// <summary>outputs = network(inputs). An empty <paramref name="record"/> records nothing.</summary>
    public abstract void Forward(ReadOnlySpan<double> inputs, Span<double> outputs, Span<double> record);

    /// <summary>inputCotangents = Jᵀ · outputCotangents at the recorded point.</summary>
    public abstract void PropagateCotangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, Span<double> inputCotangents, Span<double> cotangentRecord);

    /// <summary>
    /// outputTangents = J · inputTangents at the recorded point, with the same bits for a sample alone and in any batch.
    /// <paramref name="tangentRecord"/> is scratch memory as long as a cotangent record.
    /// </summary>
    public abstract void PropagateTangent(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> inputTangents, Span<double> outputTangents, Span<double> tangentRecord);

    /// <summary>
    /// Adds to the sums of the gradient: Σ over samples of weight · ∂⟨outputCotangents, network(inputs)⟩/∂θ, after
    /// <see cref="PropagateCotangent"/> with the same arguments. Empty <paramref name="weights"/> count every sample once.
    /// </summary>
    public abstract void AccumulateGradient(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums);

    /// <inheritdoc cref="DifferentiableEvaluator.SampleSumCount"/>
    public abstract int SampleSumCount { get; }

    /// <inheritdoc cref="DifferentiableEvaluator.SampleSumStride"/>
    public abstract int SampleSumStride { get; }

    /// <inheritdoc cref="DifferentiableEvaluator.UnitRoundoff"/>
    public abstract double UnitRoundoff { get; }

    /// <inheritdoc cref="DifferentiableEvaluator.AccumulateSampleSums"/>
    public abstract void AccumulateSampleSums(ReadOnlySpan<double> inputs, ReadOnlySpan<double> record,
        ReadOnlySpan<double> outputCotangents, ReadOnlySpan<double> cotangentRecord, ReadOnlySpan<double> weights, Span<double> sums, Span<double> magnitudes);

    /// <summary>gradient += what the sums of <see cref="AccumulateGradient"/> add up to.</summary>
    public abstract void AddSums(ReadOnlySpan<double> sums, Span<double> gradient);

    /// <summary>Copies what a record, or a cotangent record, holds of the samples whose mask is not zero; the others keep theirs.</summary>
    public abstract void SelectRecord(ReadOnlySpan<double> mask, ReadOnlySpan<double> source, Span<double> destination);
}
