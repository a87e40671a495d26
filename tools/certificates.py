#!/usr/bin/env python3
"""What checking certificates costs beside making them, on the sweep of cli/tests/certificates.rs.

    cargo build --release -p ntk-cli && python3 tools/certificates.py [--binary PATH] [--sample N] [--only WORD] [--out FILE]

Processor time of `ntk certify` without and with a certificate and of `ntk check`; what is left out, and why.
"""
import argparse, json, os, random, re, subprocess, tempfile

here = os.path.dirname(os.path.abspath(__file__))
a = argparse.ArgumentParser()
a.add_argument("--binary", default=os.path.join(here, "../target/release/ntk"))
a.add_argument("--source", default=os.path.join(here, "../cli/tests/certificates.rs"))
a.add_argument("--sample", type=int, default=0)
a.add_argument("--seed", type=int, default=1)
a.add_argument("--only", default="")
a.add_argument("--activation", default=None)
a.add_argument("--places", default="all")
a.add_argument("--out")
a.add_argument("--jobs", type=int, default=1)
a = a.parse_args()

text = open(a.source).read()
def listed(name):
    body = re.search(r"const %s: .*?= \[(.*?)\n?\];" % name, text, re.S).group(1)
    return [s.encode().decode("unicode_escape") for s in re.findall(r'"((?:[^"\\]|\\.)*)"', body)]
acts, data, domains = listed("ACTIVATIONS") + listed("FORMULAS"), listed("DATA"), listed("DOMAINS")
depths, settings, kernels = listed("DEPTHS"), listed("SETTINGS"), listed("KERNELS")

folder = tempfile.mkdtemp()
files = []
for i, rows in enumerate(data):
    files.append(os.path.join(folder, f"{i}.csv")); open(files[-1], "w").write(rows)
cases = [(x, p, d, b, k) for x in acts for p in domains + list(range(len(data))) for d in depths for b in settings for k in kernels]
if a.places == "data": cases = [c for c in cases if isinstance(c[1], int)]
if a.places == "domains": cases = [c for c in cases if not isinstance(c[1], int)]
if a.activation: cases = [c for c in cases if c[0] == a.activation]
cases = [c for c in cases if a.only in " ".join(map(str, c))]
chosen = random.Random(a.seed).sample(cases, min(a.sample, len(cases))) if a.sample else cases

def run(args):
    p = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = p.stdout.read().decode(), p.stderr.read().decode()
    _, status, use = os.wait4(p.pid, 0)
    p.returncode = 0
    return os.waitstatus_to_exitcode(status), out, err, use.ru_utime + use.ru_stime

rows, out = [], open(a.out, "w") if a.out else None
def one(c):
    x, place, depth, biases, kernel = c
    args = [a.binary, "certify", x, "--hidden-layers", depth, biases, "--kernel", kernel]
    args += ["--points", files[place]] if isinstance(place, int) else ["--on", place]
    code, text_, err, alone = run(args)
    if code == 2: return None
    file = os.path.join(folder, f"{abs(hash(c))}.json")
    code, said, err, both = run(args + ["--certificate", file])
    lines = [l.strip() for l in said.splitlines()]
    left = next((" ".join(lines[i:i+4]) for i, l in enumerate(lines) if l.startswith("certificate ")), "")
    checked, ck, size = None, 0.0, 0
    if os.path.exists(file):
        size = os.path.getsize(file)
        checked, _, cerr, ck = run([a.binary, "check", file]); os.remove(file)
    return dict(case=list(map(str, c)), alone=alone, both=both, check=ck, status=checked, left=left, size=size, code=code)

from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(a.jobs) as pool:
    for r in pool.map(one, chosen):
        if r is None: continue
        rows.append(r)
        if out: out.write(json.dumps(r) + "\n"); out.flush()

def over(r): return max(r["both"] - r["alone"], r["check"]) / max(10 * r["alone"], 1)
print(len(rows), "certificates;", sum(bool(r["left"]) for r in rows), "with something left out;", sum(r["status"] not in (0, None) for r in rows), "refused after all")
for r in rows:
    if r["left"]: print("LEFT", " ".join(r["case"]), "|", f'{r["alone"]:.2f} {r["both"]:.2f}', "|", r["left"][:230])
print("worst cost (checking / max(10 certifying, 1 s)):")
for r in sorted(rows, key=over, reverse=True)[:25]:
    print(f'{over(r):6.2f}  certify {r["alone"]:.2f} s, with certificate {r["both"]:.2f} s, check {r["check"]:.2f} s', " ".join(r["case"]))
print(sum(over(r) > 1 for r in rows), "over")
