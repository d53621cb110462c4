using System.Runtime.CompilerServices;

namespace NeuralOde;

/// <summary>How the errors of a state's components make one number, which a step must keep at or below 1.</summary>
/// <example>
/// <code>
/// var options = new OdeSolverOptions { ErrorNorm = ErrorNorm.Maximum };
/// </code>
/// </example>
public sealed class ErrorNorm
{
    private readonly ErrorNormFunction _function;

    private ErrorNorm(string name, ErrorNormFunction function, bool takesMaximum = false)
    {
        Name = name;
        _function = function;
        TakesMaximum = takesMaximum;
    }

    /// <summary>√(mean of squares), the norm of Hairer, Nørsett, Wanner, Solving ODEs I, section II.4, and the default.</summary>
    public static ErrorNorm RootMeanSquare { get; } = new("root mean square", static errors =>
    {
        double sum = 0.0;
        foreach (double error in errors)
            sum += error * error;
        return Math.Sqrt(sum / errors.Length);
    });

    /// <summary>The largest absolute error: every component meets its tolerance. The norm of MATLAB's solvers.</summary>
    public static ErrorNorm Maximum { get; } = new("maximum", static errors =>
    {
        double largest = 0.0;
        foreach (double error in errors)
            largest = Math.Max(largest, Math.Abs(error));
        return largest;
    }, takesMaximum: true);

    internal bool TakesMaximum { get; }

    private string Name { get; }

    /// <summary>A norm of one's own, for instance one that leaves components out of the error control.</summary>
    /// <param name="function">
    /// Gives one number, 0 for no error and never negative, from the errors in tolerances, one per component of the state; called several times a step. A NaN
    /// rejects the step. An exception it throws passes through to the caller of the solve.
    /// </param>
    public static ErrorNorm FromFunction(ErrorNormFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return new ErrorNorm("own", function);
    }

    /// <inheritdoc cref="FromFunction(ErrorNormFunction)"/>
    /// <remarks>With a function over arrays, which are copies: for Visual Basic, which writes none over spans.</remarks>
    [OverloadResolutionPriority(-1)]
    public static ErrorNorm FromFunction(Func<double[], double> function) => FromFunction(ArrayFunctions.Norm(function));

    /// <summary>The norm's name.</summary>
    public override string ToString() => Name;

    /// <summary>NaN where a component is not finite, so that no norm can overlook it.</summary>
    internal double Measure(ReadOnlySpan<double> errors)
    {
        foreach (double error in errors)
        {
            if (!double.IsFinite(error))
                return double.NaN;
        }

        double norm = _function(errors);
        return norm < 0.0 ? throw new InvalidOperationException(FormattableString.Invariant($"The function of the ErrorNorm gave {norm:R}; a norm is not negative.")) : norm;
    }
}
