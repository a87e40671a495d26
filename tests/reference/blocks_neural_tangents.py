"""NNGP and tangent kernels of residual networks by neural-tangents, in doubles.

    pip install neural-tangents==0.6.5 jax==0.4.30 jaxlib==0.4.30
    python blocks_neural_tangents.py > blocks_neural_tangents.json        # Python 3.11

Its layers are Dense, activation, Dense, ...; ours are an activation with the weights after it, and its first Dense layer divides
by the dimension of the inputs. With parameterization='standard' its kernel has the factor `width` where ours has `train_w * sigma_w2`,
and 1 where ours has `train_b`.
"""

import json
import os

os.environ["JAX_PLATFORMS"] = "cpu"
from fractions import Fraction

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as np
from neural_tangents import stax

POINTS = [["1", "0", "0"], ["3/5", "4/5", "0"], ["-1/2", "1", "1/2"], ["2", "-1/3", "1"], ["-1", "0", "1/5"]]
DIMENSION, WIDTH = 3, 512
ACTIVATIONS = {"relu": stax.Relu, "erf": stax.Erf, "sin": stax.Sin}


def number(text):
    return float(Fraction(text))


def dense(w2, b2, standard):
    b = number(b2) ** 0.5 if b2 != "0" else None
    return stax.Dense(WIDTH, number(w2) ** 0.5, b, parameterization="standard" if standard else "ntk")


def chain(blocks, standard):
    return stax.serial(stax.Identity(), *(part for block in blocks for part in parts(block, standard)))


def parts(block, standard):
    if "activation" in block:
        return [ACTIVATIONS[block["activation"]](), dense(block["sigma_w2"], block["sigma_b2"], standard)]
    if "normalize" in block:
        return [stax.LayerNorm(eps=0.0)]
    if "residual" in block:
        branches = [stax.Identity() if block["skip"] == "1" else None, chain(block["residual"], standard)]
    else:
        branches = [chain(branch, standard) for branch in block["sum"]]
    return [stax.FanOut(len(branches)), stax.parallel(*branches), stax.FanInSum()]


def layer(name, w="1", b="0"):
    return {"activation": name, "sigma_w2": w, "sigma_b2": b}


def res(*branch):
    return {"residual": list(branch), "skip": "1"}


def layers(blocks):
    for block in blocks:
        if "activation" in block:
            yield block
        for branch in [block["residual"]] if "residual" in block else block.get("sum", []):
            yield from layers(branch)


NETWORKS = [
    ("residual blocks", "1", "0", [res(layer("relu", "2")), res(layer("relu", "2")), layer("relu", "2")]),
    ("nested, with biases", "9/4", "1/4", [layer("erf", "1", "1/9"), res(layer("relu", "2", "1/4"), res(layer("erf", "4", "1/25"))), layer("relu", "1")]),
    ("a sum of branches", "1", "1/4", [{"sum": [[layer("relu", "2")], [layer("erf", "1"), layer("relu", "1", "1/4")], []], "weights": ["1", "1", "1"]},
                                      layer("sin", "2")]),
    ("normalizations", "1", "1/9", [{"normalize": True}, layer("relu", "2"), res({"normalize": True}, layer("erf", "1", "1/4")), {"normalize": True}, layer("relu")]),
]

if __name__ == "__main__":
    x = np.array([[number(v) for v in p] for p in POINTS])
    cases = []
    for name, w2, b2, blocks in NETWORKS:
        for standard in (False, True):
            network = stax.serial(dense(w2, b2, standard), chain(blocks, standard))
            found = network[2](x, None, ("nngp", "ntk"))
            gamma_w2 = Fraction(w2) / DIMENSION
            training = None
            if standard:
                # Its biases are trained only where there are some.
                speed = lambda n, w, b: [str(Fraction(n) / Fraction(w)), "1" if b != "0" else "0"]
                training = [speed(1, gamma_w2, b2)] + [speed(WIDTH, l["sigma_w2"], l["sigma_b2"]) for l in layers(blocks)]
            cases.append({
                "name": name + (", standard parametrization" if standard else ""),
                "input": {"gamma_w2": str(gamma_w2), "gamma_b2": b2, "radius2": "1"}, "blocks": blocks, "training": training,
                "nngp": [[repr(float(v)) for v in row] for row in found.nngp], "ntk": [[repr(float(v)) for v in row] for row in found.ntk],
            })
    print(json.dumps({"points": POINTS, "cases": cases}, separators=(",", ":")))
