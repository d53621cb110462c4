using NeuralOde.Peers;
using static TorchSharp.torch;

// The present alternative for users of .NET: a neural ODE written by hand on TorchSharp. `--work w1|w3`, then as worker.py says.
var options = new PeerOptions(args);
Native.LoadBeforeLibtorch();
set_num_threads(1);
set_num_interop_threads(1);
bool isContinuous = options["--gradient"] == "adjoint";
switch (options["--work"])
{
    case "w1":
        var training = new SpiralTraining(isCube: options["--variant"] == "cube", isContinuous);
        Worker.Serve(options, $"TorchSharp {options["--gradient"]}", training.ComputeFacts(), training.Iterate);
        return 0;
    case "w3":
        var network = new LargeNetwork(options["--task"], options["--dtype"] == "float32" ? ScalarType.Float32 : ScalarType.Float64);
        Worker.Serve(options, $"TorchSharp {options["--task"]}", network.ComputeFacts(), network.Run);
        return 0;
    default:
        Console.Error.WriteLine("--work w1 --variant cube|linear --gradient adjoint|backprop, or --work w3 --task forward|backprop|adjoint --dtype float64|float32");
        return 1;
}
