"""A linear model over dense features, kept as plain arrays: serving needs no scikit-learn, and loading runs no code."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]


def fit(rows: Numbers, labels: Sequence[str], c: float, max_iter: int) -> tuple[list[str], Numbers, Numbers]:
    """Fit a multinomial logistic regression to two labels or more; rare ones count as much as common ones.

    Returns the labels, a row of weights for each, and their biases; of two labels one row, for the second.
    c: how closely to follow the rows, from 0 upwards; max_iter: steps after which it counts as fitted.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, max_iter=max_iter, class_weight="balanced", random_state=7).fit(rows, labels)
    names = [str(label) for label in model.classes_]
    return names, model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
