namespace NeuralOde;

// Between the data's coordinates and those in which the vector field works.
public sealed partial class NeuralOdeModel
{
    private Standardization? _standardization;
    private OdeSolverOptions _standardSolver = new OdeSolverOptions().Resolve(OdeMethod.DormandPrince5);

    /// <summary>
    /// The coordinates in which the vector field works: states, time and inputs are standardized on the way in and restored on the way out, so
    /// that everything outside, tolerances apart, stays in the data's own units. Null (the default) leaves them as they are,
    /// until a <see cref="TrainingPlan"/> gives a new network that of its data.
    /// </summary>
    /// <remarks>A vector field written as functions sees standardized states and times, and gives derivatives of the one by the other.</remarks>
    /// <exception cref="ArgumentException">It is for another dimension of the state or the input, or a length of time of <see cref="Solver"/> is out of the range of its time.</exception>
    public Standardization? Standardization
    {
        get => _standardization;
        init
        {
            if (value is not null && value.Dimension != Dimension)
                throw new ArgumentException($"The standardization is for {value.Dimension} components; the model has {Dimension}.", nameof(value));
            int inputs = Field is NeuralVectorField driven ? driven.InputDimension : 0;
            if (value is { InputMeans.Length: > 0 } && value.InputMeans.Length != inputs)
                throw new ArgumentException($"The standardization is for inputs of {value.InputMeans.Length} components; the model's vector field takes {inputs}.", nameof(value));
            _standardSolver = _solver.InUnits(value);
            // Says what is wrong with signals of the field's own.
            if (value is not null)
                Field.InUnits(value);
            _standardization = value;
        }
    }

    /// <summary>
    /// The components of the state that data are of, as many as the data have, in the data's order; null (the default) where these are the first ones. The others are hidden: training has no observations of them and
    /// needs <see cref="InitialStates.Learned"/>.
    /// </summary>
    /// <exception cref="ArgumentException">There are none, or one is not a component of the state or named twice.</exception>
    public IReadOnlyList<int>? MeasuredComponents
    {
        get;
        init
        {
            int[]? components = value is null ? null : [.. value];
            if (components is { Length: 0 })
                throw new ArgumentException("MeasuredComponents is empty; at least one component must be measured.", nameof(value));
            for (int i = 0; i < components?.Length; i++)
            {
                if ((uint)components[i] >= (uint)Dimension)
                    throw new ArgumentException($"MeasuredComponents[{i}] = {components[i]} is not a component of the state, 0 to {Dimension - 1}.", nameof(value));
                if (Array.IndexOf(components, components[i]) < i)
                    throw new ArgumentException($"MeasuredComponents[{i}] = {components[i]} is named before.", nameof(value));
            }

            field = components is null ? null : Array.AsReadOnly(components);
        }
    }

    /// <summary><see cref="Solver"/> in the coordinates in which the vector field works.</summary>
    internal OdeSolverOptions StandardSolver => _standardSolver;

    /// <summary>An engine that works in standardized states and time.</summary>
    /// <param name="samples">Size of the batch.</param>
    /// <param name="inputs">Slots for standardized inputs, where the vector field needs such.</param>
    /// <param name="solver">How to solve, in standardized time; null for <see cref="StandardSolver"/>.</param>
    internal GradientEngine CreateEngine(int samples, SampleInputs? inputs = null, OdeSolverOptions? solver = null)
    {
        TrainableVectorField field = inputs is not null ? Field.Bind(inputs) : Standardization is null ? Field : Field.InUnits(Standardization);
        return Gradient.CreateEngine(field, solver ?? StandardSolver, samples);
    }

    /// <summary>Whether the model was neither loaded nor trained, so that its parameters mean nothing yet.</summary>
    internal bool IsFresh { get; private set; } = true;

    /// <summary>From here on the parameters mean something in the present coordinates.</summary>
    internal void MarkUsed() => IsFresh = false;

    /// <summary>Sets the standardization of a model that has none.</summary>
    internal void StandardizeAutomatically(Standardization standardization)
    {
        _standardSolver = _solver.InUnits(standardization);
        _standardization = standardization;
        // What they hold was made for other coordinates.
        _engines.Release();
    }

    private void Differentiate(TrainableVectorField field, double time, ReadOnlySpan<double> state, Span<double> derivative)
    {
        Guard.Length(state, Dimension);
        Guard.Length(derivative, Dimension);
        if (Standardization is null)
        {
            field.Evaluate(time, state, derivative);
            return;
        }

        var standardized = new double[Dimension];
        Standardization.Apply(state, standardized);
        field.InUnits(Standardization).Evaluate(Standardization.ToStandardTime(time), standardized, derivative);
        for (int i = 0; i < Dimension; i++)
            derivative[i] *= Standardization.Scales[i] / Standardization.TimeScale;
    }

    private BatchGradientResult Differentiate(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, IReadOnlyList<InputSignal>? inputs,
        BatchLossFunction loss, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(loss);
        if (initialStates.Count == 0)
            throw new ArgumentException("initialStates is empty; a batch needs at least one sample.", nameof(initialStates));
        EngineCache.Lease lease = _engines.Rent(this, initialStates.Count);
        for (int sample = 0; sample < inputs?.Count; sample++)
            lease.Entry.Inputs!.Set(sample, Standardization is null ? inputs[sample] : inputs[sample].InUnits(Standardization));
        BatchGradientResult result = BatchGradient.Compute(this, lease.Entry.Engine, initialStates, times, loss, cancellationToken);
        _engines.Return(lease);
        return result;
    }
}
