using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MathNet.Numerics.Random;

namespace NeuralOde;

/// <summary>
/// Tells functions of the caller's own apart, which no file can hold, by what they give for a few made-up arguments: a checkpoint stores the hash and compares
/// it on resuming.
/// </summary>
/// <remarks>
/// What they give is rounded to single precision, so that another system's elementary functions make no difference. Names of methods would not do: those of
/// lambda expressions change with every edit of the file around them, and do not show what is captured.
/// </remarks>
internal sealed class FunctionFingerprint : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Xoshiro256StarStar _random = new(seed: 1, threadSafe: false);

    private FunctionFingerprint()
    {
    }

    private static ReadOnlySpan<(int Length, bool Positive)> LossArguments => new[] { (1, true), (1, false), (12, true), (12, false), (240, true), (240, false) };

    public static string Of(MaskedLossFunction function)
    {
        using var fingerprint = new FunctionFingerprint();
        foreach ((int length, bool positive) in LossArguments)
        {
            double[] predictions = fingerprint.Draw(length, scale: 3.0, positive);
            double[] targets = fingerprint.Draw(length, scale: 3.0, positive);
            double[] weights = fingerprint.Draw(length, scale: 2.0, positive: true);
            double[] cotangents = new double[length];
            fingerprint.Append(() =>
            {
                double loss = function(predictions, targets, weights, cotangents);
                return [loss, .. cotangents];
            });
        }

        return fingerprint.Text();
    }

    public static string Of(LossFunction function)
    {
        using var fingerprint = new FunctionFingerprint();
        foreach ((int length, bool positive) in LossArguments)
        {
            double[] predictions = fingerprint.Draw(length, scale: 3.0, positive);
            double[] targets = fingerprint.Draw(length, scale: 3.0, positive);
            double[] cotangents = new double[length];
            fingerprint.Append(() =>
            {
                double loss = function(predictions, targets, cotangents);
                return [loss, .. cotangents];
            });
        }

        return fingerprint.Text();
    }

    public static string Of(TrainableVectorField field)
    {
        using var fingerprint = new FunctionFingerprint();
        if (field is ParametricVectorField functions)
            fingerprint.Append(functions);
        return fingerprint.Text();
    }

    public void Dispose() => _hash.Dispose();

    private void Append(ParametricVectorField field)
    {
        foreach ((double scale, bool positive) in (ReadOnlySpan<(double, bool)>)[(0.3, true), (1.0, true), (3.0, true), (10.0, true), (1.0, false), (3.0, false)])
        {
            double time = Draw(1, scale, positive)[0];
            double[] state = Draw(field.Dimension, scale, positive);
            double[] parameters = Draw(field.ParameterCount, scale: 1.0, positive);
            double[] cotangent = Draw(field.Dimension, scale: 1.0, positive: false);
            Append(() =>
            {
                var derivative = new double[field.Dimension];
                field.Function(time, state, parameters, derivative);
                return derivative;
            });
            Append(() =>
            {
                var products = new double[field.Dimension + field.ParameterCount];
                field.VectorJacobianProduct(time, state, parameters, cotangent, products.AsSpan(0, field.Dimension), products.AsSpan(field.Dimension));
                return products;
            });
        }
    }

    /// <summary>Numbers below a scale, the same in every run: of both signs, or positive for functions that take no others.</summary>
    private double[] Draw(int length, double scale, bool positive)
    {
        var values = new double[length];
        for (int i = 0; i < length; i++)
            values[i] = scale * (positive ? _random.NextDouble() : 2.0 * _random.NextDouble() - 1.0);
        return values;
    }

    private void Append(Func<double[]> compute)
    {
        double[] values;
        try
        {
            values = compute();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Made-up arguments may be none that the function can take: what it says to them is part of what it does.
            _hash.AppendData(MemoryMarshal.AsBytes(e.GetType().FullName.AsSpan()));
            return;
        }

        foreach (double value in values)
            _hash.AppendData(BitConverter.GetBytes(double.IsNaN(value) ? float.NaN : (float)value));
    }

    private string Text() => Convert.ToHexString(_hash.GetHashAndReset(), 0, 8);
}
