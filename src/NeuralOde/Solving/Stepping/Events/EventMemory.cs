namespace NeuralOde;

/// <summary>How the events were met at which a sample's solve has ended, for one that goes on from there.</summary>
/// <param name="Fired">Which events these are.</param>
/// <param name="IsRising">How their functions crossed zero.</param>
/// <param name="Residues">What counts as zero of their functions there.</param>
internal sealed record EventMemory(bool[] Fired, bool[] IsRising, double[] Residues);
