namespace NeuralOde;

/// <summary>How the weights of a <see cref="Dense"/> layer are drawn; biases start at 0.</summary>
/// <remarks>
/// Both are the normalized initialization of X. Glorot, Y. Bengio, AISTATS 9 (2010) 249–256, with variance
/// 2/(inputs + outputs).
/// </remarks>
public enum WeightInitialization
{
    /// <summary>Uniform on ±√(6/(inputs + outputs)).</summary>
    XavierUniform,

    /// <summary>Normal with mean 0 and standard deviation √(2/(inputs + outputs)).</summary>
    XavierNormal,
}
