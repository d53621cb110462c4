using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NeuralOde.Peers;

/// <summary>
/// The adjoint of R. T. Q. Chen et al., Neural Ordinary Differential Equations, doi:10.48550/arXiv.1806.07366: state, cotangent and parameters' gradient
/// solved backward together, with products by autograd, and errors controlled as torchdiffeq does: the largest of the three's root mean squares.
/// </summary>
internal static class ContinuousAdjoint
{
    /// <summary>Adds to the parameters' gradients.</summary>
    /// <param name="field">The network.</param>
    /// <param name="states">At the times, from the forward solve.</param>
    /// <param name="cotangents">The loss's derivatives with respect to these states: times × samples × dimension.</param>
    /// <param name="times">Of the states.</param>
    /// <param name="relativeTolerance">Of the solve backward.</param>
    /// <param name="absoluteTolerance">Likewise.</param>
    public static void Accumulate(Perceptron field, List<Tensor> states, Tensor cotangents, double[] times, double relativeTolerance, double absoluteTolerance)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Parameter[] parameters = [.. field.parameters()];
        long[] shape = states[0].shape;
        long length = states[0].numel(), parameterCount = parameters.Sum(parameter => parameter.numel());

        Tensor Derivative(double time, Tensor all)
        {
            using var inner = NewDisposeScope();
            using var gradient = enable_grad();
            Tensor state = all.narrow(0, 0, length).view(shape).detach().requires_grad_(true);
            Tensor output = field.forward(state);
            IList<Tensor> products = autograd.grad([output], [state, .. parameters], [-all.narrow(0, length, length).view(shape)]);
            return cat([output.detach().reshape(-1), .. products.Select(product => product.reshape(-1))]).MoveToOuterDisposeScope();
        }

        double Norm(Tensor all) => Math.Max(
            Math.Max(DormandPrince5.RootMeanSquare(all.narrow(0, 0, length)), DormandPrince5.RootMeanSquare(all.narrow(0, length, length))),
            DormandPrince5.RootMeanSquare(all.narrow(0, 2 * length, parameterCount)));

        Tensor cotangent = cotangents[times.Length - 1], parameterGradient = zeros(parameterCount, dtype: cotangent.dtype);
        for (int i = times.Length - 1; i > 0; i--)
        {
            Tensor from = cat([states[i].reshape(-1), cotangent.reshape(-1), parameterGradient]);
            Tensor to = DormandPrince5.Solve(Derivative, from, [times[i], times[i - 1]], relativeTolerance, absoluteTolerance, Norm)[1];
            cotangent = to.narrow(0, length, length).view(shape) + cotangents[i - 1];
            parameterGradient = to.narrow(0, 2 * length, parameterCount);
        }

        long at = 0;
        foreach (Parameter parameter in parameters)
        {
            Tensor part = parameterGradient.narrow(0, at, parameter.numel()).view(parameter.shape);
            at += parameter.numel();
            if (parameter.grad is { } sum)
                sum.add_(part);
            else
                parameter.grad = part.clone().DetachFromDisposeScope();
        }
    }
}
