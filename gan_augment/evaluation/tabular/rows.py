"""One row a fitted model: how it did on the real test rows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TableRow:
    """How one model did on the real test rows, at their natural class shares.

    Parameters
    ----------
    arm, model
        Their names.
    seed
        Of the synthetic draw, the resampling and the model; rows of one seed are paired.
    n_rows
        Rows the model was fitted on.
    roc_auc, average_precision
        Of the rarer class, or averaged over all classes (one against the rest) where there are more than two.
    balanced_accuracy, accuracy, macro_f1
        Of the predicted classes.
    log_loss, brier
        Of the probabilities; lower is better.
    log_loss_corrected, brier_corrected
        The same after `correct_prior`.
    """

    arm: str
    model: str
    seed: int
    n_rows: int
    roc_auc: float
    average_precision: float
    balanced_accuracy: float
    accuracy: float
    macro_f1: float
    log_loss: float
    brier: float
    log_loss_corrected: float
    brier_corrected: float

    @property
    def key(self) -> tuple[str, str, int]:
        """Model, arm and seed."""
        return self.model, self.arm, self.seed
