namespace NeuralOde;

/// <summary>What the parts of a solve share: the vector field's evaluator, the options, the samples' lanes, the counters.</summary>
internal sealed class SolveContext
{
    private readonly bool[] _told;
    private bool _isTold;

    /// <param name="evaluator">The vector field.</param>
    /// <param name="options">Validated and resolved options.</param>
    /// <param name="isLongLived">Whether it serves many solves, as those of a trainer.</param>
    public SolveContext(VectorFieldEvaluator evaluator, OdeSolverOptions options, bool isLongLived = false)
    {
        IsLongLived = isLongLived;
        Evaluator = evaluator;
        Options = options;
        Layout = evaluator.Layout;
        Dimension = evaluator.Dimension;
        StateLength = Layout.Length(Dimension);
        Lanes = new SampleLanes(Layout.Samples, Layout.RowLength);
        Errors = new ErrorMeasure(Layout, Dimension, evaluator.StateDimension, options, Lanes.Active);
        _told = new bool[Layout.Samples];
    }

    public VectorFieldEvaluator Evaluator { get; }

    public OdeSolverOptions Options { get; }

    public BatchLayout Layout { get; }

    public int Dimension { get; }

    /// <summary>Whether it serves many solves, so that its memory may stay where it is (<see cref="AlignedMemory"/>).</summary>
    public bool IsLongLived { get; }

    /// <summary>Numbers in one component-major batch of states.</summary>
    public int StateLength { get; }

    /// <summary>Numbers in so many batches of states, one after the other.</summary>
    /// <param name="count">How many batches.</param>
    /// <param name="counted">What there is one for each of, for the message where they are too many.</param>
    public int StateLengths(int count, string counted) => Layout.Length(Dimension, count, counted);

    public SampleLanes Lanes { get; }

    public ErrorMeasure Errors { get; }

    /// <summary>Evaluations in the present solve; one of a whole batch counts once.</summary>
    public long Evaluations { get; set; }

    /// <summary>Vector–Jacobian products in the present solve; one of a whole batch counts once.</summary>
    public long VectorJacobianProducts { get; set; }

    public void Reset()
    {
        Evaluations = 0;
        VectorJacobianProducts = 0;
        _isTold = false;
        Lanes.Reset(Options.ResolvedController.ErrorBeforeFirst);
    }

    /// <summary>derivatives = f for the samples of a mask, counted for each of them; what the others get is finite but without meaning.</summary>
    public void Evaluate(ReadOnlySpan<bool> samples, ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record = default)
    {
        TellWhoCounts(samples);
        Evaluator.Evaluate(times, states, derivatives, record);
        Count(samples, 1);
    }

    /// <summary>Counts evaluations of the samples of a mask, made together.</summary>
    public void Count(ReadOnlySpan<bool> samples, int evaluations)
    {
        Evaluations += evaluations;
        for (int sample = 0; sample < samples.Length; sample++)
        {
            if (samples[sample])
                Lanes.Evaluations[sample] += evaluations;
        }
    }

    /// <summary>After the evaluator was told of other samples behind the context's back.</summary>
    public void ForgetWhoCounts() => _isTold = false;

    /// <summary>Tells the evaluator for whom the evaluations are that follow.</summary>
    public void TellWhoCounts(ReadOnlySpan<bool> samples)
    {
        if (_isTold && samples.SequenceEqual(_told))
            return;
        samples.CopyTo(_told);
        _isTold = true;
        Evaluator.SetActive(_told);
    }
}
