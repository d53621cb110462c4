namespace NeuralOde;

/// <summary>RMSProp; see <see cref="Optimizer.RmsProp"/>.</summary>
internal sealed record RmsPropOptimizer(double LearningRate, double Smoothing, double Epsilon, double Momentum) : Optimizer(LearningRate)
{
    internal override string Describe() => FormattableString.Invariant(
        $"rmsProp(learningRate={LearningRate:R}, smoothing={Smoothing:R}, epsilon={Epsilon:R}, momentum={Momentum:R})");

    private protected override OptimizerState CreateStateCore(int parameterCount) => Momentum == 0
        ? new PlainState(this, new double[parameterCount])
        : new MomentumState(this, new double[parameterCount], new double[parameterCount]);

    private sealed class PlainState(RmsPropOptimizer optimizer, double[] squareAverage)
        : OptimizerState(squareAverage.Length, ("square_avg", squareAverage))
    {
        private readonly double[] _normalized = new double[squareAverage.Length];

        protected override void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
        {
            OptimizerKernels.Widest.Normalize(gradient, squareAverage, optimizer.Smoothing, optimizer.Epsilon, _normalized);
            for (int i = 0; i < parameters.Length; i++)
                parameters[i] -= learningRate * _normalized[i];
        }
    }

    private sealed class MomentumState(RmsPropOptimizer optimizer, double[] squareAverage, double[] buffer)
        : OptimizerState(squareAverage.Length, ("square_avg", squareAverage), ("momentum_buffer", buffer))
    {
        private readonly double[] _normalized = new double[squareAverage.Length];

        protected override void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
        {
            double momentum = optimizer.Momentum;
            OptimizerKernels.Widest.Normalize(gradient, squareAverage, optimizer.Smoothing, optimizer.Epsilon, _normalized);
            for (int i = 0; i < parameters.Length; i++)
            {
                buffer[i] = momentum * buffer[i] + _normalized[i];
                parameters[i] -= learningRate * buffer[i];
            }
        }
    }
}
