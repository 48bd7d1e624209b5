"""The table of experiments: a new one is a file with an ``EXPERIMENT`` and one row here."""

from __future__ import annotations

import importlib
from difflib import get_close_matches

from hessmath.errors import InputError
from hessmath.experiments.experiment import Experiment

#: The name on the command line and the module; loaded when it is asked for.  A figure of its own is a function
#: ``draw`` in the module of render named in ``hessmath.render.experiments.FIGURES``.
EXPERIMENTS: dict[str, str] = {
    "autoencoder": "hessmath.experiments.autoencoder",
    "conditioning": "hessmath.experiments.conditioning",
    "saturation": "hessmath.experiments.saturation",
    "depth": "hessmath.experiments.depth",
    "width": "hessmath.experiments.width",
    "residual": "hessmath.experiments.residual",
    "batch-normalisation": "hessmath.experiments.batch_normalisation",
    "sgd-noise": "hessmath.experiments.sgd_noise",
    "adam-against-sgd": "hessmath.experiments.adam_against_sgd",
    "over-parameterisation": "hessmath.experiments.over_parameterisation",
    "batch-norm-batch": "hessmath.experiments.batch_norm_batch",
    "relu-kinks": "hessmath.experiments.relu_kinks",
    "regularisation": "hessmath.experiments.regularisation",
    "cost-per-step": "hessmath.experiments.cost_per_step",
    "approximations": "hessmath.experiments.approximations",
}


def find(name: str) -> Experiment:
    """The experiment of a name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in EXPERIMENTS:
        close = get_close_matches(name, EXPERIMENTS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise InputError(f"There is no experiment {name!r}: choose one of {', '.join(EXPERIMENTS)}.{hint}")
    experiment: Experiment = importlib.import_module(EXPERIMENTS[name]).EXPERIMENT
    return experiment
