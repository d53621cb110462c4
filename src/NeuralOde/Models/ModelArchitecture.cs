namespace NeuralOde;

/// <summary>What a model file says about its vector field, numbers apart.</summary>
/// <param name="Layers">The network's layers.</param>
/// <param name="TakesTime">Whether its last input is the time.</param>
/// <param name="Precision">The precision that it computes in.</param>
/// <param name="InputDimension">Components of the input that comes with each trajectory; 0 without.</param>
/// <param name="Signal">Degree and components of every part of the input signal that is the field's own; none without.</param>
internal sealed record ModelArchitecture(Layer[] Layers, bool TakesTime, Precision Precision, int InputDimension, (int Degree, int Dimension)[] Signal);
