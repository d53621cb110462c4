namespace NeuralOde;

/// <summary>
/// A gradient of a large batch in parts, each with an engine of its own, on one thread or several. The parameters' gradients are summed in
/// the parts' order, so that no bit depends on the number of threads.
/// </summary>
internal sealed class DividedGradient : GradientEngine
{
    /// <summary>
    /// Numbers that all evaluations of the vector field take together - parameters and state of every sample -, below which no thread is
    /// started: there, about a tenth of a millisecond, two threads take as long as one.
    /// </summary>
    private const long SmallestThreadedWork = 1L << 17;

    /// <summary>Evaluations that a first solve is taken to need.</summary>
    private const long UnknownEvaluations = 100;

    private readonly Part[] _parts;
    private readonly PartCrew _crew;
    private readonly Action<int> _solve;
    private readonly Action<int> _propagate;
    private readonly Action<int> _differentiateTimes;
    private OutputGrid _grid;
    private double[] _outputs = [];
    private long _evaluations = UnknownEvaluations;
    private CancellationToken _cancellationToken;

    /// <param name="samples">Samples of the whole batch.</param>
    /// <param name="engines">One engine for each of the batch's <see cref="GradientParts"/>.</param>
    /// <param name="parameterCount">Length of θ.</param>
    /// <param name="maxThreads">Threads to use at most, the caller's among them.</param>
    public DividedGradient(int samples, AdjointEngine[] engines, int parameterCount, int maxThreads)
        : base(new BatchLayout(samples), engines[0].Dimension)
    {
        var division = new GradientParts(samples);
        _grid = new OutputGrid(samples);
        _parts = new Part[engines.Length];
        for (int i = 0; i < engines.Length; i++)
            _parts[i] = new Part(engines[i], division.First(i), parameterCount);
        _crew = new PartCrew(Math.Min(maxThreads, engines.Length));
        _solve = SolvePart;
        _propagate = PropagatePart;
        _differentiateTimes = part => _parts[part].DifferentiateTimes();
    }

    public override int PartCount => _parts.Length;

    public override OutputGrid Grid => _grid;

    public override ReadOnlySpan<double> Outputs => _outputs.AsSpan(0, _grid.MaxCount * StateLength);

    public override bool MeasuresErrors
    {
        get => _parts[0].Engine.MeasuresErrors;
        set
        {
            foreach (Part part in _parts)
                part.Engine.MeasuresErrors = value;
        }
    }

    public override OdeStatistics ForwardStatistics
    {
        get
        {
            OdeStatistics sum = default;
            foreach (Part part in _parts)
                sum += part.Engine.ForwardStatistics;
            return sum;
        }
    }

    public override OdeFailure? Solve(OutputGrid grid, ReadOnlySpan<double> initialStates, out int failedSample, CancellationToken cancellationToken)
    {
        _grid = grid;
        int outputLength = Layout.Length(Dimension, grid.MaxCount, "output times");
        if (_outputs.Length < outputLength)
            _outputs = new double[outputLength];
        foreach (Part part in _parts)
        {
            part.SetTimes(grid);
            part.Take(Layout, initialStates, part.InitialStates);
        }

        Run(_solve, cancellationToken);
        if (_crew.MaxThreads > 1)
            _evaluations = ForwardStatistics.Evaluations / PartCount;
        return FirstFailure(out failedSample);
    }

    public override bool IsAtStart(int sample, int output)
    {
        Part part = PartOf(sample);
        return part.Engine.IsAtStart(sample - part.First, output);
    }

    public override void LimitSteps(int sample, double length)
    {
        Part part = PartOf(sample);
        part.Engine.LimitSteps(sample - part.First, length);
    }

    public override OdeFailure? Propagate(ReadOnlySpan<double> cotangents, Span<double> parameterGradient, out int failedSample, CancellationToken cancellationToken)
    {
        foreach (Part part in _parts)
            part.TakeCotangents(Layout, cotangents, StateLength);
        Run(_propagate, cancellationToken);
        foreach (Part part in _parts)
        {
            for (int i = 0; i < parameterGradient.Length; i++)
                parameterGradient[i] += part.ParameterGradient[i];
            part.Engine.ParameterErrors.CopyTo(ParameterErrors, part.First);
        }

        SumBackwardStatistics();
        return FirstFailure(out failedSample);
    }

    public override void DifferentiateTimes(ReadOnlySpan<double> cotangents, Span<double> timeGradient)
    {
        Run(_differentiateTimes, CancellationToken.None);
        foreach (Part part in _parts)
        {
            OutputGrid grid = part.Engine.Grid;
            for (int sample = 0; sample < grid.Samples; sample++)
            {
                for (int output = 0; output < grid.Count(sample); output++)
                    timeGradient[_grid.Index(part.First + sample, output)] = part.TimeGradient[grid.Index(sample, output)];
            }
        }

        SumBackwardStatistics();
    }

    private Part PartOf(int sample)
    {
        Part part = _parts[0];
        for (int i = 1; i < _parts.Length && _parts[i].First <= sample; i++)
            part = _parts[i];
        return part;
    }

    private void Run(Action<int> work, CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        // What the last solve took says what the next will. This decides about threads alone, never about numbers.
        bool isSmall = _evaluations * Layout.Samples * (Dimension + _parts[0].ParameterGradient.Length) < SmallestThreadedWork;
        _crew.ForEach(_parts.Length, work, isSmall);
    }

    /// <summary>Solves a part and puts its outputs in their place among all; behind its last output time there are zeros.</summary>
    private void SolvePart(int index)
    {
        Part part = _parts[index];
        part.Failure = part.Engine.Solve(part.Grid, part.InitialStates, out part.FailedSample, _cancellationToken);
        ReadOnlySpan<double> outputs = part.Engine.Outputs;
        int length = part.Engine.StateLength;
        for (int output = 0; output < _grid.MaxCount; output++)
        {
            Span<double> destination = _outputs.AsSpan(output * StateLength, StateLength);
            part.Put(Layout, output < part.Grid.MaxCount ? outputs.Slice(output * length, length) : default, destination);
        }
    }

    private void PropagatePart(int index)
    {
        Part part = _parts[index];
        part.ParameterGradient.AsSpan().Clear();
        part.Failure = part.Engine.Propagate(part.Cotangents, part.ParameterGradient, out part.FailedSample, _cancellationToken);
        part.Put(Layout, part.Engine.InitialStateGradient, InitialStateGradient);
    }

    private OdeFailure? FirstFailure(out int failedSample)
    {
        foreach (Part part in _parts)
        {
            failedSample = part.First + part.FailedSample;
            if (part.Failure is not null)
                return part.Failure;
        }

        failedSample = -1;
        return null;
    }

    private void SumBackwardStatistics()
    {
        BackwardStatistics = default;
        foreach (Part part in _parts)
            BackwardStatistics += part.Engine.BackwardStatistics;
    }

    /// <summary>A part with copies of what belongs to it. Its samples are whole vectors of the batch's rows, padding included.</summary>
    private sealed class Part(AdjointEngine engine, int first, int parameterCount)
    {
        private double[] _cotangents = [];

        public int FailedSample = -1;

        public AdjointEngine Engine { get; } = engine;

        public int First { get; } = first;

        public OutputGrid Grid { get; } = new(engine.Layout.Samples);

        public double[] InitialStates { get; } = new double[engine.StateLength];

        public double[] ParameterGradient { get; } = new double[parameterCount];

        public double[] TimeGradient { get; private set; } = [];

        public ReadOnlySpan<double> Cotangents => _cotangents.AsSpan(0, Grid.MaxCount * Engine.StateLength);

        public OdeFailure? Failure { get; set; }

        public void SetTimes(OutputGrid grid)
        {
            Grid.Clear();
            for (int sample = 0; sample < Grid.Samples; sample++)
                Grid.Set(sample, grid, First + sample);
        }

        public void TakeCotangents(BatchLayout whole, ReadOnlySpan<double> cotangents, int stateLength)
        {
            int length = Engine.StateLength, needed = Engine.Layout.Length(Engine.Dimension, Grid.MaxCount, "output times");
            if (_cotangents.Length < needed)
                _cotangents = new double[needed];
            for (int output = 0; output < Grid.MaxCount; output++)
                Take(whole, cotangents.Slice(output * stateLength, stateLength), _cotangents.AsSpan(output * length, length));
        }

        public void DifferentiateTimes()
        {
            if (TimeGradient.Length < Grid.Places)
                TimeGradient = new double[Grid.Places];
            Engine.DifferentiateTimes(Cotangents, TimeGradient);
        }

        /// <summary>Copies this part's columns out of a batch of states.</summary>
        public void Take(BatchLayout whole, ReadOnlySpan<double> states, Span<double> destination)
        {
            int stride = Engine.Layout.Stride;
            for (int i = 0; i < Engine.Dimension; i++)
                states.Slice(whole.Index(i, First), stride).CopyTo(destination.Slice(i * stride, stride));
        }

        /// <summary>Copies this part's states into their columns of a batch; zeros where there are none.</summary>
        public void Put(BatchLayout whole, ReadOnlySpan<double> states, Span<double> destination)
        {
            int stride = Engine.Layout.Stride;
            for (int i = 0; i < Engine.Dimension; i++)
            {
                Span<double> row = destination.Slice(whole.Index(i, First), stride);
                if (states.IsEmpty)
                    row.Clear();
                else
                    states.Slice(i * stride, stride).CopyTo(row);
            }
        }
    }
}
