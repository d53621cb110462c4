namespace NeuralOde;

/// <summary>
/// A rule that turns gradients into parameter updates: which rule and with which numbers. It is immutable and shareable; what a rule remembers
/// between steps belongs to the trainer that uses it.
/// </summary>
/// <remarks>
/// <para>Rules, argument defaults and the order of operations are those of <c>torch.optim</c> (PyTorch), so that numbers carry over. In the
/// formulas θ are the parameters, g = ∂L/∂θ the gradient and γ the learning rate times the factor of the <see cref="LearningRateSchedule"/>.</para>
/// <para>Which one: <see cref="Adam"/> unless there is a reason; <see cref="AdamW"/> where large weights are to be discouraged; <see cref="RmsProp"/>
/// to redo published neural ODE experiments; <see cref="Sgd"/> for full batches or for polishing.</para>
/// <para>Optimizers of one kind with the same numbers are equal. <see cref="ToString"/> gives the kind and all its numbers, exactly and independent of culture.</para>
/// </remarks>
public abstract record Optimizer
{
    private protected Optimizer(double learningRate) => LearningRate = learningRate;

    /// <summary>The learning rate before the schedule's factor; finite and greater than 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite or not greater than 0.</exception>
    public double LearningRate
    {
        get;
        init => field = TrainingArguments.Positive(value, nameof(LearningRate));
    }

    /// <summary>
    /// Stochastic gradient descent, as <c>torch.optim.SGD</c> without dampening: g ← g + λ θ, b ← μ b + g, θ ← θ − γ b, or with Nesterov's
    /// momentum θ ← θ − γ (g + μ b). The buffer b starts at 0.
    /// </summary>
    /// <param name="learningRate">γ before the schedule; finite and greater than 0.</param>
    /// <param name="momentum">μ, in [0, 1); 0 is plain gradient descent.</param>
    /// <param name="nesterov">Whether to look ahead along the momentum; needs <paramref name="momentum"/> above 0.</param>
    /// <param name="weightDecay">λ, the factor of the L2 penalty added to the gradient; finite and at least 0.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="nesterov"/> is set without momentum.</exception>
    /// <remarks>
    /// B. T. Polyak, USSR Comput. Math. Math. Phys. 4 (1964) 1–17, doi:10.1016/0041-5553(64)90137-5; I. Sutskever, J. Martens, G. Dahl, G. Hinton,
    /// "On the importance of initialization and momentum in deep learning", Proc. ICML 2013, PMLR 28(3) 1139–1147. As in PyTorch, and unlike in that paper,
    /// the learning rate multiplies the buffer instead of entering it, so a schedule acts at once.
    /// </remarks>
    public static Optimizer Sgd(double learningRate, double momentum = 0, bool nesterov = false, double weightDecay = 0)
    {
        TrainingArguments.Positive(learningRate);
        TrainingArguments.DecayRate(momentum);
        TrainingArguments.NonNegative(weightDecay);
        if (nesterov && momentum == 0)
            throw new ArgumentException("nesterov is true, but momentum is 0; Nesterov's method needs momentum greater than 0.", nameof(nesterov));
        return new SgdOptimizer(learningRate, momentum, nesterov, weightDecay);
    }

    /// <summary>
    /// RMSProp, as <c>torch.optim.RMSprop</c> without centering: v ← α v + (1 − α) g², θ ← θ − γ g / (√v + ε); with momentum
    /// b ← μ b + g / (√v + ε), θ ← θ − γ b. Both v and b start at 0.
    /// </summary>
    /// <param name="learningRate">γ before the schedule; finite and greater than 0.</param>
    /// <param name="smoothing">α, in [0, 1).</param>
    /// <param name="epsilon">ε, added after the square root; finite and greater than 0.</param>
    /// <param name="momentum">μ, in [0, 1).</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <remarks>
    /// T. Tieleman, G. Hinton, "Lecture 6.5 – RMSProp", COURSERA: Neural Networks for Machine Learning, 2012. The first steps are long, up to
    /// γ / √(1 − α), because v starts at 0 and is not corrected for that.
    /// </remarks>
    public static Optimizer RmsProp(double learningRate = 1e-2, double smoothing = 0.99, double epsilon = 1e-8, double momentum = 0) =>
        new RmsPropOptimizer(
            TrainingArguments.Positive(learningRate), TrainingArguments.DecayRate(smoothing), TrainingArguments.Positive(epsilon), TrainingArguments.DecayRate(momentum));

    /// <summary>
    /// Adam, as <c>torch.optim.Adam</c>: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², and at the k-th step
    /// θ ← θ − γ m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵏ), v̂ = v / (1 − β₂ᵏ). Both m and v start at 0.
    /// </summary>
    /// <param name="learningRate">γ before the schedule, about the length of a step in each parameter; finite and greater than 0.</param>
    /// <param name="beta1">β₁, in [0, 1).</param>
    /// <param name="beta2">β₂, in [0, 1).</param>
    /// <param name="epsilon">ε, added after the square root; finite and greater than 0.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <remarks>D. P. Kingma, J. Ba, "Adam: A method for stochastic optimization", 2015, arXiv:1412.6980, algorithm 1.</remarks>
    public static Optimizer Adam(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) =>
        new AdamOptimizer(
            TrainingArguments.Positive(learningRate), TrainingArguments.DecayRate(beta1), TrainingArguments.DecayRate(beta2), TrainingArguments.Positive(epsilon),
            WeightDecay: 0);

    /// <summary>
    /// AdamW, as <c>torch.optim.AdamW</c>: first θ ← (1 − γ λ) θ, then the step of <see cref="Adam"/>. The decay is decoupled from
    /// the gradient, so every parameter decays at the same rate whatever the size of its gradients.
    /// </summary>
    /// <param name="learningRate">γ before the schedule; finite and greater than 0.</param>
    /// <param name="beta1">β₁, in [0, 1).</param>
    /// <param name="beta2">β₂, in [0, 1).</param>
    /// <param name="epsilon">ε, added after the square root; finite and greater than 0.</param>
    /// <param name="weightDecay">λ, finite and at least 0; with 0 this is <see cref="Adam"/>.</param>
    /// <returns>The optimizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <remarks>I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", 2019, arXiv:1711.05101, algorithm 2, with γ λ in place of η λ.</remarks>
    public static Optimizer AdamW(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 1e-2) =>
        new AdamOptimizer(
            TrainingArguments.Positive(learningRate), TrainingArguments.DecayRate(beta1), TrainingArguments.DecayRate(beta2), TrainingArguments.Positive(epsilon),
            TrainingArguments.NonNegative(weightDecay));

    /// <summary>The kind of the optimizer and all its numbers, such as <c>sgd(learningRate=0.1, momentum=0.9, nesterov=False, weightDecay=0)</c>.</summary>
    /// <returns>The text; equal optimizers give equal texts and different ones different texts.</returns>
    public sealed override string ToString() => Describe();

    /// <summary>A text that tells this optimizer from any other one; a checkpoint stores it and compares it on resuming.</summary>
    internal abstract string Describe();

    /// <summary>Creates what a run with <paramref name="parameterCount"/> parameters remembers between steps, as before the first step.</summary>
    internal OptimizerState CreateState(int parameterCount) => CreateStateCore(TrainingArguments.AtLeast(0, parameterCount));

    /// <summary>The same rule without weight decay.</summary>
    internal virtual Optimizer WithoutDecay() => this;

    private protected abstract OptimizerState CreateStateCore(int parameterCount);
}
