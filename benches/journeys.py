#!/usr/bin/env python3
"""Times what people type: some ninety natural commands of `ntk`, each against a goal.

    cargo build --release -p ntk-cli
    python3 benches/journeys.py                      # all of them, a few minutes; prints what falls short
    python3 benches/journeys.py --only hermite       # those whose command holds this text
    python3 benches/journeys.py --markdown           # the table of benches/README.md

A goal is in seconds of the reference machine. Machines differ, and so does one machine from hour to hour: a fixed
calculation of plain Python is timed between the commands, and every time is divided by what that took and multiplied
by what it takes on the reference machine. A command's time is the shorter of the time on the clock and the processor's
time, the least of some runs, so that other work on the machine counts little. A clear refusal is an answer where the
table below says so, and has to come within the goal as well.

Exit status: 0 all goals are met, 1 something falls short, 2 bad usage.
"""

import argparse
import dataclasses
import datetime
import os
import pathlib
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from machine import processor

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What the calibration takes on the reference machine when that does nothing else.
REFERENCE = 0.102
# A run that took longer than this is not repeated.
LONG = 3.0
ANSWER, REFUSAL = 0, 3


@dataclasses.dataclass
class Journey:
    command: str
    goal: float
    accepted: tuple = (ANSWER,)
    # What is run and timed first; the goal is then ten times its time, if that is more.
    after: str = ""


def section(goal, *commands, accepted=(ANSWER,)):
    return [Journey(command, goal, accepted) for command in commands]


def checked(command, name):
    """A certificate is verified in at most ten times the time it took to write."""
    return Journey(f"check {name}", 0.1, (ANSWER,), f"{command} --certificate {name}")


EITHER = (ANSWER, REFUSAL)
# Files are named by what is in them: points-50x5.csv holds 50 points in R^5. See `prepare`.
JOURNEYS = [
    # Gram matrices
    *section(0.1,
             "gram points-50x5.csv relu -L 2 --normalize-rows",
             "gram equal.csv elu -L 2 --normalize-rows",
             "gram points-7x2.csv 'exp(1/2)' --sigma-b2 1 --normalize-rows",
             "gram points-50x5.csv erf --normalize-rows --truncation 1/100"),
    *section(0.1, "gram points-50x5.csv relu", accepted=(2,)),  # not on the sphere
    *section(0.3, "gram points-149x4.csv relu -L 2 --normalize-rows"),
    *section(0.5,
             "gram points-200x10.csv tanh -L 2 --normalize-rows",
             "gram points-200x10.csv gelu -L 3 --normalize-rows",
             "gram points-50x5.csv step -L 2 --kernel nngp --normalize-rows",
             "gram points-50x5.csv mish -L 2 --normalize-rows"),
    *section(1, "gram points-500x20.csv relu -L 2 --normalize-rows"),
    # Power series
    *section(0.1,
             "table relu",
             "table relu -L 3 -n 30",
             "table relu -n 1000",
             "table --network residual.json",
             "table relu --sigma-w2 1 --sigma-b2 unit --cumulative -n 5 --convention murray2023",
             "table elu -L 2",
             "table softsign -L 2",
             "table 'poly(0,1,1/2)' -L 2",
             "table tanh --sigma-w2 1/2 -L 14",
             "table 'x*sigmoid(2*x)' --kernel nngp"),
    *section(0.5,
             "table gelu -L 3 --format json",
             "table tanh -L 3 -n 20 --digits 30",
             "table arctan -L 2",
             "table snake -L 2",
             "table 'max(0,x)^2 + x/3' -L 2",
             "table sigmoid -L 20",
             "table mish -L 20",
             "table tanh -L 50 --sigma-w2 3/2 --sigma-b2 1/10",
             "table silu -L 50 --sigma-w2 3/2 --sigma-b2 1/10",
             "table softplus -L 50 --sigma-w2 3/2 --sigma-b2 1/10"),
    *section(1, "table erf --digits 10000"),
    *section(10, "table tanh --digits 10000"),
    *section(1, "table 'max(x,pi+4)' -L 2", "table 'min(x,pi)^100'", accepted=EITHER),
    # Eigenvalues on the sphere
    *section(0.1,
             "spectrum tanh -L 3 --dimension 10",
             "spectrum gelu -L 3 --dimension 784",
             "spectrum relu -L 5 --dimension 10 --digits 30"),
    *section(0.5,
             "spectrum relu -L 10 --dimension 3",
             "spectrum relu -L 20 --dimension 3"),
    *section(1, "spectrum relu --dimension 3 -n 10000"),
    *section(2,
             "spectrum elu -L 2 --dimension 3",
             "spectrum hard-swish -L 2 --dimension 10",
             "spectrum step -L 2 --dimension 3 --kernel nngp",
             "spectrum sign -L 2 --dimension 3 --kernel nngp"),
    # Hermite coefficients
    *section(0.1, "hermite relu -n 100", "hermite silu --digits 100 -n 30"),
    *section(1,
             "hermite 'cos(x^2)' --variance 50",
             "hermite 'exp(-(2*x-1)^2)' --variance 50",
             "hermite 'exp(-20*(x-2)^2)'",
             "hermite tanh --variance 1e-10",
             "hermite mish --variance 1e-300"),
    *section(1, "hermite 'x*sin(1/x)'", "hermite 'min(x,pi)^100'", accepted=EITHER),
    # Moments and fixed points
    *section(0.1,
             "moments tanh",
             "moments relu --variance 2 --mean 1/2 --digits 30",
             "moments 'log(cosh(x))' --variance 3",
             "critical tanh --sigma-w2 1.76 --sigma-b2 0.05",
             "critical selu --sigma-w2 9/16 --sigma-b2 0 --from 1/100 --to 10"),
    *section(2, "critical gelu"),
    # Values and predictions
    *section(0.1,
             "kernel relu -L 3 --at 1/2,-1,0.3",
             "kernel tanh -L 3 --at 0.9 --digits 30",
             "kernel gelu --points points-50x5.csv"),
    *section(0.5,
             "kernel mish -L 5 --at 0,1/2,1",
             "kernel relu -L 3 --points points-10x4.csv --with points-149x4.csv --format csv",
             "kernel tanh -L 2 --points points-50x5.csv",
             "predict train-50x4.csv points-10x4.csv relu --target y -L 2",
             "predict train-50x4.csv points-10x4.csv erf --target y --method nngp --noise 1/100 --loo --likelihood",
             "predict train-50x4.csv points-10x4.csv relu --target y --time 100"),
    *section(2,
             "predict train-50x4.csv points-10x4.csv tanh --target y -L 2",
             "predict train-200x10.csv points-50x10.csv relu --target y -L 2"),
    # Certificates
    *section(0.1, "certify mish --biases -L 2"),
    *section(0.1, "certify 'x*sigmoid(2*x)' --on sphere", accepted=(1,)),
    *section(0.5,
             "certify relu -L 2 --points points-50x5.csv",
             "certify 'x*sigmoid(2*x)' --points points-50x5.csv"),
    checked("certify relu -L 2 --on sphere", "sphere.json"),
    checked("certify tanh --biases", "biases.json"),
    checked("certify gelu -L 2 --points points-7x2.csv", "gelu.json"),
    checked("certify relu -L 2 --points points-50x5.csv", "relu.json"),
    # Finite networks
    *section(0.1,
             "neighbourhood tanh --widths 2,8,8,1 --at 1/2,-1/3",
             "neighbourhood gelu --widths 2,8,1 --biases --seed 7 --at 1,0 --step-size 1/4 --order 10"),
    *section(0.5, "linearity gelu --widths 64,256 --seeds 5"),
    *section(3, "linearity tanh --widths 64,128,256,512,1024"),
    # Pictures, and the catalogue
    *section(0.5,
             "plot table relu tanh gelu --output table.svg",
             "plot kernel relu --hidden-layers 1,3,5 --output kernel.svg",
             "plot spectrum relu erf --dimension 3 --max-degree 30 --x-scale log --output spectrum.svg",
             "plot gram points-50x5.csv relu tanh --normalize-rows --output gram.svg"),
    *section(1, "plot linearity tanh --widths 64,128,256,512 --output linearity.svg"),
    *section(0.1, "activations", "activations --format json", "help"),
]


def prepare(folder):
    """The data: Gaussian points of a fixed seed, in text."""
    for name in sorted({word for journey in JOURNEYS for word in shlex.split(journey.command)
                        if word.endswith(".csv") and word != "equal.csv"}):
        kind, size = name[:-len(".csv")].split("-")
        count, dimension = map(int, size.split("x"))
        source = random.Random(name)
        rows = [[source.gauss(0, 1) for _ in range(dimension)] for _ in range(count)]
        lines = [",".join(f"x{i}" for i in range(1, dimension + 1)) + (",y" if kind == "train" else "")]
        for row in rows:
            target = [row[0] * row[1] - row[-1]] if kind == "train" else []
            lines.append(",".join(f"{value:.6f}" for value in row + target))
        (folder / name).write_text("\n".join(lines) + "\n")
    (folder / "equal.csv").write_text("1,2,3\n1,2,3\n")
    (folder / "residual.json").write_text(
        '{"layers": [{"activation": "relu"}, {"residual": [{"activation": "erf", "sigma_w2": "2"}], "skip": "1/2"}]}\n')


def calibration():
    """Seconds of the processor for modular powers of long integers, the same work in every version of Python."""
    modulus, base = (1 << 2203) - 1, 3 ** 1000
    start = time.process_time()
    for exponent in range(3 ** 500, 3 ** 500 + 12):
        pow(base, exponent, modulus)
    return time.process_time() - start


def run(program, command, folder, timeout):
    """Seconds, the exit status (None if it was stopped) and the last words on standard error."""
    with open(folder / "errors.txt", "w+") as errors:
        start = time.perf_counter()
        process = subprocess.Popen([program, *shlex.split(command)], cwd=folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=errors)
        stop = threading.Timer(timeout, process.kill)
        stop.start()
        _, status, usage = os.wait4(process.pid, 0)
        stop.cancel()
        clock = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = " ".join(errors.read().split())
    if clock >= timeout and process.returncode < 0:
        return clock, None, f"stopped after {timeout:g} s"
    return min(clock, usage.ru_utime + usage.ru_stime), process.returncode, said


def least(program, command, folder, options):
    """The least time of some runs, the last exit status and what was said."""
    times = []
    for _ in range(options.repeat):
        seconds, status, said = run(program, command, folder, options.timeout)
        times.append(seconds)
        if status is None or seconds > LONG:
            break
    return min(times), status, said


def positive(kind):
    def read(text):
        value = kind(text)
        if value <= 0:
            raise ValueError
        return value
    read.__name__ = "positive number"
    return read


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "target" / "release" / "ntk",
                        help="the program (target/release/ntk)")
    parser.add_argument("--only", metavar="TEXT", default="", help="the commands that hold this text")
    parser.add_argument("--repeat", metavar="N", type=positive(int), default=3,
                        help=f"runs of each command, unless one takes more than {LONG:g} s (3)")
    parser.add_argument("--timeout", metavar="S", type=positive(float), default=60.0,
                        help="seconds after which a command is stopped (60)")
    parser.add_argument("--markdown", action="store_true", help="print a table in Markdown")
    options = parser.parse_args()
    program = options.binary.resolve()
    if not os.access(program, os.X_OK) or program.is_dir():
        parser.error(f"no program at {program}; cargo build --release -p ntk-cli")
    chosen = [journey for journey in JOURNEYS if options.only in journey.command]
    if not chosen:
        parser.error(f"no command holds `{options.only}`")

    measured, calibrations = [], [calibration()]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        prepare(folder)
        for journey in chosen:
            before = least(program, journey.after, folder, options)[0] if journey.after else 0.0
            measured.append((journey, before, *least(program, journey.command, folder, options)))
            calibrations.append(calibration())
            if sys.stderr.isatty():
                print(f"\r{len(measured)}/{len(chosen)}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)

    here = statistics.median(calibrations)
    scale = REFERENCE / here
    short = report(measured, scale, options.markdown)
    print(f"{datetime.date.today().isoformat()}, {processor()}, {os.cpu_count()} cores; the calibration took "
          f"{here:.3f} s ({min(calibrations):.3f} to {max(calibrations):.3f}), {1 / scale:.2f} times the "
          f"reference. {len(chosen) - short} of {len(chosen)} commands meet their goals.")
    sys.exit(1 if short else 0)


def report(measured, scale, markdown):
    """Prints the rows, in Markdown all of them, else those that fall short; how many fall short."""
    short = 0
    if markdown:
        print("| command | goal, s | time, s | time / goal | |\n|---|---:|---:|---:|---|")
    for journey, before, seconds, status, said in measured:
        seconds, goal = seconds * scale, max(journey.goal, 10 * before * scale)
        remarks = []
        if status not in journey.accepted:
            remarks.append(f"exit status {status}: {said[:100]}" if status is not None else said)
        elif status == REFUSAL:
            remarks.append("refused")
        falls_short = status not in journey.accepted or seconds > goal
        short += falls_short
        if falls_short:
            remarks.insert(0, "falls short")
        words = "; ".join(remarks)
        if markdown:
            command = journey.command.replace("|", "\\|")
            print(f"| `ntk {command}` | {goal:.2g} | {seconds:.2g} | {seconds / goal:.2g} | {words} |")
        elif falls_short:
            print(f"ntk {journey.command}\n    {seconds:.3g} s, goal {goal:.3g} s: {seconds / goal:.2g} times; {words}")
    if markdown:
        print()
    return short


if __name__ == "__main__":
    main()
