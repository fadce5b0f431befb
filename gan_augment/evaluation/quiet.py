"""Keeps an estimator of scikit-learn to one CPU thread, and its warnings off the screen."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from gan_augment.precision import limited_threads


@contextmanager
def one_quiet_thread() -> Iterator[None]:
    """Compute on one CPU thread and keep warnings off the screen: what has not converged is scored as it is."""
    with warnings.catch_warnings(), threadpool_limits(limits=1), limited_threads(1):
        warnings.simplefilter("ignore")
        # MLPClassifier takes Ctrl-C for the end of its training and warns: half a training must not become a row.
        warnings.filterwarnings("error", message="Training interrupted by user")
        try:
            yield
        except UserWarning as warning:
            raise KeyboardInterrupt from warning
