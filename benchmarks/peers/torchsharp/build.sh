#!/usr/bin/env bash
# Builds the program into artifacts/peers/torchsharp and, on Linux, what it needs there (preload.cpp says what).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
output=../../../artifacts/peers/torchsharp
dotnet build -c Release --tl:off
[[ $(uname) == Linux ]] || exit 0
g++ -O2 -shared -fPIC preload.cpp -o "$output/libpreload.so"
python3 relax.py "$output/libLibTorchSharp.so"
