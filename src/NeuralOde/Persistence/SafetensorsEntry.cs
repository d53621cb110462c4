namespace NeuralOde;

/// <summary>What a header says of one tensor, checked against itself but not yet against the data.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="BytesPerValue">8 for F64, 4 for F32.</param>
/// <param name="Shape">The length of each axis, none negative.</param>
/// <param name="ElementCount">The product of the shape.</param>
/// <param name="Begin">The first byte, counted from the start of the data; not negative.</param>
/// <param name="End">The byte after the last: <c>Begin + ElementCount * BytesPerValue</c>.</param>
internal sealed record SafetensorsEntry(string Name, int BytesPerValue, long[] Shape, long ElementCount, long Begin, long End);
