namespace NeuralOde;

/// <summary>What training remembers between iterations beside the model's parameters: all that a checkpoint holds.</summary>
internal sealed class TrainingState(OptimizerState optimizer, int parameterCount)
{
    public OptimizerState Optimizer { get; } = optimizer;

    /// <summary>Iterations done.</summary>
    public int Iteration { get; set; }

    public int SkippedMinibatches { get; set; }

    public int ConsecutiveFailures { get; set; }

    /// <summary>The longest step that was found short enough for the parameter gradient; infinity while nothing was wrong.</summary>
    public double StepLimit { get; set; } = double.PositiveInfinity;

    /// <summary>How often steps were shortened.</summary>
    public int Refinements { get; set; }

    /// <summary>Loss of the last minibatch that was not skipped.</summary>
    public double LastLoss { get; set; } = double.NaN;

    /// <summary>The iteration after which the validation loss was last computed; 0 before.</summary>
    public int LastLook { get; set; }

    /// <summary>Looks at the validation loss since it last improved.</summary>
    public int LooksWithoutImprovement { get; set; }

    public double BestValidationLoss { get; set; } = double.PositiveInfinity;

    /// <summary>The iteration that had it.</summary>
    public int BestIteration { get; set; }

    /// <summary>The parameters with the lowest validation loss; meaningless before the first look.</summary>
    public double[] BestParameters { get; } = new double[parameterCount];

    /// <summary>Learned initial states; null without such, and before the first run.</summary>
    public StartTable? Starts { get; set; }

    public bool HasBest => BestValidationLoss < double.PositiveInfinity;

    /// <summary>Hash of the data that were trained on, or null before the first run.</summary>
    public string? DataFingerprint { get; set; }

    public void Remember(double validationLoss, ReadOnlySpan<double> parameters)
    {
        LastLook = Iteration;
        if (validationLoss < BestValidationLoss && double.IsFinite(validationLoss))
        {
            BestValidationLoss = validationLoss;
            BestIteration = Iteration;
            parameters.CopyTo(BestParameters);
            Starts?.Values.CopyTo(Starts.BestValues, 0);
            LooksWithoutImprovement = 0;
        }
        else
        {
            LooksWithoutImprovement++;
        }
    }
}
