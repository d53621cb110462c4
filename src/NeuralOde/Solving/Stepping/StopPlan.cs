namespace NeuralOde;

/// <summary>Where every sample has to land next: at jump times of its vector field, and where the observer wants it.</summary>
internal sealed class StopPlan(SampleLanes lanes, JumpSchedule jumps, StepControl control, Stepper stepper)
{
    /// <summary>
    /// Finds the sample's next stop that is not where it already is, and marks the sample as restarted where its state or its
    /// vector field changed. Returns false when there is none: the sample has finished.
    /// </summary>
    /// <param name="sample">The sample.</param>
    /// <param name="round">The round about to start.</param>
    /// <param name="observer">Says where the sample is wanted, and is told where it arrives.</param>
    /// <param name="isRestarted">Whether the sample goes on from a changed state, or with a changed vector field.</param>
    public bool SetNext(int sample, StepRound round, IntegrationObserver observer, ref bool isRestarted)
    {
        double time = round.StartTimes[sample];
        if (lanes.Destination[sample] == time || !lanes.HasDestination[sample])
        {
            double destination = lanes.HasDestination[sample] ? time : observer.NextStop(sample);
            while (destination == time)
            {
                if (observer.Arrive(sample, round.StartStates))
                    isRestarted = true;
                destination = observer.NextStop(sample);
            }

            if (double.IsNaN(destination))
            {
                if (lanes.IsCutEstimate[sample])
                    lanes.Proposed[sample] = 0.0;
                lanes.Finish(sample, OdeStatus.Success);
                isRestarted = false;
                return false;
            }

            lanes.Destination[sample] = destination;
            lanes.HasDestination[sample] = true;
        }

        lanes.Stop[sample] = jumps.Next(sample, time, lanes.Destination[sample], out bool stopsAtJump);
        lanes.StopsAtJump[sample] = stopsAtJump;
        if (jumps.IsJump(sample, time))
        {
            isRestarted = true;
            round.FirstTimes[sample] = FirstBehind(time, lanes.Stop[sample], stopsAtJump);
        }

        if (lanes.IsCutEstimate[sample])
        {
            lanes.IsCutEstimate[sample] = false;
            lanes.Proposed[sample] = 0.0;
            isRestarted |= stepper.RestartsWithFirstStep;
        }

        control.Restart(sample, time);
        return true;
    }

    /// <summary>The first time behind a jump time; where the very next is one too, the earlier of both, whose side of it a jumping input has.</summary>
    private static double FirstBehind(double jumpTime, double stop, bool stopsAtJump)
    {
        double first = StepControl.JustBehind(jumpTime, stop - jumpTime);
        return first == stop && stopsAtJump ? Math.Min(jumpTime, stop) : first;
    }
}
