namespace NeuralOde;

/// <summary>Whether the inputs of data are those that a model takes.</summary>
internal static class TrainingInputs
{
    /// <exception cref="ArgumentException">Data with inputs and a vector field without, the reverse, or other dimensions; the message says which.</exception>
    public static void Check(NeuralOdeModel model, TrajectoryDataset data, string name)
    {
        if (data.InputDimension == model.InputDimension)
            return;
        if (data.InputDimension == 0)
        {
            throw new ArgumentException($"The model's vector field takes an input of {model.InputDimension} components from each trajectory, but the data have no inputs. "
                + "Give them: Trajectory.WithInput, or new Trajectory(times, states, input).", name);
        }

        if (model.InputDimension == 0)
        {
            string why = model.Field is NeuralVectorField { InputDimension: > 0 } ? "has an input signal of its own" : "takes none";
            throw new ArgumentException($"The data have an input of {data.InputDimension} components for each trajectory, but the model's vector field {why}; training would ignore them. "
                + $"Build the field with new NeuralVectorField(network, inputDimension: {data.InputDimension}).", name);
        }

        throw new ArgumentException($"The data have inputs of {data.InputDimension} components; the model's vector field takes {model.InputDimension}.", name);
    }
}
