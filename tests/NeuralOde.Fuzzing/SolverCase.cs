using System.Globalization;

namespace NeuralOde.Fuzzing;

/// <summary>A solve drawn at random: a problem, one state or several, times and options.</summary>
internal sealed class SolverCase
{
    public SolverCase(Random random)
    {
        Method = random.One(OdeMethod.All);
        T0 = random.Next(4) switch
        {
            0 => 0.0,
            1 => random.Between(-3.0, 3.0),
            2 => 0.1 * random.Next(-20, 21),
            _ => random.One(-1.0, 1.0) * random.PowerOfTen(0.0, 4.0),
        };
        Duration = random.One(-1.0, 1.0) * random.PowerOfTen(-2.0, 1.5);
        Problem = SolverProblem.Create(random, T0, Duration, Method.IsStiff, mayJump: Method != OdeMethod.Kvaerno5);
        Tolerance = random.PowerOfTen(LowestExponent(Method), -3.0);
        Options = DrawOptions(random);
        int samples = random.Chance(0.4) ? 1 : random.Chance(0.05) ? random.Next(60, 80) : random.Next(2, 12);
        bool isLandingOften = Options.StepToOutputTimes || Options.Output == OdeOutput.Times || random.Chance(0.5);
        States = new double[samples][];
        Times = new double[samples][];
        bool areShared = Options.ErrorControl == ErrorControl.Joint;
        for (int sample = 0; sample < samples; sample++)
        {
            States[sample] = Problem.DrawState(random, T0);
            Times[sample] = areShared && sample > 0 ? Times[0] : isLandingOften ? DrawTimes(random) : [T0, T0 + Duration];
        }

        if (!areShared && random.Chance(0.25))
        {
            Event = new SolverEvent(random, Times[0], Duration, mayTurn: Problem is LinearProblem or QuadratureProblem or ForcedProblem);
            Options = Options with { Events = [Event.Event] };
        }

        GoesOnFor = random.Chance(0.1) && Event is null ? random.Between(0.0, 0.5) * Duration : 0.0;
    }

    public OdeMethod Method { get; }

    public SolverProblem Problem { get; }

    public double T0 { get; }

    public double Duration { get; }

    public double Tolerance { get; }

    public OdeSolverOptions Options { get; }

    public double[][] States { get; }

    public double[][] Times { get; }

    /// <summary>An event with a known time, or null.</summary>
    public SolverEvent? Event { get; }

    /// <summary>How much longer a solve is that goes on from this one; 0 for none.</summary>
    public double GoesOnFor { get; }

    /// <summary>Whether the options leave it to the tolerances how many steps there are.</summary>
    public bool HasRoom => Options.MaxSteps > 10_000;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Method}{(Options.Method is null ? " by default" : "")}, {Problem.Name}, t {T0:R} + {Duration:R}, {States.Length} samples, rtol {Options.RelativeTolerance:g3}, atol {Options.AbsoluteTolerance:g3}, {Details()}");

    private string Details()
    {
        var words = new List<string> { Options.ErrorControl.ToString(), Options.Output.ToString() };
        if (Options.FixedStep is { } step)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"FixedStep {step:g3}"));
        if (Options.StepToOutputTimes)
            words.Add("StepToOutputTimes");
        if (Options.DenseOutput)
            words.Add("DenseOutput");
        if (Options.Controller is { } controller)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"controller {controller.Beta1} {controller.Beta2} {controller.Beta3}"));
        if (Options.InitialStep is { } initial)
            words.Add(string.Create(CultureInfo.InvariantCulture, $"InitialStep {initial:g3}"));
        if (!double.IsInfinity(Options.MaxStep))
            words.Add(string.Create(CultureInfo.InvariantCulture, $"MaxStep {Options.MaxStep:g3}"));
        if (Event is not null)
            words.Add(Event.ToString());
        if (GoesOnFor != 0.0)
            words.Add("goes on");
        if (!HasRoom)
            words.Add($"MaxSteps {Options.MaxSteps}");
        return string.Join(' ', words);
    }

    // What a method of low order can reach without too many steps.
    private static double LowestExponent(OdeMethod method) => method.Order switch
    {
        <= 2 => method.IsStiff ? -6.0 : -5.0,
        3 => -7.0,
        4 => -9.0,
        _ => -11.0,
    };

    private OdeSolverOptions DrawOptions(Random random)
    {
        double length = Math.Abs(Duration);
        double? fixedStep = !Method.IsAdaptive || (Method.AllowsFixedStep && random.Chance(0.1)) ? length / random.Next(1, 200) : null;
        bool isJoint = random.Chance(0.1);
        return new OdeSolverOptions
        {
            Method = Method == OdeSolver.DefaultMethod && random.Chance(0.5) ? null : Method,
            RelativeTolerance = Tolerance,
            AbsoluteTolerance = Tolerance * random.PowerOfTen(-2.0, 0.0),
            ErrorNorm = random.Chance(0.2) ? ErrorNorm.Maximum : ErrorNorm.RootMeanSquare,
            ErrorControl = isJoint ? ErrorControl.Joint : ErrorControl.PerSample,
            Controller = random.Chance(0.7) ? null
                : random.One(StepSizeController.Integral, StepSizeController.ProportionalIntegral, StepSizeController.ProportionalIntegralDerivative, StepSizeController.Hairer),
            InitialStep = random.Chance(0.1) ? length * random.PowerOfTen(-20.0, 1.0) : null,
            MaxStep = fixedStep is null && random.Chance(0.1) ? length * random.PowerOfTen(-2.0, 0.0) : double.PositiveInfinity,
            MaxSteps = random.Chance(0.03) ? random.Next(1, 50) : 100_000,
            FixedStep = fixedStep,
            JumpTimes = Problem.JumpTimes,
            StepToOutputTimes = random.Chance(0.3),
            Output = random.One(OdeOutput.Automatic, OdeOutput.Times, OdeOutput.Steps, OdeOutput.End),
            DenseOutput = random.Chance(0.3),
        };
    }

    /// <summary>Output times in order; some are twice there, or a rounding apart.</summary>
    private double[] DrawTimes(Random random)
    {
        var times = new List<double> { T0 };
        for (int i = random.Next(0, 12); i > 0; i--)
        {
            double time = T0 + Duration * random.NextDouble();
            times.Add(time);
            if (random.Chance(0.15))
                times.Add(Draw.Roundings(time, random.Next(-2, 3)));
        }

        times.Add(random.Chance(0.02) ? Draw.Roundings(T0, Math.Sign(Duration) * random.Next(1, 5)) : T0 + Duration);
        times = [.. times.Where(time => (time - T0) * Duration >= 0.0).Order()];
        if (Duration < 0.0)
            times.Reverse();
        return [.. times];
    }
}
