using System.Buffers.Binary;
using System.Xml.Linq;
using NeuralOde.Plots;
using ScottPlot;

namespace NeuralOde.Tests.Plots;

public class FigureTests
{
    private static readonly TrajectoryDataset Data = Cases.Waves(2, 20);

    [Theory]
    [InlineData("a.png", 1)]
    [InlineData("A.PNG", 2)]
    public void A_png_has_the_figures_size_times_its_scale(string name, int scale)
    {
        using var folder = new TemporaryFolder();
        Figure figure = Figure.Fit(Data[0], []);
        (figure.Width, figure.Height, figure.Scale) = (321, 234, scale);

        figure.Save(folder.File(name));

        byte[] content = File.ReadAllBytes(folder.File(name));
        content[..8].Should().Equal(0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A);
        BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(16)).Should().Be(321 * scale);
        BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(20)).Should().Be(234 * scale);
        folder.FileNames.Should().Equal(name);
    }

    [Fact]
    public void An_svg_is_a_document_of_the_figures_size()
    {
        using var folder = new TemporaryFolder();
        Figure figure = Figure.Fit(Data[0], []);
        (figure.Width, figure.Height) = (640, 480);

        figure.Save(folder.File("a.svg"));

        XElement root = XDocument.Load(folder.File("a.svg")).Root!;
        root.Name.LocalName.Should().Be("svg");
        root.Attribute("width")!.Value.Should().Be("640");
        root.Attribute("height")!.Value.Should().Be("480");
        root.Descendants().Where(element => element.Name.LocalName == "text").Select(text => text.Value.Trim()).Should().Contain("time").And.Contain("observed").And.OnlyHaveUniqueItems("each thing is drawn once");
    }

    [Fact]
    public void A_file_is_replaced_and_nothing_is_left_beside_it()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.svg"), "old");

        Figure.Fit(Data[0], []).Save(folder.File("a.svg"));

        File.ReadAllText(folder.File("a.svg")).Should().Contain("<svg");
        folder.FileNames.Should().Equal("a.svg");
    }

    [Theory]
    [InlineData("a.jpg")]
    [InlineData("a")]
    [InlineData("")]
    public void Other_files_are_refused_before_anything_is_written(string name)
    {
        using var folder = new TemporaryFolder();
        string path = name.Length == 0 ? "" : folder.File(name);

        FluentActions.Invoking(() => Figure.Fit(Data[0], []).Save(path)).Should().Throw<ArgumentException>().WithParameterName("path");
        folder.FileNames.Should().BeEmpty();
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_an_IOException()
    {
        using var folder = new TemporaryFolder();

        FluentActions.Invoking(() => Figure.Fit(Data[0], []).Save(Path.Combine(folder.File("none"), "a.png"))).Should().Throw<IOException>();
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 40)]
    [InlineData(2, 40)]
    [InlineData(3, 40)]
    [InlineData(12, 40)]
    [InlineData(15, 300)]
    public void Every_figure_is_drawn_for_any_dimension_with_all_its_words_inside(int dimension, int length)
    {
        NeuralOdeModel model = Cases.Decay(dimension);
        TrajectoryDataset data = Cases.Waves(dimension, length);
        OdeSolution solution = model.Predict(new double[dimension], [0.0, 1.0], new OdeSolverOptions { Output = OdeOutput.Steps });
        Figure[] figures =
        [
            Figure.Fit(model, data, options: new FitOptions { ForecastUntil = 10 }),
            Figure.PhasePortrait(model, data),
            Figure.Residuals(model, data),
            Figure.Steps(solution),
        ];

        foreach (Figure figure in figures)
        {
            figure.ToPng().Length.Should().BeGreaterThan(1000);
            (string Text, double Left, double Right, double Baseline)[] texts = [.. Drawn.Texts(figure)];
            texts.Should().NotBeEmpty();
            texts.Should().OnlyContain(text => text.Left >= 0 && text.Right + 4 <= figure.Width && text.Baseline >= 8 && text.Baseline + 2 <= figure.Height);
        }
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-12)]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(1e12)]
    [InlineData(1e300)]
    public void Numbers_of_any_size_have_axes_with_distinct_labels(double size)
    {
        double[] times = [1.7e9, 1.7e9 + 1e-3, 1.7e9 + 2e-3];
        Figure figure = Figure.Fit(new Trajectory(times, new double[,] { { -size, size }, { size / 3, size }, { size, size } }), []);

        Drawn.Texts(figure).Should().NotBeEmpty();
        foreach (Plot panel in figure.Panels.Take(2))
        {
            string[] labels = [.. panel.Axes.Left.TickGenerator.Ticks.Where(tick => tick.IsMajor).Select(tick => tick.Label)];
            labels.Length.Should().BeInRange(2, 12);
            labels.Should().OnlyHaveUniqueItems();
        }

        figure.Panels[1].Axes.Bottom.TickGenerator.Ticks.Where(tick => tick.Label.Length > 0).Select(tick => tick.Label).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void The_words_are_in_the_font_that_comes_along()
    {
        XElement[] texts = [.. XDocument.Parse(Figure.Fit(Data[0], [], new FitOptions { StateNames = ["α̇ in m·s⁻¹", "Größe"] }).ToSvg()).Descendants().Where(element => element.Name.LocalName == "text")];

        texts.Should().NotBeEmpty();
        texts.Select(text => text.Attribute("font-family")!.Value).Should().AllBe("DejaVu Sans, Verdana, sans-serif");
    }

    [Fact]
    public void Figures_beside_and_above_each_other_keep_their_sizes()
    {
        Figure wide = Figure.Fit(Data[0], []), other = Figure.Fit(Cases.Waves(1, 5)[0], []);
        (wide.Width, wide.Height, other.Width, other.Height) = (500, 300, 200, 400);

        Figure beside = Figure.Beside(wide, other), above = Figure.Above(wide, other);

        (beside.Width, beside.Height).Should().Be((700, 400));
        (above.Width, above.Height).Should().Be((500, 700));
        beside.Panels.Should().Equal([.. wide.Panels, .. other.Panels]);
        beside.ToPng().Should().NotBeEmpty();
        above.ToSvg().Should().Contain("x2");
    }

    [Fact]
    public void An_inset_is_a_panel_more()
    {
        Figure figure = Figure.Fit(Data[0], []);
        Plot inset = Figure.Fit(Cases.Waves(1, 5)[0], []).Panels[0];

        Figure both = figure.WithInset(inset, 0.5, 0.5, 0.4, 0.4);

        both.Panels.Should().Equal([.. figure.Panels, inset]);
        both.ToPng().Should().NotEqual(figure.ToPng());
        FluentActions.Invoking(() => figure.WithInset(inset, 0.7, 0, 0.4, 0.4)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("width");
        FluentActions.Invoking(() => figure.WithInset(inset, double.NaN, 0, 0.4, 0.4)).Should().Throw<ArgumentOutOfRangeException>().WithParameterName("left");
        FluentActions.Invoking(() => figure.WithInset(null!, 0, 0, 0.4, 0.4)).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void A_window_shows_the_same_panels_in_the_same_places()
    {
        Figure figure = Figure.Fit(Data[0], []);

        Multiplot multiplot = figure.ToMultiplot();

        multiplot.Subplots.GetPlots().Should().Equal(figure.Panels);
        PixelRect[] areas = multiplot.Layout.GetSubplotRectangles(multiplot.Subplots, new PixelRect(0, 500, 400, 0));
        areas.Should().HaveCount(3);
        areas.Should().OnlyContain(area => area.Left >= 0 && area.Right <= 500.01 && area.Top >= 0 && area.Bottom <= 400.01);
    }

    [Fact]
    public void Sizes_out_of_range_are_refused()
    {
        Figure figure = Figure.Fit(Data[0], []);

        FluentActions.Invoking(() => figure.Width = 0).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => figure.Height = 20_001).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => figure.Scale = double.NaN).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => Figure.Beside()).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Figure.Above(figure, null!)).Should().Throw<ArgumentException>().WithMessage("*figures[1]*");
    }

    [Fact]
    public void Many_figures_are_drawn_at_once()
    {
        var pictures = new byte[8][];

        Parallel.For(0, pictures.Length, i => pictures[i] = Figure.Fit(Data[0], []).ToPng());

        foreach (byte[] picture in pictures)
            picture.Should().Equal(pictures[0]);
    }
}
