namespace NeuralOde;

/// <summary>Which samples' Jacobians are there, and which have served for so long that the next step needs another.</summary>
/// <remarks>
/// A Jacobian from a passage far stiffer than the present one makes Newton's increments tiny whatever is wrong with the state, and the error estimate
/// that it filters too. So how fast the iterations seem to converge can not tell its age. Longer steps tell of an easier passage, and CVODE
/// too limits the age in steps.
/// </remarks>
internal sealed class JacobianAge(int samples)
{
    // How much longer than the step it was evaluated for a step may be.
    private const double LongestGrowth = 4.0;

    private const int MaximumSteps = 50;

    private readonly bool[] _isThere = new bool[samples];
    private readonly bool[] _isFresh = new bool[samples];
    private readonly double[] _lengths = new double[samples];
    private readonly int[] _steps = new int[samples];

    /// <summary>Whether a sample's Jacobian is that of the step to be made.</summary>
    public bool IsFresh(int sample) => _isFresh[sample];

    /// <summary>Whether a step of this length needs another Jacobian.</summary>
    public bool IsDue(int sample, double step) =>
        !_isThere[sample] || (!_isFresh[sample] && (_steps[sample] >= MaximumSteps || Math.Abs(step) > LongestGrowth * _lengths[sample]));

    /// <summary>A Jacobian was evaluated, or there is none.</summary>
    public void Renew(int sample, bool succeeded)
    {
        _isThere[sample] = succeeded;
        _isFresh[sample] = true;
        _steps[sample] = 0;
    }

    /// <summary>A sample has moved on by a step.</summary>
    public void StepTaken(int sample, double step)
    {
        if (_isFresh[sample])
            _lengths[sample] = Math.Abs(step);
        _isFresh[sample] = false;
        _steps[sample]++;
    }

    /// <summary>The vector field is another from here on.</summary>
    public void Forget(int sample)
    {
        _isThere[sample] = false;
        _isFresh[sample] = false;
    }
}
