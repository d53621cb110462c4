namespace NeuralOde;

/// <summary>The precision in which a network computes inside (<see cref="Network.Precision"/>).</summary>
public enum Precision
{
    /// <summary>64 bits, about 16 digits.</summary>
    Double,

    /// <summary>
    /// 32 bits, about 7 digits: twice as many numbers in a vector and in a cache. Products and activations are in single precision;
    /// parameters, states, times, errors, and the sums that make gradients stay in double precision.
    /// </summary>
    Single,
}
