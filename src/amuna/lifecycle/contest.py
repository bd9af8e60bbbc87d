"""Contest: two models of one account, judged on days that neither was fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amuna.lifecycle.policy import RefitPolicy

Floats = NDArray[np.float64]

UNDECIDED, KEEP, CHANGE = 0, 1, 2


@dataclass(frozen=True)
class Verdict:
    """How the contests went; all of shape (n_accounts,).

    Parameters
    ----------
    decision
        UNDECIDED, KEEP the serving model, or CHANGE to its rival.
    serving_mae, rival_mae
        Mean absolute residual of each over the same forecasts [unit of the data]; NaN where none could be judged.
    judged
        Days forecast by both and known by now, every lead counted.
    """

    decision: NDArray[np.int64]
    serving_mae: Floats
    rival_mae: Floats
    judged: NDArray[np.int64]


def judge(observed: Floats, serving: Floats, rival: Floats, *, days: int, policy: RefitPolicy) -> Verdict:
    """Judge every contest that has run for `days`.

    Parameters
    ----------
    observed
        What happened, shape (n_origins, n_accounts, steps); NaN where unknown.
    serving, rival
        Forecasts of the two from the same origins, all after both were fitted, same shape.
    days
        Days since the contest began.
    policy
        Days and margins.
    """
    known = np.isfinite(observed) & np.isfinite(serving) & np.isfinite(rival)
    judged = known.sum(axis=(0, 2))
    maes = []
    for forecast in (serving, rival):
        total = np.where(known, np.abs(forecast - observed), 0.0).sum(axis=(0, 2))
        maes.append(np.divide(total, judged, out=np.full(len(judged), np.nan), where=judged > 0))
    final = days >= policy.trial_days
    needed = policy.margin if final else 2 * policy.margin
    wins = (judged > 0) & (maes[1] < (1 - needed) * maes[0])
    decision = np.where(wins, CHANGE, KEEP if final else UNDECIDED)
    return Verdict(decision.astype(np.int64), maes[0], maes[1], judged)
