namespace NeuralOde;

/// <summary>Finds which component of which sample spoiled a rejected step with a number that is not finite.</summary>
internal sealed class NonFiniteSearch(SolveContext context, Stepper stepper)
{
    /// <summary>Names the component of every rejected sample that met such a number.</summary>
    public void Name(StepRound round, ReadOnlySpan<double> rejected)
    {
        SampleLanes lanes = context.Lanes;
        for (int sample = 0; sample < context.Layout.Samples; sample++)
        {
            if (rejected[sample] == 0.0 || !lanes.MetNonFinite[sample])
                continue;
            lanes.Component[sample] = stepper.FindNonFinite(round, sample);
            lanes.ComponentSample[sample] = sample;
        }

        if (context.Options.ErrorControl == ErrorControl.Joint)
            BlameTogether(rejected);
    }

    /// <summary>With one step for all, a sample whose own numbers are finite fails by another's: by the first that has one which is not.</summary>
    private void BlameTogether(ReadOnlySpan<double> rejected)
    {
        SampleLanes lanes = context.Lanes;
        int samples = context.Layout.Samples, culprit = 0;
        while (culprit < samples && (rejected[culprit] == 0.0 || lanes.Component[culprit] < 0))
            culprit++;
        for (int sample = 0; sample < samples && culprit < samples; sample++)
        {
            if (rejected[sample] == 0.0 || lanes.Component[sample] >= 0)
                continue;
            lanes.Component[sample] = lanes.Component[culprit];
            lanes.ComponentSample[sample] = culprit;
        }
    }
}
