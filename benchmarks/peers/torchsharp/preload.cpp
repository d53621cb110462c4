// Two things that libtorch's package lacks on some machines; Program.cs loads this library before libtorch.
#include <iostream>

// libLibTorchSharp.so asks for GLIBCXX_3.4.32, of which it uses one function. Debian 12's libstdc++ ends at 3.4.30. With the demand for that
// version made weak (relax.py), the loader takes this definition.
namespace std {
void ios_base_library_init() { static ios_base::Init init; }
}

// The MKL inside libtorch takes its slow code on processors of other makers, although they have the same instructions: matrix products then take
// two to three times as long. It asks these functions, and uses what the processor has if they say yes.
extern "C" int mkl_serv_intel_cpu_true() { return 1; }
extern "C" int mkl_serv_intel_cpu() { return 1; }
