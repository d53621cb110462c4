using MathNet.Numerics.LinearAlgebra;

namespace NeuralOde.Samples;

/// <summary>Trains a model as the command line asks and measures what it learned.</summary>
internal static class SpiralExperiment
{
    private const int HiddenUnits = 50;

    public static SpiralResult Run(SpiralOptions options)
    {
        SpiralProblem problem = options.Problem == Problem.Linear ? SpiralProblem.Linear : SpiralProblem.Cubic;
        TrajectoryDataset data = problem.Observe(options.Noise, options.IsIrregular, options.Seed);
        Network network = CreateNetwork(options, problem);
        var model = new NeuralOdeModel(network)
        {
            Gradient = options.Gradient == Adjoint.Continuous ? GradientMethod.ContinuousAdjoint() : GradientMethod.DiscreteAdjoint(),
        };
        var trainer = new Trainer(model, new TrainingOptions
        {
            Iterations = options.Iterations,
            BatchSize = 20,
            SegmentLength = 10,
            Seed = options.Seed,
            Loss = Loss.MeanSquaredError,
            Optimizer = CreateOptimizer(options),
            Schedule = LearningRateSchedule.Cosine(finalFraction: 0.01),
        });

        var history = new List<TrainingProgress>(options.Iterations);
        double secondsToFirstIteration = double.NaN;
        using var interruption = new Interruption();
        TrainingDisplay.Follow("Spiral", trainer.Run(data), options.Iterations, interruption, step =>
        {
            if (history.Count == 0)
                secondsToFirstIteration = ProcessClock.Seconds;
            history.Add(step);
        });

        return new SpiralResult
        {
            Options = options,
            Problem = problem,
            Model = model,
            Observations = data[0],
            History = history,
            IsInterrupted = interruption.IsRequested,
            SecondsToFirstIteration = secondsToFirstIteration,
            Truth = problem.Solve(SpiralProblem.Times),
            Prediction = model.Predict(problem.InitialState, SpiralProblem.Times),
            LearnedMatrix = options.Architecture == Architecture.Linear ? MatrixOf(network) : null,
        };
    }

    /// <summary>2 → 50 → 2. The cubic problem's network is given z³, as in torchdiffeq's demo.</summary>
    private static Network CreateNetwork(SpiralOptions options, SpiralProblem problem)
    {
        Layer[] layers = options.Architecture == Architecture.Tanh
            ? [new Dense(2, HiddenUnits), new ActivationLayer(HiddenUnits, Activation.Tanh), new Dense(HiddenUnits, 2)]
            : [new Dense(2, HiddenUnits), new Dense(HiddenUnits, 2)];
        return new Sequential(options.Seed, problem.Power == 1 ? layers : [new ElementwisePower(2, problem.Power), .. layers]);
    }

    private static Optimizer CreateOptimizer(SpiralOptions options) => options.Descent switch
    {
        Descent.Adam => Optimizer.Adam(options.LearningRate ?? 5e-3),
        Descent.AdamW => Optimizer.AdamW(options.LearningRate ?? 5e-3, weightDecay: 1e-4),
        Descent.RmsProp => Optimizer.RmsProp(options.LearningRate ?? 1e-3),
        Descent.Momentum => Optimizer.Sgd(options.LearningRate ?? 0.3, momentum: 0.9, nesterov: true),
        Descent.Sgd => Optimizer.Sgd(options.LearningRate ?? 2.0),
        _ => throw new ArgumentOutOfRangeException(nameof(options)),
    };

    /// <summary>W₂W₁ of Linear → Linear: the network is affine, so its values at 0 and at the unit vectors say it all.</summary>
    private static Matrix<double> MatrixOf(Network network)
    {
        Vector<double> constant = Evaluate(network, [0, 0]);
        return Matrix<double>.Build.DenseOfColumnVectors(Evaluate(network, [1, 0]) - constant, Evaluate(network, [0, 1]) - constant);
    }

    private static Vector<double> Evaluate(Network network, double[] input)
    {
        var output = new double[network.Outputs];
        network.Evaluate(input, output);
        return Vector<double>.Build.Dense(output);
    }
}
