namespace NeuralOde;

/// <summary>Chooses the order and the next step of every sample of <see cref="AdamsStepper"/>, as Shampine and Gordon (1975), chapter 7, do.</summary>
/// <remarks>
/// At the start, before any estimate says otherwise, the order goes up and the step doubles with every step. Afterwards the step changes
/// where that is worth it, and not by doubling only; so the error at the next order is estimated on unequal steps too, which costs no accuracy and
/// lets steps that land on many stops reach high orders.
/// </remarks>
internal sealed class AdamsOrderControl(SolveContext context, AdamsCoefficients coefficients)
{
    // A step is chosen for half the tolerance, so that few are rejected.
    private const double Aim = 0.5;

    private const double WorthwhileGrowth = 1.2;

    // A third rejection in a row says that the past is of no use.
    private const int TrustedRejections = 2;

    private readonly int[] _orders = new int[context.Layout.Samples];
    private readonly int[] _stepsAtOrder = new int[context.Layout.Samples];
    private readonly bool[] _isStarting = new bool[context.Layout.Samples];
    private readonly bool[] _isCut = new bool[context.Layout.Samples];
    private readonly double[] _estimates = new double[ArrayLength.Of((4, "estimates"), (context.Layout.Samples, "samples"))];

    public int Order(int sample) => _orders[sample];

    public void Restart(int sample)
    {
        Restart(sample, 1);
        _isStarting[sample] = true;
    }

    /// <summary>Begins at an order whose differences are known.</summary>
    public void Restart(int sample, int order)
    {
        _orders[sample] = order;
        _isStarting[sample] = false;
        _stepsAtOrder[sample] = 0;
    }

    /// <summary>A step is about to be tried; returns its order.</summary>
    public int Begin(StepRound round, int sample)
    {
        SampleLanes lanes = context.Lanes;
        if (lanes.ConsecutiveRejections[sample] > TrustedRejections)
            _orders[sample] = 1;
        if (lanes.ConsecutiveRejections[sample] > 0)
            _isStarting[sample] = false;
        _isCut[sample] = lanes.Lands[sample] && Math.Abs(round.Steps[sample]) < 0.99 * Math.Min(Math.Abs(lanes.Proposed[sample]), context.Options.MaxStep);
        return _orders[sample];
    }

    /// <summary>Tells how large h times the difference of f is that belongs to an order, from two below the present one to one above.</summary>
    public void SetEstimate(int sample, int offset, double norm) => _estimates[4 * sample + offset + 2] = coefficients.Estimate(sample, offset) * norm;

    public double StepAfterAcceptance(int sample, double step)
    {
        int order = _orders[sample];
        int change = ChooseOrder(sample);
        double error = Estimate(sample, change == 1 && _isStarting[sample] ? 0 : change);
        _orders[sample] = order + change;
        _stepsAtOrder[sample] = change == 0 ? _stepsAtOrder[sample] + 1 : 0;
        double factor = _isStarting[sample] ? 2.0 : Factor(error, order + change);
        double next = factor * step;
        if (!_isCut[sample])
            return next;
        // A step cut short to land on a stop says nothing against the longer one before, unless most of the past is as short.
        double earlier = Math.Min(Math.Abs(context.Lanes.Proposed[sample]), 2.0 * Math.Max(Math.Abs(step), coefficients.LongestStep(sample, order)));
        return Math.CopySign(Math.Max(Math.Abs(next), earlier), step);
    }

    public double StepAfterRejection(int sample, double step)
    {
        int order = _orders[sample];
        if (IsLowerBetter(sample))
            order--;
        double error = Estimate(sample, order - _orders[sample]);
        _orders[sample] = order;
        _stepsAtOrder[sample] = 0;
        if (context.Lanes.ConsecutiveRejections[sample] < TrustedRejections)
            return step * 0.5;
        return step * Math.Clamp(Math.Pow(Aim / error, 1.0 / (order + 1)), context.Options.ResolvedController.MinimumFactor, 0.5);
    }

    private double Estimate(int sample, int offset) => _estimates[4 * sample + offset + 2];

    private bool IsLowerBetter(int sample) => _orders[sample] switch
    {
        1 => false,
        2 => Estimate(sample, -1) <= 0.5 * Estimate(sample, 0),
        _ => Math.Max(Estimate(sample, -1), Estimate(sample, -2)) <= Estimate(sample, 0),
    };

    private int ChooseOrder(int sample)
    {
        int order = _orders[sample];
        bool lowers = IsLowerBetter(sample);
        if (lowers || order == AdamsBashforthMoulton.MaximumOrder)
            _isStarting[sample] = false;
        if (lowers)
            return -1;
        if (_isStarting[sample])
            return 1;
        if (_stepsAtOrder[sample] < order || !coefficients.KnowsNextOrder(sample, order))
            return 0;
        double present = Estimate(sample, 0), higher = Estimate(sample, 1);
        if (order == 1)
            return higher < 0.5 * present ? 1 : 0;
        if (Estimate(sample, -1) <= Math.Min(present, higher))
            return -1;
        return order < AdamsBashforthMoulton.MaximumOrder && higher < present ? 1 : 0;
    }

    private static double Factor(double error, int order)
    {
        double factor = Math.Pow(Aim / error, 1.0 / (order + 1));
        return factor >= WorthwhileGrowth ? Math.Min(factor, 2.0) : factor >= 1.0 ? 1.0 : Math.Clamp(factor, 0.5, 0.9);
    }
}
