namespace NeuralOde;

/// <summary>A solve whose trajectories run one per lane (<see cref="LaneSolve{TVector, TField}"/>), whatever vectors and vector field it is compiled for.</summary>
internal abstract class LaneSolve
{
    /// <summary>Makes the memory of a solve of a batch that <see cref="LaneBatch.Serves"/> says can have it.</summary>
    public static LaneSolve Create(LaneBatch batch) => batch.Field switch
    {
        LanesVectorField field => VectorWidth.Widest<double, LaneSolve, Maker>(new Maker(batch, new VectorLaneField(field))),
        FunctionVectorField field => new LaneSolve<Lanes1<double>, SingleLaneField>(batch, new SingleLaneField(field.Function)),
        _ => throw new ArgumentException($"No lanes for {batch.Field.GetType().Name}.", nameof(batch)),
    };

    /// <summary>Solves the samples from <paramref name="first"/> on.</summary>
    /// <param name="first">The first sample.</param>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Checked every step.</param>
    /// <returns>What it cost; an evaluation of several lanes counts once.</returns>
    public abstract OdeStatistics Run(int first, int count, CancellationToken cancellationToken);

    private readonly struct Maker(LaneBatch batch, VectorLaneField field) : VectorWidth.IMaker<double, LaneSolve>
    {
        public LaneSolve Make<TVector>()
            where TVector : unmanaged, IVector<double, TVector> => new LaneSolve<TVector, VectorLaneField>(batch, field);
    }
}
