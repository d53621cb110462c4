using System.Diagnostics.CodeAnalysis;

namespace NeuralOde;

/// <summary>An elementwise function between the linear layers of a network.</summary>
[SuppressMessage("Naming", "CA1724", Justification = "The field's word; the namespace of this name died with .NET Framework.")]
public enum Activation
{
    /// <summary>σ(x) = x.</summary>
    Identity,

    /// <summary>Hyperbolic tangent; smooth, bounded, the usual choice for a vector field.</summary>
    Tanh,

    /// <summary>Logistic function 1/(1 + e^−x).</summary>
    Sigmoid,

    /// <summary>log(1 + e^x): a smooth rectifier.</summary>
    Softplus,

    /// <summary>x for x ≥ 0, e^x − 1 below (Clevert, Unterthiner &amp; Hochreiter 2015, arXiv:1511.07289).</summary>
    Elu,

    /// <summary>x·Φ(x) with the normal distribution function Φ, not its tanh approximation (Hendrycks &amp; Gimpel 2016, arXiv:1606.08415).</summary>
    Gelu,

    /// <summary>x/(1 + e^−x), also called swish (Elfwing, Uchibe &amp; Doya 2017, arXiv:1702.03118).</summary>
    Silu,

    /// <summary>max(x, 0). Its kinks cost an adaptive solver extra steps; prefer a smooth activation in a vector field.</summary>
    Relu,

    /// <summary>sin(x), for periodic dynamics (Sitzmann et al. 2020, arXiv:2006.09661).</summary>
    Sin,
}
