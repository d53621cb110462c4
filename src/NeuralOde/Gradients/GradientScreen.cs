namespace NeuralOde;

/// <summary>
/// Computes the parameter gradient of a backward pass a second time from other points of the same steps, their ends and middles. Where both gradients agree, the steps are short enough to see how
/// the parameters act, and nothing need be solved again.
/// </summary>
/// <remarks>
/// A step's gradient is Σ F(tᵢ)ᵀκᵢ with F = ∂f/∂θ at its stages. Here F(tᵢ) is replaced by the parabola through F at the step's start, middle and end, which takes one evaluation and one product in the middle, and one
/// product at the end that the next step shares. The κᵢ stay, and with them all outputs inside the step. Whether the κᵢ themselves are right is checked by exchanging J = ∂f/∂y in the same way
/// ("change" below), and by the size of hJ along the cotangents x: a method of order p neglects a part of about (h|Jᵀx|/|x|)^(p+1)/(p+1)! of them ("rest" below).
/// </remarks>
internal sealed class GradientScreen
{
    /// <summary>The order of the methods that the bounds below were measured with; the parabola is somewhat less accurate than these.</summary>
    private const int Order = 5;

    // Parabolas have errors in h⁴, the method in h⁵: a relative difference δ between both gradients means an error of about δ^(5/4).
    private const double Exponent = 0.25;

    // Dormand–Prince 5(4) has z⁶/600 where e^z has z⁶/720.
    private const double Neglected = 1.0 / 3600.0;

    // In tolerances. Chosen by how many wrong gradients are missed and how many right ones doubted (docs/decisions/gradient-error.md).
    private const double AllowedError = 20.0;
    private const double AllowedCotangentError = 1.0;
    private const double AllowedRest = 10.0;

    // Where ∂f/∂y is constant, the rest is all there is to go by.
    private const double AllowedConstantRest = 1.0;

    // In tolerances. Changes below the first are rounding; the others say when the solution's change explains nothing.
    private const double LeastChange = 1e-9;
    private const double UnseenError = 100.0;
    private const double UnseenRest = 1.0;

    private readonly DifferentiableEvaluator _evaluator;
    private readonly BatchLayout _layout;
    private readonly int _dimension;
    private readonly int _endStage;
    private readonly double[] _startWeights;
    private readonly double[] _middleWeights;
    private readonly double[] _endWeights;
    private readonly ArraySegment<double> _carried;
    private readonly ArraySegment<double> _start;
    private readonly ArraySegment<double> _middle;
    private readonly ArraySegment<double> _end;
    private readonly ArraySegment<double> _product;
    private readonly ArraySegment<double> _change;
    private readonly ArraySegment<double> _record;
    private readonly ArraySegment<double> _cotangentRecord;
    private readonly double[] _times;
    private readonly double[] _products;
    private readonly double[] _sizes;
    private readonly double[] _rests;

    public GradientScreen(DifferentiableEvaluator evaluator, ButcherTableau tableau)
    {
        _evaluator = evaluator;
        _layout = evaluator.Layout;
        _dimension = evaluator.Dimension;
        _endStage = tableau.EndStage;
        _startWeights = [.. tableau.Nodes.Select(c => (1.0 - c) * (1.0 - 2.0 * c))];
        _middleWeights = [.. tableau.Nodes.Select(c => 4.0 * c * (1.0 - c))];
        _endWeights = [.. tableau.Nodes.Select(c => c * (2.0 * c - 1.0))];
        ArraySegment<double> States() => AlignedMemory.Allocate<double>(_layout.Length(_dimension), isPinned: true);
        (_carried, _start, _middle, _end, _product, _change) = (States(), States(), States(), States(), States(), States());
        _record = AlignedMemory.Allocate<double>(evaluator.RecordLength, isPinned: true);
        _cotangentRecord = AlignedMemory.Allocate<double>(evaluator.CotangentRecordLength, isPinned: true);
        _times = new double[_layout.RowLength];
        _products = new double[_layout.Samples];
        _sizes = new double[_layout.Samples];
        _rests = new double[_layout.Samples];
        Gradients = new SampleGradients(evaluator);
    }

    /// <summary>The second gradient.</summary>
    public SampleGradients Gradients { get; }

    /// <summary>The cost of the second gradient.</summary>
    public OdeStatistics Statistics { get; private set; }

    /// <summary>Whether it is made for a method: of fifth order, with a dense output that needs no stages of its own.</summary>
    public static bool Suits(ButcherTableau tableau) => tableau.Order == Order && !tableau.HasExtraStages;

    /// <summary>The error of the first gradient that a difference of the second suggests, in the gradient's unit.</summary>
    /// <param name="change">The largest difference in a component.</param>
    /// <param name="scale">The largest component.</param>
    public static double Error(double change, double scale) => change < scale ? change * Math.Pow(change / scale, Exponent) : change;

    /// <summary>Whether shorter steps may change a sample's gradient, so that they must be tried.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="error">The error that the second gradient suggests, in tolerances.</param>
    /// <param name="tolerance">The relative tolerance.</param>
    public bool IsInDoubt(int sample, double error, double tolerance)
    {
        double change = CotangentError(sample), one = tolerance * _products[sample];
        double allowedRest = change <= LeastChange * one ? AllowedConstantRest : AllowedRest;
        return !(error <= AllowedError && change <= AllowedCotangentError * one && _rests[sample] <= allowedRest * tolerance * _sizes[sample]);
    }

    /// <summary>
    /// Whether a change of the solution hardly changes the adjoint and so does not explain a change of the gradient: where ∂f/∂y is constant, where it varies in time by more than the steps resolve, and where
    /// the steps are short enough for the adjoint but not for ∂f/∂θ.
    /// </summary>
    /// <param name="sample">The sample.</param>
    /// <param name="error">The error that the second gradient suggests, in tolerances.</param>
    /// <param name="tolerance">The relative tolerance.</param>
    public bool HardlyFeelsSolution(int sample, double error, double tolerance)
    {
        double change = CotangentError(sample), one = tolerance * _products[sample];
        return !(change > LeastChange * one && change <= AllowedCotangentError * one)
            || (error > UnseenError && _rests[sample] <= UnseenRest * tolerance * _sizes[sample]);
    }

    /// <summary>Before a backward pass.</summary>
    public void Begin()
    {
        Statistics = default;
        Gradients.Clear();
        _carried.AsSpan().Clear();
        _change.AsSpan().Clear();
        _products.AsSpan().Clear();
        _sizes.AsSpan().Clear();
        _rests.AsSpan().Clear();
        Clear();
    }

    /// <summary>Takes the cotangent κ of a stage, and the product that the first gradient has taken with it.</summary>
    public void AddStage(int stage, ReadOnlySpan<double> cotangent, ReadOnlySpan<double> product)
    {
        Add(_startWeights[stage], cotangent, _start);
        Add(_middleWeights[stage], cotangent, _middle);
        Add(_endWeights[stage], cotangent, _end);
        StageKernels.Widest.AddScaled(1.0, product, _change);
        for (int sample = 0; sample < _layout.Samples; sample++)
        {
            double largest = 0.0;
            for (int i = 0; i < _dimension; i++)
                largest = Math.Max(largest, Math.Abs(product[_layout.Index(i, sample)]));
            _products[sample] += largest;
        }
    }

    /// <summary>After the stages of a round but the first, which waits for the round before.</summary>
    /// <param name="round">The round.</param>
    /// <param name="endRecord">The vector field's record at its end.</param>
    /// <param name="stateCotangents">∂L/∂y at its start.</param>
    public void CompleteRound(StepRound round, ReadOnlySpan<double> endRecord, ReadOnlySpan<double> stateCotangents)
    {
        _product.AsSpan().Clear();
        StageKernels.Widest.Select(_layout, _dimension, round.Steps, _carried, _product);
        StageKernels.Widest.AddScaled(1.0, _product, _end);
        StageKernels.Widest.Select(_layout, _dimension, round.Steps, _start, _carried);
        Propagate(round.Times(_endStage), round.States(_endStage), endRecord, _end);
        for (int sample = 0; sample < _layout.Samples; sample++)
            CheckSample(sample, round.Steps[sample], stateCotangents);

        for (int i = 0; i < _times.Length; i++)
            _times[i] = round.StartTimes[i] + 0.5 * round.Steps[i];
        _evaluator.Evaluate(_times, round.MiddleStates, _product, _record);
        Statistics += new OdeStatistics { Evaluations = 1 };
        Propagate(_times, round.MiddleStates, _record, _middle);
        Clear();
    }

    /// <summary>Completes the steps of samples that started after a discontinuity: their first stage is nobody else's last.</summary>
    public void Restart(StepRound round, ReadOnlySpan<double> record, ReadOnlySpan<double> cotangent, ReadOnlySpan<double> product)
    {
        StageKernels.Widest.AddScaled(1.0, product, _change);
        _start.AsSpan().Clear();
        StageKernels.Widest.Select(_layout, _dimension, round.Restarts, _carried, _start);
        StageKernels.Widest.AddScaled(-1.0, _start, _carried);
        StageKernels.Widest.AddScaled(1.0, cotangent, _start);
        Propagate(round.Times(0), round.States(0), record, _start);
        _start.AsSpan().Clear();
    }

    /// <summary>At the start of the solve.</summary>
    public void Complete(StepRound round, ReadOnlySpan<double> record, ReadOnlySpan<double> cotangent, ReadOnlySpan<double> product)
    {
        StageKernels.Widest.AddScaled(1.0, product, _change);
        StageKernels.Widest.AddScaled(1.0, cotangent, _carried);
        Propagate(round.Times(0), round.States(0), record, _carried);
    }

    private double CotangentError(int sample)
    {
        double change = 0.0;
        for (int i = 0; i < _dimension; i++)
            change = Math.Max(change, Math.Abs(_change[_layout.Index(i, sample)]));
        return Error(change, _products[sample]);
    }

    /// <summary>Notes how much of the cotangents a step neglects, and their size.</summary>
    private void CheckSample(int sample, double step, ReadOnlySpan<double> stateCotangents)
    {
        if (step == 0.0)
            return;
        double squares = 0.0, productSquares = 0.0, cotangentSquares = 0.0;
        for (int i = 0; i < _dimension; i++)
        {
            int at = _layout.Index(i, sample);
            squares += _end[at] * _end[at];
            productSquares += _product[at] * _product[at];
            cotangentSquares += stateCotangents[at] * stateCotangents[at];
        }

        double size = Math.Sqrt(cotangentSquares);
        _sizes[sample] = Math.Max(_sizes[sample], size);
        if (squares > 0.0)
            _rests[sample] = Math.Max(_rests[sample], size * Neglected * Math.Pow(step * step * productSquares / squares, 0.5 * (Order + 1)));
    }

    private void Propagate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, ReadOnlySpan<double> record, ReadOnlySpan<double> cotangent)
    {
        _product.AsSpan().Clear();
        if (!cotangent.ContainsAnyExcept(0.0))
            return;
        _evaluator.PropagateCotangent(times, states, record, cotangent, _product, _cotangentRecord);
        _evaluator.AccumulateSampleSums(times, states, record, cotangent, _cotangentRecord, default, Gradients.Sums, default);
        StageKernels.Widest.AddScaled(-1.0, _product, _change);
        Statistics += new OdeStatistics { VectorJacobianProducts = 1 };
    }

    private void Clear()
    {
        _start.AsSpan().Clear();
        _middle.AsSpan().Clear();
        _end.AsSpan().Clear();
    }

    private static void Add(double weight, ReadOnlySpan<double> cotangent, Span<double> sums)
    {
        if (weight != 0.0)
            StageKernels.Widest.AddScaled(weight, cotangent, sums);
    }
}
