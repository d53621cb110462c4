#!/usr/bin/env bash
# Seconds from the start of the process to the end of the first training iteration of the Spiral sample: as built, compiled ahead for the
# start (ReadyToRun), and as a native program; and the seconds of training for 2000 iterations, to see what else changes. Prints a
# Markdown table; the argument is the number of runs of each (10).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
runs=${1:-10}
out=artifacts/startup
mkdir -p "$out"

# publish NAME PROPERTIES... compiles the sample; its packages are not those of the lock file, which stays as it is.
publish() {
  local name=$1; shift
  dotnet publish samples/Spiral -c Release --use-current-runtime -o "$out/$name" --artifacts-path "$out/build-$name" \
    -p:NuGetLockFilePath="$PWD/$out/$name.lock.json" -p:RestoreLockedMode=false -p:TreatWarningsAsErrors=false "$@" >"$out/$name.log" 2>&1 ||
    { echo "$name: does not compile, see $out/$name.log" >&2; return 1; }
}

# number KEY reads a number from the line of JSON that the sample ends with.
number() { tail -n1 | sed -E "s/.*\"$1\": *([0-9.eE+-]+).*/\1/"; }

# measure NAME COMMAND... runs the sample and prints the shortest and the median time.
measure() {
  local name=$1 i long; shift
  long=$("$@" --iterations 2000 --output "$out/result" --json | number secondsTraining)
  for ((i = 0; i < runs; i++)); do
    "$@" --iterations 2 --output "$out/result" --json | number secondsToFirstIteration
  done | sort -g | awk -v name="$name" -v long="$long" '{ s[NR] = $1 } END { printf "| %s | %.3f | %.3f | %.2f |\n", name, s[1], s[int((NR + 1) / 2)], long }'
}

publish plain --self-contained false || true
publish ready --self-contained false -p:PublishReadyToRun=true || true
publish native -p:PublishAot=true || true
publish native-here -p:PublishAot=true -p:IlcInstructionSet=native || true

echo "Commit $(git rev-parse --short HEAD), $runs runs of each, seconds to the end of the first iteration:"
echo
echo "| sample | min | median | 2000 iterations of training |"
echo "|---|--:|--:|--:|"
if [[ -x $out/plain/Spiral ]]; then
  measure "as built" "$out/plain/Spiral"
  DOTNET_TieredPGO=0 measure "as built, \`DOTNET_TieredPGO=0\`" "$out/plain/Spiral"
  DOTNET_TieredCompilation=0 measure "as built, \`DOTNET_TieredCompilation=0\`" "$out/plain/Spiral"
fi
if [[ -x $out/ready/Spiral ]]; then measure "ReadyToRun" "$out/ready/Spiral"; fi
if [[ -x $out/native/Spiral ]]; then measure "native (AOT)" "$out/native/Spiral"; fi
if [[ -x $out/native-here/Spiral ]]; then measure "native, \`IlcInstructionSet=native\`" "$out/native-here/Spiral"; fi
