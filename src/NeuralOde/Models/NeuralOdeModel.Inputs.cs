namespace NeuralOde;

// For fields that are driven by an input which comes with each prediction.
public sealed partial class NeuralOdeModel
{
    /// <summary>Solves as <see cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, CancellationToken)"/> does, under an input.</summary>
    /// <param name="initialState">State at times[0], <see cref="Dimension"/> numbers in the data's units.</param>
    /// <param name="times">At least one time; all increasing or all decreasing.</param>
    /// <param name="input">The input, <see cref="InputDimension"/> components, a function of the same time.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>The solution with its status; a failed solve is no exception.</returns>
    /// <exception cref="ArgumentException">The vector field takes no input or one of another dimension, a length is wrong, a number not finite, or the times not monotone.</exception>
    public OdeSolution Predict(ReadOnlySpan<double> initialState, ReadOnlySpan<double> times, InputSignal input, CancellationToken cancellationToken = default) =>
        OdeSolver.Solve(FieldUnder(input), initialState, times, Solver, Standardization, cancellationToken);

    /// <summary>Solves under an input, in another way than <see cref="Solver"/> says.</summary>
    /// <inheritdoc cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, OdeSolverOptions, CancellationToken)" path="/remarks"/>
    /// <param name="initialState">State at times[0], <see cref="Dimension"/> numbers in the data's units.</param>
    /// <param name="times">At least one time; all increasing or all decreasing.</param>
    /// <param name="input">The input, <see cref="InputDimension"/> components, a function of the same time.</param>
    /// <param name="options">How to solve; a null <see cref="OdeSolverOptions.Method"/> is <see cref="OdeMethod.DormandPrince5"/>.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>The solution with its status; a failed solve is no exception.</returns>
    /// <exception cref="ArgumentException">The vector field takes no input or one of another dimension, a length is wrong, a number not finite, the times not monotone, or an option makes no sense.</exception>
    public OdeSolution Predict(ReadOnlySpan<double> initialState, ReadOnlySpan<double> times, InputSignal input, OdeSolverOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return OdeSolver.Solve(FieldUnder(input), initialState, times, options.Resolve(OdeMethod.DormandPrince5), Standardization, cancellationToken);
    }

    /// <summary>Solves from many initial states, each over its own times and under its own input.</summary>
    /// <param name="initialStates">One state per sample, at the first of its times.</param>
    /// <param name="times">One array of times per sample.</param>
    /// <param name="inputs">One input per sample, each of <see cref="InputDimension"/> components.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>One solution per sample.</returns>
    /// <exception cref="ArgumentException">The vector field takes no inputs or such of another dimension, a length is wrong, a number not finite, or times not monotone.</exception>
    public OdeBatchSolution PredictBatch(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, IReadOnlyList<InputSignal> inputs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        ArgumentNullException.ThrowIfNull(times);
        return OdeSolver.SolveBatch(FieldUnder(inputs, initialStates.Count), initialStates, times, Solver, Standardization, cancellationToken);
    }

    /// <summary>Solves many samples, each under its own input, in another way than <see cref="Solver"/> says.</summary>
    /// <remarks>See <see cref="Predict(ReadOnlySpan{double}, ReadOnlySpan{double}, OdeSolverOptions, CancellationToken)"/>.</remarks>
    /// <param name="initialStates">One state per sample, at the first of its times, in the data's units.</param>
    /// <param name="times">One array of times per sample.</param>
    /// <param name="inputs">One input per sample, each of <see cref="InputDimension"/> components.</param>
    /// <param name="options">How to solve; a null <see cref="OdeSolverOptions.Method"/> is <see cref="OdeMethod.DormandPrince5"/>.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>One solution per sample.</returns>
    /// <exception cref="ArgumentException">The vector field takes no inputs or such of another dimension, a length is wrong, a number not finite, times not monotone, or an option makes no sense.</exception>
    public OdeBatchSolution PredictBatch(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, IReadOnlyList<InputSignal> inputs, OdeSolverOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        ArgumentNullException.ThrowIfNull(times);
        ArgumentNullException.ThrowIfNull(options);
        return OdeSolver.SolveBatch(FieldUnder(inputs, initialStates.Count), initialStates, times, options.Resolve(OdeMethod.DormandPrince5), Standardization, cancellationToken);
    }

    /// <summary>The learned vector field at one point under an input, in the data's units.</summary>
    /// <param name="time">Time.</param>
    /// <param name="state">State, <see cref="Dimension"/> numbers.</param>
    /// <param name="input">The value of the input, <see cref="InputDimension"/> numbers.</param>
    /// <param name="derivative">Receives dz/dt, <see cref="Dimension"/> numbers.</param>
    /// <exception cref="ArgumentException">The vector field takes no input or one of another dimension, a length is wrong, or a number of the input not finite.</exception>
    public void Derivative(double time, ReadOnlySpan<double> state, ReadOnlySpan<double> input, Span<double> derivative)
    {
        Guard.Finite(input);
        Differentiate(FieldUnder(InputSignal.Constant(input)), time, state, derivative);
    }

    /// <summary>Solves over times under an input and differentiates a loss on the solution.</summary>
    /// <param name="initialState">State at times[0], <see cref="Dimension"/> numbers.</param>
    /// <param name="times">At least one time; all increasing or all decreasing.</param>
    /// <param name="input">The input, <see cref="InputDimension"/> components, a function of the same time.</param>
    /// <param name="loss">Given the predicted states, returns the loss and writes its derivative.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>Loss and gradients, or the failure of the forward or backward solve.</returns>
    /// <exception cref="ArgumentException">The vector field takes no input or one of another dimension, a length is wrong, a number not finite, or the times not monotone.</exception>
    public GradientResult ComputeGradient(ReadOnlySpan<double> initialState, ReadOnlySpan<double> times, InputSignal input, TrajectoryLossFunction loss, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(loss);
        Guard.Length(initialState, Dimension);
        Guard.Finite(initialState);
        Guard.Times(times);
        RequireInput(input, nameof(input));
        return new GradientResult(Differentiate([initialState.ToArray()], [times.ToArray()], [input], (_, prediction, cotangent) => loss(prediction, cotangent), cancellationToken));
    }

    /// <summary>As <see cref="ComputeGradient(ReadOnlySpan{double}, ReadOnlySpan{double}, InputSignal, TrajectoryLossFunction, CancellationToken)"/>, for many samples at once; the loss is the sum over the samples.</summary>
    /// <inheritdoc cref="ComputeBatchGradient(IReadOnlyList{double[]}, IReadOnlyList{double[]}, BatchLossFunction, CancellationToken)" path="/remarks"/>
    /// <param name="initialStates">One state per sample, at the first of its times.</param>
    /// <param name="times">One array of times per sample.</param>
    /// <param name="inputs">One input per sample, each of <see cref="InputDimension"/> components.</param>
    /// <param name="loss">Called for every sample, in order, on the calling thread.</param>
    /// <param name="cancellationToken">Ends the solve after the step in progress.</param>
    /// <returns>Loss and gradients, or the first failure of a forward or backward solve.</returns>
    /// <exception cref="ArgumentException">The vector field takes no inputs or such of another dimension, a length is wrong, a number not finite, or times not monotone.</exception>
    public BatchGradientResult ComputeBatchGradient(IReadOnlyList<double[]> initialStates, IReadOnlyList<double[]> times, IReadOnlyList<InputSignal> inputs, BatchLossFunction loss, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(initialStates);
        RequireInputs(inputs, initialStates.Count);
        return Differentiate(initialStates, times, inputs, loss, cancellationToken);
    }

    /// <summary>The vector field where no input was given.</summary>
    /// <exception cref="ArgumentException">It needs one.</exception>
    private TrainableVectorField FieldWithoutInput() => InputDimension == 0
        ? Field
        : throw new ArgumentException($"The model's vector field takes an input of {Components(InputDimension)} that comes with each trajectory; none was given. Pass it as the argument input or inputs.", "input");

    private TrainableVectorField FieldUnder(InputSignal input)
    {
        RequireInput(input, nameof(input));
        return Field.Bind(new SampleInputs(input));
    }

    private TrainableVectorField FieldUnder(IReadOnlyList<InputSignal> inputs, int samples)
    {
        RequireInputs(inputs, samples);
        return samples == 0 ? Field : Field.Bind(new SampleInputs(inputs));
    }

    private void RequireInputs(IReadOnlyList<InputSignal> inputs, int samples)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        if (inputs.Count != samples)
            throw new ArgumentException($"inputs has {inputs.Count} signals for {samples} initial states.", nameof(inputs));
        for (int sample = 0; sample < samples; sample++)
            RequireInput(inputs[sample], $"inputs[{sample}]", nameof(inputs));
    }

    private void RequireInput(InputSignal input, string name, string? argument = null)
    {
        argument ??= name;
        if (input is null)
            throw new ArgumentNullException(argument, $"{name} is null.");
        if (InputDimension == 0)
        {
            string why = Field is NeuralVectorField { InputDimension: > 0 } ? "has its own input signals" : "takes no input";
            throw new ArgumentException($"The model's vector field {why}, so that {name} would go unused. For a field that takes one from each trajectory: new NeuralVectorField(network, inputDimension).", argument);
        }

        if (input.Dimension != InputDimension)
            throw new ArgumentException($"{name} has {Components(input.Dimension)}; the model's vector field takes {InputDimension}.", argument);
    }

    private static string Components(int count) => count == 1 ? "1 component" : $"{count} components";
}
