namespace NeuralOde;

/// <summary>Which number of a lane's step is not finite, for its failure: what <see cref="NonFiniteSearch"/> is in batches.</summary>
internal sealed class LaneNonFiniteSearch<TField>(LaneMemory<TField> memory, int dimension, ButcherTableau tableau)
    where TField : struct, ILaneField
{
    /// <summary>The component that made a lane's trial not finite, or −1 where only its error estimate overflowed.</summary>
    public int Find(int lane)
    {
        double step = memory.Number(lane, LaneRow.Step);
        for (int stage = 1; stage <= tableau.EndStage; stage++)
        {
            SparseRow row = tableau.Couplings[stage];
            for (int i = 0; i < dimension; i++)
            {
                double sum = 0.0;
                for (int j = 0; j < row.Indices.Length; j++)
                    sum = double.MultiplyAddEstimate(row.Coefficients[j], memory.Slope(lane, row.Indices[j], i), sum);
                if (!double.IsFinite(double.MultiplyAddEstimate(step, sum, memory.Start(lane, i))))
                    return i;
            }

            if (FindSlope(lane, stage) is int component and >= 0)
                return component;
        }

        return -1;
    }

    /// <summary>The first component of a lane's slope at a stage that is not finite, or −1.</summary>
    public int FindSlope(int lane, int stage)
    {
        for (int i = 0; i < dimension; i++)
        {
            if (!double.IsFinite(memory.Slope(lane, stage, i)))
                return i;
        }

        return -1;
    }
}
