namespace NeuralOde;

/// <summary>Which components of a model's state data are of.</summary>
internal static class TrainingComponents
{
    /// <summary>For every component of the data that of the state; null where they are the same.</summary>
    public static int[]? Measured(NeuralOdeModel model, TrajectoryDataset data)
    {
        if (model.MeasuredComponents is null && data.Dimension == model.Dimension)
            return null;
        return model.MeasuredComponents is { } measured ? [.. measured] : [.. Enumerable.Range(0, data.Dimension)];
    }

    /// <exception cref="ArgumentException">The data have too many components, or too few for starts that are observed.</exception>
    public static void Check(NeuralOdeModel model, TrainingOptions options, TrajectoryDataset data, string name)
    {
        if (model.MeasuredComponents is { } measured && measured.Count != data.Dimension)
            throw new ArgumentException($"The data have {data.Dimension} components; the model has {model.Dimension}, of which MeasuredComponents names {measured.Count}.", name);
        if (data.Dimension > model.Dimension)
            throw new ArgumentException($"The data have {data.Dimension} components; the model has {model.Dimension}.", name);
        if (data.Dimension < model.Dimension && options.InitialStates != InitialStates.Learned)
        {
            throw new ArgumentException($"The data have {data.Dimension} components; the model has {model.Dimension}. If the others are hidden, nothing was observed to start from: "
                + "set TrainingOptions.InitialStates = InitialStates.Learned.", name);
        }
    }

    /// <summary>Validation starts from observed states.</summary>
    /// <exception cref="ArgumentException">There are hidden components.</exception>
    public static void RequireStarts(NeuralOdeModel model, TrajectoryDataset validation, string name)
    {
        if (validation.Dimension < model.Dimension)
        {
            throw new ArgumentException($"The model has {model.Dimension} components, of which the data have {validation.Dimension}: validation starts from observed states, and there are none of hidden components. "
                + "Train without validation data and with ValidationFraction = 0.", name);
        }
    }
}
