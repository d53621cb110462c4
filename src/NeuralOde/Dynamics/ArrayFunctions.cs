using System.Diagnostics.CodeAnalysis;

namespace NeuralOde;

/// <summary>
/// Functions over arrays as functions over spans, for languages that cannot write the latter. Every call copies what goes in and what comes out, so that
/// threads share no array.
/// </summary>
internal static class ArrayFunctions
{
    public static VectorFieldFunction Field(Action<double, double[], double[]> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (t, y, dydt) =>
        {
            double[] result = dydt.ToArray();
            function(t, y.ToArray(), result);
            result.CopyTo(dydt);
        };
    }

    [return: NotNullIfNotNull(nameof(function))]
    public static JacobianFunction? Jacobian(Action<double, double[], double[]>? function)
    {
        if (function is null)
            return null;
        return (t, y, jacobian) =>
        {
            double[] result = jacobian.ToArray();
            function(t, y.ToArray(), result);
            result.CopyTo(jacobian);
        };
    }

    public static ForcedVectorFieldFunction Field(Action<double, double[], double[], double[]> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (t, y, u, dydt) =>
        {
            double[] result = dydt.ToArray();
            function(t, y.ToArray(), u.ToArray(), result);
            result.CopyTo(dydt);
        };
    }

    [return: NotNullIfNotNull(nameof(function))]
    public static ForcedJacobianFunction? Jacobian(Action<double, double[], double[], double[]>? function)
    {
        if (function is null)
            return null;
        return (t, y, u, jacobian) =>
        {
            double[] result = jacobian.ToArray();
            function(t, y.ToArray(), u.ToArray(), result);
            result.CopyTo(jacobian);
        };
    }

    public static ParametricVectorFieldFunction Parametric(Action<double, double[], double[], double[]> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (t, y, parameters, dydt) =>
        {
            double[] result = dydt.ToArray();
            function(t, y.ToArray(), parameters.ToArray(), result);
            result.CopyTo(dydt);
        };
    }

    public static VectorJacobianProductFunction Product(Action<double, double[], double[], double[], double[], double[]> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (t, y, parameters, cotangent, stateCotangent, parameterCotangent) =>
        {
            double[] states = stateCotangent.ToArray(), ofParameters = parameterCotangent.ToArray();
            function(t, y.ToArray(), parameters.ToArray(), cotangent.ToArray(), states, ofParameters);
            states.CopyTo(stateCotangent);
            ofParameters.CopyTo(parameterCotangent);
        };
    }

    public static EventFunction Event(Func<double, double[], double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (t, y) => function(t, y.ToArray());
    }

    [return: NotNullIfNotNull(nameof(change))]
    public static EventStateChange? Change(Action<double, double[]>? change)
    {
        if (change is null)
            return null;
        return (t, y) =>
        {
            double[] state = y.ToArray();
            change(t, state);
            state.CopyTo(y);
        };
    }

    public static TrajectoryLossFunction Loss(Func<double[], double[], double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (prediction, cotangent) =>
        {
            double[] result = cotangent.ToArray();
            double loss = function(prediction.ToArray(), result);
            result.CopyTo(cotangent);
            return loss;
        };
    }

    public static BatchLossFunction Loss(Func<int, double[], double[], double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (sample, prediction, cotangent) =>
        {
            double[] result = cotangent.ToArray();
            double loss = function(sample, prediction.ToArray(), result);
            result.CopyTo(cotangent);
            return loss;
        };
    }

    public static LossFunction Loss(Func<double[], double[], double[], double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (predictions, targets, cotangents) =>
        {
            double[] result = cotangents.ToArray();
            double loss = function(predictions.ToArray(), targets.ToArray(), result);
            result.CopyTo(cotangents);
            return loss;
        };
    }

    public static MaskedLossFunction MaskedLoss(Func<double[], double[], double[], double[], double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return (predictions, targets, weights, cotangents) =>
        {
            double[] result = cotangents.ToArray();
            double loss = function(predictions.ToArray(), targets.ToArray(), weights.ToArray(), result);
            result.CopyTo(cotangents);
            return loss;
        };
    }

    public static ErrorNormFunction Norm(Func<double[], double> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return errors => function(errors.ToArray());
    }
}
