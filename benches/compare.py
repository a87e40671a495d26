#!/usr/bin/env python3
"""Times ntk-series against its strongest competitors, in one run, taking turns so that drift cancels.

    python3 -m venv .venv && .venv/bin/pip install python-flint
    .venv/bin/python benches/compare.py --quick          # under five minutes; prints Markdown

Without --quick the rival's working precisions are searched again (some minutes) and stored in
benches/rival/precisions.json; with it they are read from there, and raised should they not suffice.

Ours is `benches/stopwatch.rs`, one process on one thread, compiled by `cargo bench --no-run`. The rivals are in
benches/rival: rigorous ball arithmetic with FLINT through python-flint, and plain C doubles. Every number is a
median of runs in turns; values are compared too: the enclosures of both sides must overlap.
Python 3.9 or later.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from machine import processor

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CACHE = HERE / "rival" / "precisions.json"

try:
    import flint
except ImportError:
    sys.exit("python-flint is needed:\n"
             "    python3 -m venv .venv && .venv/bin/pip install python-flint\n"
             "    .venv/bin/python benches/compare.py --quick")

sys.path.insert(0, str(HERE / "rival"))
import flint_rival as rival  # noqa: E402

# (activation, hidden layers, N, digits), as in the rival's own tables.
TABLES = [(a, layers, n, digits)
          for n in (1000, 10000) for digits in (15, 50)
          for a, layers in (("relu", 2), ("relu", 5), ("relu", 10), ("erf", 3), ("gelu", 3))]
FLOORS = [(layers, n) for n in (1000, 10000) for layers in (2, 5, 10)]
SMOOTH = ["tanh", "sigmoid", "softplus", "silu"]
PARTS = ["flint", "smooth", "doubles", "long", "hermite", "process", "numpy"]
GRAMS = [(1000, 50), (5000, 50)]
HERMITE = ["relu", "hardtanh", "elu", "erf", "gelu", "sin", "gaussian"]


# --------------------------------------------------------------------------
# ours
# --------------------------------------------------------------------------

def build(*args):
    """Compiles and returns the path of the executable."""
    command = ["cargo", *args, "--message-format=json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    for line in reversed(done.stdout.splitlines()):
        path = json.loads(line).get("executable") if line.startswith("{") else None
        if path:
            return path
    sys.exit("no executable from: " + " ".join(command))


class Stopwatch:
    """The other process: one task a line, one answer a line."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("error"):
            raise ArithmeticError(answer or "the stopwatch stopped")
        return answer

    def seconds(self, *words):
        return float(self.ask(*words))

    def peak_memory(self):
        """Ends the process; its peak resident memory in MB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        # On Linux, what wait4 reports starts from this script's own size.
        lines = status.read_text().splitlines() if status.exists() else []
        peak = [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
        self.process.stdin.close()
        _, _, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = 0
        return peak[0] if peak else usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def in_turns(ours, theirs, budget, least=3, most=15):
    """Medians of both, warmed up by the caller."""
    a, b, start = [], [], time.perf_counter()
    while len(a) < least or (len(a) < most and time.perf_counter() - start < budget):
        a.append(ours())
        b.append(theirs())
    return statistics.median(a), statistics.median(b), len(a)


# --------------------------------------------------------------------------
# the rival in FLINT
# --------------------------------------------------------------------------

def rival_run(activation, layers, n):
    """run(precision) -> balls, and how they map to (p, value of kappa_p)."""
    if activation == "relu":
        def run(bits):
            rival.set_prec(bits, n + 1)
            return rival.relu_tuned(layers, n + 1)
        return run, lambda out, p: out[p]
    kernel, length = ((rival.erf_kernel, n + 2) if activation == "erf" else (rival.gelu_kernel, n + 1))
    scale = []

    def run(bits):
        rival.set_prec(bits, length)
        out, factor = kernel(layers, length)
        scale[:] = [factor]
        return out

    def value(out, p):
        if activation == "erf":        # out[j] = kappa_(2j+1) (R^2)^j
            return out[p // 2] / flint.arb(scale[0]) ** (p // 2)
        return out[p] / flint.arb(scale[0]) ** p
    return run, value


def rival_precision(cache, key, run, n, digits):
    """The smallest sufficient multiple of eight, from the store if what is there suffices."""
    target = rival.BITS[digits]
    if key not in cache:
        print(f"searching the rival's precision for {key} ...", file=sys.stderr)
        cache[key] = rival.needed_precision(run, target, 256 if n < 5000 else 512)
    while rival.worst_bits(run(cache[key])) < target:
        cache[key] += 8
        print(f"the rival needs {cache[key]} bits or more for {key}", file=sys.stderr)
    return cache[key]


def check_values(stopwatch, task, value, out):
    """Both sides' enclosures of some coefficients must overlap."""
    activation, layers, n, digits = task
    chosen = [1, 3, n // 2 + 1 - (n // 2) % 2, n - 1] + ([0, 2, n] if activation not in ("erf", "tanh") else [])
    answers = stopwatch.ask("show", *task, *chosen).split(";")
    old, flint.ctx.prec = flint.ctx.prec, 4 * max(rival.BITS.values())
    for p, answer in zip(chosen, answers):
        middle, error = answer.split()
        mine = flint.arb(middle) + flint.arb(0, flint.arb(error) * (1 + flint.arb(2) ** -40))
        theirs = value(out, p)
        if not mine.overlaps(theirs):
            sys.exit(f"{task}: kappa_{p} is {answer} here and {theirs} there")
    flint.ctx.prec = old


def against_flint(stopwatch, cache, budget):
    print("| task: all κ_p, p ≤ N | digits | ours (median s) | python-flint (median s) | ratio ours/rival |")
    print("|---|---|---|---|---|", flush=True)
    ratios = []
    for task in TABLES:
        activation, layers, n, digits = task
        run, value = rival_run(activation, layers, n)
        bits = rival_precision(cache, f"{activation}/{layers}/{n}/{digits}", run, n, digits)
        # These two runs also warm both sides up.
        check_values(stopwatch, task, value, run(bits))

        def theirs():
            start = time.perf_counter()
            run(bits)
            return time.perf_counter() - start
        ours, other, _ = in_turns(lambda: stopwatch.seconds("table", *task), theirs, budget)
        ratios.append(ours / other)
        print(f"| {activation}, {layers} hidden layers, N = {n:,} | {digits} | {ours:.3g} | {other:.3g} "
              f"| {ours / other:.2f} |", flush=True)
    mean = math.exp(statistics.fmean(map(math.log, ratios)))
    print(f"\nGeometric mean of the ratios: {mean:.2f}; worst {max(ratios):.2f}, best {min(ratios):.2f}.\n",
          flush=True)


# --------------------------------------------------------------------------
# activations without recurrence
# --------------------------------------------------------------------------

def median_of(run):
    def seconds():
        start = time.perf_counter()
        run()
        return time.perf_counter() - start
    return seconds


def smooth_hermite(stopwatch, cache, budget):
    """The rival has tanh only, by its Fourier transform; the others are compared with that."""
    print("| μ_0 … μ_1000 | digits | ours (median s) | python-flint, tanh (median s) | ratio ours/rival |")
    print("|---|---|---|---|---|", flush=True)
    for digits in (15, 50):
        def run(bits):
            rival.set_prec(bits, 10)
            return rival.tanh_fourier(1000, digits)
        bits = rival_precision(cache, f"hermite/tanh/1000/{digits}", run, 1000, digits)
        for name in SMOOTH:
            stopwatch.seconds("hermite", name, 1000, digits)
            ours, other, _ = in_turns(lambda: stopwatch.seconds("hermite", name, 1000, digits),
                                      median_of(lambda: run(bits)), budget)
            print(f"| {name} | {digits} | {ours:.3g} | {other:.3g} | {ours / other:.2f} |", flush=True)
    print()


def smooth_tables(path, cache, budget):
    """Composition without closed dual. The rival is given the Hermite coefficients; here they are found."""
    print("| task: all κ_p, p ≤ N | digits | ours (median s) | python-flint (median s) | ratio ours/rival | peak memory |")
    print("|---|---|---|---|---|---|", flush=True)
    for n in (1000, 10000):
        rival.set_prec(1400, 10)
        mus = rival.tanh_fourier(n + 3, 330 if n < 5000 else 130)
        for digits in (15, 50):
            def run(bits):
                rival.set_prec(bits, n + 2)
                return rival.tanh_kernel(3, n + 2, [+x for x in mus])
            bits = rival_precision(cache, f"tanh/3/{n}/{digits}", run, n, digits)
            task = ("tanh", 3, n, digits)
            fresh = Stopwatch(path)
            check_values(fresh, task, lambda out, p: out[p // 2], run(bits))
            ours, other, _ = in_turns(lambda: fresh.seconds("table", *task), median_of(lambda: run(bits)), budget)
            print(f"| tanh, 3 hidden layers, N = {n:,} | {digits} | {ours:.3g} | {other:.3g} | {ours / other:.2f} "
                  f"| {fresh.peak_memory():.0f} MB |", flush=True)
    print()


# --------------------------------------------------------------------------
# plain doubles
# --------------------------------------------------------------------------

def against_doubles(stopwatch, budget):
    compiler = shutil.which(os.environ.get("CC", "gcc"))
    if not compiler:
        print("No C compiler: the comparison with plain doubles is left out.\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        floor = str(pathlib.Path(folder) / "double_floor")
        subprocess.run([compiler, "-O3", "-march=native", "-ffast-math", "-o", floor,
                        str(HERE / "rival" / "double_floor.c"), "-lm"], check=True)
        print("| task: all κ_p, p ≤ N | digits | ours, proved (best s) | plain C doubles, nothing proved (best s) "
              "| ratio, target ≤ 3 |")
        print("|---|---|---|---|---|", flush=True)
        for layers, n in FLOORS:
            # Both warm, many runs in a row, the best of each.
            runs = 40 if n < 5000 else 5
            def theirs():
                done = subprocess.run([floor, str(layers), str(n), str(runs)], check=True,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                return float(done.stderr.split()[-2])

            def mine():
                return min(stopwatch.seconds("table", "relu", layers, n, 12) for _ in range(runs))
            mine()
            ours, other, _ = in_turns(mine, theirs, budget)
            print(f"| relu, {layers} hidden layers, N = {n:,} | 12 | {ours:.3g} | {other:.3g} | {ours / other:.2f} |",
                  flush=True)
    print()


# --------------------------------------------------------------------------
# ours alone
# --------------------------------------------------------------------------

def repeated(f, budget, least=3, most=9):
    out, start = [], time.perf_counter()
    while len(out) < least or (len(out) < most and time.perf_counter() - start < budget):
        out.append(f())
    return statistics.median(out)


def long_tables(path):
    print("| relu, 10 hidden layers, 15 digits | median s | peak memory |")
    print("|---|---|---|", flush=True)
    degrees, times = (1000, 10000, 100000), []
    for n in degrees:
        fresh = Stopwatch(path)
        times.append(repeated(lambda: fresh.seconds("table", "relu", 10, n, 15), 6))
        print(f"| N = {n:,} | {times[-1]:.3g} | {fresh.peak_memory():.0f} MB |", flush=True)
    exponent = math.log(times[-1] / times[0]) / math.log(degrees[-1] / degrees[0])
    print(f"\nTime grows like N^{exponent:.2f} between N = {degrees[0]:,} and {degrees[-1]:,}.\n", flush=True)


def hermite_rows(stopwatch):
    print("| Hermite coefficients μ_0 … μ_100000 to 50 digits | median s |")
    print("|---|---|", flush=True)
    for name in HERMITE:
        print(f"| {name} | {repeated(lambda: stopwatch.seconds('hermite', name, 100000, 50), 4):.3g} |", flush=True)
    print()


def whole_processes(path):
    def run(words):
        start = time.perf_counter()
        subprocess.run([path, *words.split()], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start
    print("| command, start to end | median s |")
    print("|---|---|", flush=True)
    for words in ("table relu", "table relu --hidden-layers 3 --digits 30",
                  "table relu --hidden-layers 10 --max-degree 1000 --digits 15 --format json"):
        print(f"| `ntk {words}` | {repeated(lambda: run(words), 4, least=5):.3g} |", flush=True)
    print()


def against_numpy(path):
    """Certified λ_min of the NTK, two hidden ReLU layers, against uncertified eigvalsh, both on all threads."""
    try:
        import numpy as np
    except ImportError:
        print("No numpy: the comparison with eigvalsh is left out.\n")
        return
    print("| λ_min, relu, 2 hidden layers, 15 digits | matrix (s) | λ_min, proved (s) | numpy eigvalsh (s) "
          "| ratio λ_min/eigvalsh | peak memory |")
    print("|---|---|---|---|---|---|", flush=True)
    for n, d in GRAMS:
        x = np.round(np.random.default_rng(n).standard_normal((n, d)), 6)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "data.csv"
            file.write_text("\n".join(",".join(f"{v:.6f}" for v in row) for row in x))
            fresh = Stopwatch(path)
            built, found, shown = fresh.ask("gram", "relu", 2, 15, file).split(";")
            memory = fresh.peak_memory()
        u = x / np.linalg.norm(x, axis=1)[:, None]
        c = np.clip(u @ u.T, -1, 1)
        np.fill_diagonal(c, 1)
        theta = c
        for _ in range(2):
            angle = np.pi - np.arccos(c)
            value = (np.sqrt(1 - c * c) + c * angle) / np.pi
            theta, c = value + theta * angle / np.pi, np.clip(value, -1, 1)
            np.fill_diagonal(c, 1)
        np.fill_diagonal(theta, 3)
        start = time.perf_counter()
        values = np.linalg.eigvalsh(theta)
        seconds = time.perf_counter() - start
        if abs(float(shown.split()[0]) - values[0]) > 1e-10 * values[-1]:
            sys.exit(f"λ_min of {n} points is {shown} here and {values[0]} there")
        print(f"| {n:,} points in R^{d} | {float(built):.3g} | {float(found):.3g} | {seconds:.3g} "
              f"| {float(found) / seconds:.2f} | {memory:.0f} MB |", flush=True)
    print()


def version(*command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return command[0] + " unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="use the stored precisions of the rival")
    parser.add_argument("--only", nargs="*", choices=PARTS,
                        help="some of the tables only")
    parser.add_argument("--seconds", type=float, default=2.5, help="time for the runs of one row (2.5)")
    options = parser.parse_args()
    wanted = options.only or PARTS

    path = build("bench", "--no-run", "--bench", "stopwatch")
    program = build("build", "--release", "-p", "ntk-cli") if "process" in wanted else None
    stopwatch = Stopwatch(path)
    print(f"{datetime.date.today().isoformat()}, {processor()}, {os.cpu_count()} cores; {version('rustc', '--version')}; "
          f"python-flint {flint.__version__} with FLINT {flint.__FLINT_VERSION__}; "
          f"{version(os.environ.get('CC', 'gcc'), '--version')}.\n")
    stored = json.loads(CACHE.read_text()) if CACHE.exists() else {}
    cache = stored if options.quick or options.only else {}
    if "flint" in wanted:
        against_flint(stopwatch, cache, options.seconds)
    if "smooth" in wanted:
        smooth_hermite(stopwatch, cache, options.seconds)
        smooth_tables(path, cache, options.seconds)
    CACHE.write_text(json.dumps(cache, indent=1, sort_keys=True) + "\n")
    if "doubles" in wanted:
        against_doubles(stopwatch, min(options.seconds, 3.0))
    if "long" in wanted:
        long_tables(path)
    if "hermite" in wanted:
        hermite_rows(stopwatch)
    if "process" in wanted:
        whole_processes(program)
    if "numpy" in wanted:
        against_numpy(path)


if __name__ == "__main__":
    main()
