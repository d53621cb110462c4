namespace NeuralOde;

/// <summary>Makes one number of a sample's errors; a step is accepted up to 1.</summary>
/// <param name="errors">Per component: error over absolute tolerance + relative tolerance · |y|. Finite; valid during the call only.</param>
public delegate double ErrorNormFunction(ReadOnlySpan<double> errors);
