namespace NeuralOde;

/// <summary>Stochastic gradient descent; see <see cref="Optimizer.Sgd"/>.</summary>
internal sealed record SgdOptimizer(double LearningRate, double Momentum, bool Nesterov, double WeightDecay) : Optimizer(LearningRate)
{
    internal override string Describe() => FormattableString.Invariant(
        $"sgd(learningRate={LearningRate:R}, momentum={Momentum:R}, nesterov={Nesterov}, weightDecay={WeightDecay:R})");

    internal override Optimizer WithoutDecay() => this with { WeightDecay = 0.0 };

    private protected override OptimizerState CreateStateCore(int parameterCount) =>
        Momentum == 0 ? new PlainState(this, parameterCount) : new MomentumState(this, new double[parameterCount]);

    private sealed class PlainState(SgdOptimizer optimizer, int parameterCount) : OptimizerState(parameterCount)
    {
        protected override void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
        {
            double weightDecay = optimizer.WeightDecay;
            for (int i = 0; i < parameters.Length; i++)
                parameters[i] -= learningRate * (gradient[i] + weightDecay * parameters[i]);
        }
    }

    private sealed class MomentumState(SgdOptimizer optimizer, double[] buffer) : OptimizerState(buffer.Length, ("momentum_buffer", buffer))
    {
        protected override void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
        {
            (double momentum, double weightDecay, bool nesterov) = (optimizer.Momentum, optimizer.WeightDecay, optimizer.Nesterov);
            for (int i = 0; i < parameters.Length; i++)
            {
                double slope = gradient[i] + weightDecay * parameters[i];
                buffer[i] = momentum * buffer[i] + slope;
                parameters[i] -= learningRate * (nesterov ? slope + momentum * buffer[i] : buffer[i]);
            }
        }
    }
}
