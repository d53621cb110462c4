namespace NeuralOde;

/// <summary>The numbers that a user gave for a method.</summary>
internal sealed record TableauSource(int Order, double[] Nodes, double[][] Couplings, double[] Weights, double[]? EmbeddedWeights, int? EmbeddedOrder);
