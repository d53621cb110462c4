using NeuralOde.Tests.Kernels;

namespace NeuralOde.Tests.Dynamics;

public class VectorFieldTests
{
    [Fact]
    public void A_field_is_evaluated_with_its_time_and_state_and_a_cleared_derivative()
    {
        var field = VectorField.FromFunction(2, (t, y, dydt) =>
        {
            dydt.ToArray().Should().OnlyContain(value => value == 0.0);
            dydt[1] = t * y[0];
        });
        double[] derivative = [7, 7];
        field.Evaluate(3, [2, 5], derivative);
        derivative.Should().Equal(0, 6);
    }

    [Fact]
    public void A_neural_field_is_its_network()
    {
        var network = new MultilayerPerceptron(2, [5], 2, seed: 1);
        double[] fromField = new double[2], fromNetwork = new double[2];
        new NeuralVectorField(network).Evaluate(9, [0.5, -1], fromField);
        network.Evaluate([0.5, -1], fromNetwork);
        fromField.Should().Equal(fromNetwork);
    }

    [Fact]
    public void A_neural_field_that_takes_time_gets_it_as_last_input_of_every_sample()
    {
        var network = new MultilayerPerceptron(3, [5], 2, seed: 1);
        var layout = new BatchLayout(9);
        double[][] states = Batches.Random(9, 2, 1);
        double[] times = Batches.Random(9, 2), derivatives = new double[layout.Length(2)];
        new NeuralVectorField(network, takesTime: true).CreateEvaluator(layout)
            .Evaluate(Batches.PackRow(layout, times), Batches.Pack(layout, states), derivatives, record: default);
        for (int sample = 0; sample < 9; sample++)
        {
            var expected = new double[2];
            network.Evaluate([.. states[sample], times[sample]], expected);
            Batches.Unpack(layout, derivatives, 2)[sample].ShouldHaveTheBitsOf(expected, $"sample {sample}");
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    [InlineData(8, true)]
    public void The_products_of_a_neural_field_are_central_differences(int samples, bool takesTime)
    {
        foreach (int dimension in new[] { 2, 7, 8 })
        {
            var network = new MultilayerPerceptron(dimension + (takesTime ? 1 : 0), [6], dimension, Activation.Silu, seed: 1);
            CheckProducts(new NeuralVectorField(network, takesTime), samples);
        }
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(8, false)]
    public void The_products_of_a_neural_field_with_an_input_are_central_differences(int samples, bool takesTime)
    {
        InputSignal input = InputSignal.PiecewiseLinear([-2, 0, 2], new double[,] { { 1, 2, 3 }, { 0, -1, 1 }, { 2, 0, 1 } });
        foreach (int dimension in new[] { 2, 7, 8 })
        {
            var network = new MultilayerPerceptron(dimension + (takesTime ? 4 : 3), [6], dimension, Activation.Silu, seed: 1);
            CheckProducts(new NeuralVectorField(network, input, takesTime), samples);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(8)]
    public void The_products_of_a_field_with_parameters_are_what_its_functions_say(int samples) => CheckProducts(LotkaVolterra(), samples);

    [Fact]
    public void A_field_with_parameters_copies_them_and_can_be_changed()
    {
        double[] parameters = [2.0];
        var decay = TrainableVectorField.FromFunction(1, parameters, (t, y, p, dydt) => dydt[0] = -p[0] * y[0], (t, y, p, c, cy, cp) => { });
        parameters[0] = 9;
        double[] derivative = [0];
        decay.Evaluate(0, [3], derivative);
        derivative[0].Should().Be(-6);
        decay.Parameters[0] = 3;
        decay.Evaluate(0, [3], derivative);
        derivative[0].Should().Be(-9);
        decay.ParameterCount.Should().Be(1);
    }

    [Fact]
    public void The_products_of_a_field_with_parameters_are_not_taken_for_samples_that_are_inactive()
    {
        var layout = new BatchLayout(3);
        var seen = new List<double>();
        DifferentiableEvaluator evaluator = TrainableVectorField.FromFunction(1, [2], (t, y, p, dydt) => dydt[0] = p[0] * y[0], (t, y, p, c, cy, cp) =>
        {
            seen.Add(y[0]);
            cy[0] = p[0] * c[0];
            cp[0] = y[0] * c[0];
        }).CreateEvaluator(layout);
        double[] states = Batches.Pack(layout, [[5], [6], [7]]), cotangents = Batches.PackCotangents(layout, [[1], [1], [1]]);
        double[] times = new double[8], stateCotangents = new double[8], cotangentRecord = new double[8], gradient = new double[1];
        evaluator.SetActive([true, false, true]);
        evaluator.PropagateCotangent(times, states, record: default, cotangents, stateCotangents, cotangentRecord);
        evaluator.AccumulateGradient(times, states, record: default, cotangents, cotangentRecord, weights: default, gradient);
        seen.Should().Equal(5, 7);
        stateCotangents.Should().Equal(2, 0, 2, 0, 0, 0, 0, 0);
        gradient.Should().Equal(12);
    }

    [Fact]
    public void Networks_that_do_not_fit_are_refused_with_a_hint()
    {
        FluentActions.Invoking(() => new NeuralVectorField(new MultilayerPerceptron(3, [4], 2))).Should().Throw<ArgumentException>()
            .WithParameterName("network").WithMessage("*takes 3 numbers and gives 2*needs 2 inputs*takesTime: true*");
        FluentActions.Invoking(() => new NeuralVectorField(new MultilayerPerceptron(2, [4], 2), takesTime: true)).Should().Throw<ArgumentException>()
            .WithMessage("*takes 2 numbers and gives 2*needs 3 inputs*");
    }

    [Fact]
    public void Bad_arguments_are_named_with_index_and_value()
    {
        VectorField field = VectorField.FromFunction(2, (t, y, dydt) => { });
        FluentActions.Invoking(() => field.Evaluate(0, [1], new double[2])).Should().Throw<ArgumentException>().WithParameterName("state").WithMessage("*has 1 numbers; 2 are needed*");
        FluentActions.Invoking(() => field.Evaluate(0, [1, 2], new double[3])).Should().Throw<ArgumentException>().WithParameterName("derivative");
        FluentActions.Invoking(() => VectorField.FromFunction(0, (t, y, dydt) => { })).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("dimension");
        FluentActions.Invoking(() => VectorField.FromFunction(1, null!)).Should().Throw<ArgumentNullException>().WithParameterName("function");
        FluentActions.Invoking(() => TrainableVectorField.FromFunction(1, [1, double.NaN], (t, y, p, d) => { }, (t, y, p, c, cy, cp) => { }))
            .Should().Throw<ArgumentException>().WithParameterName("parameters").WithMessage("parameters[1] = NaN is not finite.*");
    }

    private static TrainableVectorField LotkaVolterra() => TrainableVectorField.FromFunction(2, [1.5, 1, 3, 1],
        (t, y, p, dydt) =>
        {
            dydt[0] = p[0] * y[0] - p[1] * y[0] * y[1];
            dydt[1] = -p[2] * y[1] + p[3] * y[0] * y[1];
        },
        (t, y, p, c, cy, cp) =>
        {
            cy[0] = c[0] * (p[0] - p[1] * y[1]) + c[1] * p[3] * y[1];
            cy[1] = -c[0] * p[1] * y[0] + c[1] * (-p[2] + p[3] * y[0]);
            cp[0] = c[0] * y[0];
            cp[1] = -c[0] * y[0] * y[1];
            cp[2] = -c[1] * y[1];
            cp[3] = c[1] * y[0] * y[1];
        });

    private static void CheckProducts(TrainableVectorField field, int samples)
    {
        int dimension = field.Dimension;
        var layout = new BatchLayout(samples);
        DifferentiableEvaluator evaluator = field.CreateEvaluator(layout);
        double[][] states = Batches.Random(samples, dimension, 1), cotangents = Batches.Random(samples, dimension, 2);
        double[] times = Batches.Random(samples, 3), weights = Batches.Random(samples, 4);
        double[] t = Batches.PackRow(layout, times), y = Batches.Pack(layout, states), c = Batches.PackCotangents(layout, cotangents);
        double[] record = new double[evaluator.RecordLength], cotangentRecord = new double[evaluator.CotangentRecordLength];
        double[] derivatives = new double[layout.Length(dimension)], stateCotangents = new double[layout.Length(dimension)], sums = new double[evaluator.GradientSumLength], gradient = new double[field.ParameterCount];
        evaluator.Evaluate(t, y, derivatives, record);
        evaluator.PropagateCotangent(t, y, record, c, stateCotangents, cotangentRecord);
        evaluator.AccumulateGradient(t, y, record, c, cotangentRecord, Batches.PackRow(layout, weights), sums);
        evaluator.AddSums(sums, gradient);

        double Product(int sample, double[] state)
        {
            var derivative = new double[dimension];
            field.Evaluate(times[sample], state, derivative);
            return derivative.Zip(cotangents[sample], (f, g) => f * g).Sum();
        }

        for (int sample = 0; sample < samples; sample++)
        {
            int current = sample;
            Batches.Unpack(layout, stateCotangents, dimension)[sample]
                .ShouldBeNear(Derivatives.CentralDifferences(state => Product(current, state), states[sample]), 1e-9, $"sample {sample} of {samples}");
        }

        double[] parameters = field.Parameters.ToArray();
        gradient.ShouldBeNear(Derivatives.CentralDifferences(p =>
        {
            p.CopyTo(field.Parameters);
            return Enumerable.Range(0, samples).Sum(sample => weights[sample] * Product(sample, states[sample]));
        }, parameters), 1e-9, $"{samples} samples");
        if (layout.IsSingle)
            stateCotangents.Skip(dimension).Count(padding => padding != 0.0).Should().Be(0);
    }
}
