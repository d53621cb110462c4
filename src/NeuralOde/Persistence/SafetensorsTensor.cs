namespace NeuralOde;

/// <summary>One named tensor of a safetensors file.</summary>
/// <param name="Name">The name, unique in its file.</param>
/// <param name="Shape">The length of each axis; empty for a scalar.</param>
/// <param name="Values">The values, row-major (the last axis is contiguous).</param>
internal sealed record SafetensorsTensor(string Name, long[] Shape, double[] Values);
