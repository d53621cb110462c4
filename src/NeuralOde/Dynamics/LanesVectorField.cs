using System.Runtime.Intrinsics;

namespace NeuralOde;

/// <summary>A vector field given as a delegate for eight states at once, each with parameters of its own or none.</summary>
/// <param name="dimension">Components of the state.</param>
/// <param name="parameters">One array per sample, all of one length; null where there are none.</param>
/// <param name="first">Which of them is the first sample's.</param>
/// <param name="samples">How many of them are meant, from the first on.</param>
/// <param name="function">The right-hand side; an empty span of parameters where there are none.</param>
/// <param name="isAutonomous">Whether f is known not to depend on time.</param>
internal sealed class LanesVectorField(int dimension, double[][]? parameters, int first, int samples, ParametricLanesFunction function, bool isAutonomous)
    : VectorField(dimension)
{
    /// <summary>The right-hand side.</summary>
    public ParametricLanesFunction Function => function;

    /// <summary>Parameters of every sample.</summary>
    public int ParameterCount => parameters is null ? 0 : parameters[first].Length;

    internal override bool IsAutonomous => isAutonomous;

    internal override int? RequiredSamples => parameters is null ? null : samples;

    /// <summary>A sample's parameters; empty where there are none.</summary>
    public ReadOnlySpan<double> Parameters(int sample) => parameters is null ? default : parameters[first + sample];

    internal override VectorField ForSamples(int firstSample, int count) =>
        parameters is null ? this : new LanesVectorField(Dimension, parameters, first + firstSample, count, function, isAutonomous);

    internal override VectorFieldEvaluator CreateEvaluator(BatchLayout layout)
    {
        if (parameters is not null && layout.Samples != samples)
        {
            throw new ArgumentException(
                $"The vector field has parameters for {samples} {(samples == 1 ? "sample" : "samples")}, but is asked for {layout.Samples}. Give it as many arrays of parameters as samples.");
        }

        return new Evaluator(this, layout, function, parameters, first);
    }

    private sealed class Evaluator : VectorFieldEvaluator
    {
        private const int Lanes = BatchLayout.Lanes;

        private readonly ParametricLanesFunction _function;
        private readonly double[][]? _parameters;
        private readonly int _first;
        private readonly int _parameterCount;
        private readonly Vector512<double>[] _state;
        private readonly Vector512<double>[] _derivative;
        // The parameters of the first eight lanes, one vector each, then those of the next eight.
        private readonly Vector512<double>[] _parameterLanes;
        private readonly bool[] _isNeeded;

        public Evaluator(LanesVectorField owner, BatchLayout layout, ParametricLanesFunction function, double[][]? parameters, int first)
            : base(owner.Dimension, layout)
        {
            _function = function;
            _parameters = parameters;
            _first = first;
            IsAutonomous = owner.IsAutonomous;
            _state = new Vector512<double>[Dimension];
            _derivative = new Vector512<double>[Dimension];
            int groups = BatchLayout.RoundUp(layout.Samples) / Lanes;
            _parameterCount = parameters is null ? 0 : parameters[first].Length;
            _parameterLanes = new Vector512<double>[ArrayLength.Of((groups, "groups of eight samples"), (_parameterCount, "parameters"))];
            _isNeeded = new bool[groups];
            _isNeeded.AsSpan().Fill(true);
            // Lanes behind the last sample repeat it, so that they meet nothing that it does not.
            for (int lane = 0; lane < groups * Lanes && parameters is not null; lane++)
                Assign(lane, Math.Min(lane, layout.Samples - 1));
        }

        public override bool IsAutonomous { get; }

        public override void SetActive(ReadOnlySpan<bool> active)
        {
            for (int group = 0; group < _isNeeded.Length; group++)
                _isNeeded[group] = active[(group * Lanes)..Math.Min(active.Length, (group + 1) * Lanes)].Contains(true);
        }

        public override void Evaluate(ReadOnlySpan<double> times, ReadOnlySpan<double> states, Span<double> derivatives, Span<double> record)
        {
            if (Layout.IsSingle)
            {
                EvaluateSingle(times[0], states, derivatives);
                return;
            }

            int stride = Layout.Stride;
            Vector512<double>[] state = _state, derivative = _derivative;
            for (int group = 0; group < _isNeeded.Length; group++)
            {
                int lane = group * Lanes;
                derivative.AsSpan().Clear();
                if (_isNeeded[group])
                {
                    for (int i = 0; i < state.Length; i++)
                        state[i] = Vector512.Create(states.Slice(i * stride + lane, Lanes));
                    _function(Vector512.Create(times.Slice(lane, Lanes)), state, _parameterLanes.AsSpan(group * _parameterCount, _parameterCount), derivative);
                }

                for (int i = 0; i < derivative.Length; i++)
                    derivative[i].CopyTo(derivatives.Slice(i * stride + lane, Lanes));
            }
        }

        /// <summary>All lanes compute the one sample.</summary>
        private void EvaluateSingle(double time, ReadOnlySpan<double> states, Span<double> derivatives)
        {
            for (int i = 0; i < _state.Length; i++)
                _state[i] = Vector512.Create(states[i]);
            _derivative.AsSpan().Clear();
            _function(Vector512.Create(time), _state, _parameterLanes, _derivative);
            if (Dimension > StageKernels.FewComponents)
            {
                for (int i = 0; i < _derivative.Length; i++)
                    derivatives[i] = _derivative[i].ToScalar();
                return;
            }

            // One vector at once, as the stage kernels load it.
            Vector256.Create(First(0), First(1), First(2), First(3)).CopyTo(derivatives);
        }

        private void Assign(int lane, int sample)
        {
            for (int i = 0; i < _parameterCount; i++)
            {
                ref Vector512<double> values = ref _parameterLanes[lane / Lanes * _parameterCount + i];
                values = values.WithElement(lane % Lanes, _parameters![_first + sample][i]);
            }
        }

        private double First(int component) => component < _derivative.Length ? _derivative[component].ToScalar() : 0.0;
    }
}
