namespace NeuralOde;

/// <summary>Where a CSV file names its columns.</summary>
public enum CsvHeader
{
    /// <summary>In its first row.</summary>
    FirstRow,

    /// <summary>In the last comment before its first row, as in <c># t,x</c>.</summary>
    Comment,

    /// <summary>Nowhere: they are called <c>column1</c>, <c>column2</c> and so on.</summary>
    None,
}
