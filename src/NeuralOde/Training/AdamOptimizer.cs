namespace NeuralOde;

/// <summary>Adam and, with a decoupled weight decay above 0, AdamW; see <see cref="Optimizer.Adam"/> and <see cref="Optimizer.AdamW"/>.</summary>
internal sealed record AdamOptimizer(double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay) : Optimizer(LearningRate)
{
    internal override string Describe() => FormattableString.Invariant(
        $"adam(learningRate={LearningRate:R}, beta1={Beta1:R}, beta2={Beta2:R}, epsilon={Epsilon:R}, decoupledWeightDecay={WeightDecay:R})");

    private protected override OptimizerState CreateStateCore(int parameterCount) => new State(this, new double[parameterCount], new double[parameterCount]);

    private sealed class State(AdamOptimizer optimizer, double[] firstMoment, double[] secondMoment)
        : OptimizerState(firstMoment.Length, ("exp_avg", firstMoment), ("exp_avg_sq", secondMoment))
    {
        protected override void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
        {
            (double beta1, double beta2, double epsilon) = (optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon);
            double remaining = 1 - learningRate * optimizer.WeightDecay;
            double correctedRate = learningRate / (1 - Math.Pow(beta1, StepCount));
            double rootCorrection = Math.Sqrt(1 - Math.Pow(beta2, StepCount));
            for (int i = 0; i < parameters.Length; i++)
            {
                double slope = gradient[i];
                firstMoment[i] = beta1 * firstMoment[i] + (1 - beta1) * slope;
                secondMoment[i] = beta2 * secondMoment[i] + (1 - beta2) * slope * slope;
                parameters[i] = remaining * parameters[i] - correctedRate * firstMoment[i] / (Math.Sqrt(secondMoment[i]) / rootCorrection + epsilon);
            }
        }
    }
}
