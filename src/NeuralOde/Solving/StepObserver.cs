namespace NeuralOde;

/// <summary>Sees every accepted step; see <see cref="OdeSolverOptions.StepObserver"/>.</summary>
/// <param name="step">The step; valid during the call only.</param>
public delegate void StepObserver(in OdeStep step);
