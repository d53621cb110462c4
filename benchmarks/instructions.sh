#!/usr/bin/env bash
# Instructions of a solve, of many in lanes, of a training iteration and of a gradient, in a native program for AVX2 and FMA: what changes
# with the code and not with the machine's mood. Prints a Markdown table beside the counts of benchmarks/instructions.csv.
#   --check   fails where a count is above the one in the file by more than the tolerance
#   --update  writes the counts into the file: after work that takes fewer, or that is worth more
# Valgrind counts; where there is none, the processor's counter does, if perf may read it, and nothing is compared.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=artifacts/instructions program=artifacts/instructions/program/NeuralOde.Instructions counts=benchmarks/instructions.csv
tolerance=2                                     # per cent; the same program repeats its counts to 0.05 %
mode=${1:-}
[[ $mode =~ ^(|--check|--update)$ ]] || { echo "usage: $0 [--check | --update]" >&2; exit 2; }

# NAME REPETITIONS DESCRIPTION. Training changes what an iteration takes, so the repetitions belong to the count.
works=(
  "solve 50 a solve of Lotka–Volterra, 1e-6"
  "lanes 5 64 Lotka–Volterra trajectories in lanes, 1e-6"
  "discrete 20 a training iteration, 2-50-2, batch 20, discrete adjoint"
  "continuous 10 a training iteration, 2-50-2, batch 20, continuous adjoint"
  "gradient 1 a gradient, 64-256-64, batch 32, discrete adjoint"
  "measured 1 the same gradient with its error"
)

# Says why nothing is counted: no failure, unless counts are to be written.
nothing() { echo "Instructions are not counted: $*."; [[ $mode != --update ]] || exit 1; exit 0; }

[[ $(uname -sm) == "Linux x86_64" ]] && grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo || nothing "the program is for x86-64 with AVX2 and FMA, on Linux"
if command -v valgrind >/dev/null; then counter=valgrind
elif [[ $(perf stat -x, -e instructions:u true 2>&1) =~ ^[0-9]+, ]]; then counter=perf
else nothing "this machine has neither valgrind nor a counter that perf may read"; fi

# count NAME REPETITIONS prints the instructions of the whole program.
count() {
  local log=$out/$1-$2.log
  if [[ $counter == valgrind ]]; then
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" >"$log" 2>&1 && sed -n 's/.*Collected : //p' "$log"
  else
    perf stat -x, -e instructions:u -o "$log" "$program" "$1" "$2" && sed -nE 's/^([0-9]+),.*/\1/p' "$log"
  fi | grep . || { echo "$1: nothing counted, see $log" >&2; return 1; }
}

# measure NAME REPETITIONS: twice as many, less as many, so that the start and the first calls cancel.
measure() {
  local once twice
  once=$(count "$1" "$2") && twice=$(count "$1" $((2 * $2))) && echo $(((twice - once) / $2)) >"$out/$1.count"
}

rm -rf "$out/program" "$out"/*.count
mkdir -p "$out"
# Packages of a native program are not those of the lock file, which stays as it is; valgrind does not read its symbols.
dotnet publish benchmarks/NeuralOde.Instructions -c Release --use-current-runtime -o "$out/program" --artifacts-path "$out/build" \
  -p:PublishAot=true -p:IlcInstructionSet=x86-64-v3 -p:CopyOutputSymbolsToPublishDirectory=false \
  -p:NuGetLockFilePath="$PWD/$out/lock.json" -p:RestoreLockedMode=false >"$out/publish.log" 2>&1 || { cat "$out/publish.log"; exit 1; }

export DOTNET_GCgen0size=4000000                # hexadecimal; would follow the cache's size, and so would the number of collections
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-ERMS    # valgrind counts every byte of a 'rep movsb' as an instruction: copies without it
running=()
for work in "${works[@]}"; do
  read -r name repetitions _ <<<"$work"
  measure "$name" "$repetitions" &
  running+=($!)
done
for process in "${running[@]}"; do wait "$process"; done

if [[ $mode == --update ]]; then
  [[ $counter == valgrind ]] || nothing "$counts holds what valgrind counts, and it is not here"
  { echo work,instructions; for work in "${works[@]}"; do echo "${work%% *},$(<"$out/${work%% *}.count")"; done; } >"$counts"
fi

echo "Instructions, counted by $counter, of the native program for AVX2 and FMA:"
echo
echo "| work | instructions | in the file | change |"
echo "|---|--:|--:|--:|"
more=() fewer=()
for work in "${works[@]}"; do
  read -r name _ description <<<"$work"
  now=$(<"$out/$name.count")
  before=$(sed -n "s/^$name,//p" "$counts")
  [[ -n $before ]] || { echo "$counts has no count of '$name': run $0 --update" >&2; exit 1; }
  ((now * 100 <= before * (100 + tolerance))) || more+=("$name")
  ((now * 100 >= before * (100 - tolerance))) || fewer+=("$name")
  awk -v what="$description" -v now="$now" -v before="$before" 'BEGIN { printf "| %s | %d | %d | %+.2f %% |\n", what, now, before, 100 * (now / before - 1) }'
done
echo

[[ $mode == --check && $counter == valgrind ]] || exit 0
((${#fewer[@]} == 0)) || echo "More than $tolerance % fewer than in $counts: ${fewer[*]}. Keep them so: benchmarks/instructions.sh --update"
if ((${#more[@]})); then
  echo "FAILED: more than $tolerance % above $counts: ${more[*]}. If what they buy is worth it: benchmarks/instructions.sh --update"
  exit 1
fi
