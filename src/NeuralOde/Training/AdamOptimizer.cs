namespace NeuralOde;

/// <summary>Adam and, with a decoupled weight decay above 0, AdamW; see <see cref="Optimizer.Adam"/> and <see cref="Optimizer.AdamW"/>.</summary>
internal sealed record AdamOptimizer(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay) : Optimizer(LearningRate)
{
    internal override string Describe() => FormattableString.Invariant(
        $"adam(learningRate={LearningRate:R}, beta1={Beta1:R}, beta2={Beta2:R}, epsilon={Epsilon:R}, decoupledWeightDecay={WeightDecay:R})");

    internal override Optimizer WithoutDecay() => this with { WeightDecay = 0.0 };

    private protected override OptimizerState CreateStateCore(int parameterCount) => new State(this, new double[parameterCount], new double[parameterCount]);

    private sealed class State(AdamOptimizer optimizer, double[] firstMoment, double[] secondMoment)
        : OptimizerState(firstMoment.Length, ("exp_avg", firstMoment), ("exp_avg_sq", secondMoment))
    {
        protected override void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
        {
            double remaining = 1 - learningRate * optimizer.WeightDecay;
            double correctedRate = learningRate / (1 - Math.Pow(optimizer.Beta1, StepCount));
            double rootCorrection = Math.Sqrt(1 - Math.Pow(optimizer.Beta2, StepCount));
            OptimizerKernels.Widest.Adam(parameters, gradient, firstMoment, secondMoment, optimizer.Beta1, optimizer.Beta2, remaining, correctedRate, rootCorrection, optimizer.Epsilon);
        }
    }
}
