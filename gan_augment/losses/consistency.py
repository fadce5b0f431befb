"""How much a classifier says of one view of a sample and not of another, as a pure function of tensors."""

from torch import Tensor


def disagreement(first: Tensor, second: Tensor) -> Tensor:
    """Return the mean symmetric Kullback-Leibler divergence of two predictions, in nats, from logits (n, n_classes).

    0 where there are none. As the term between two passes in R-Drop (Liang et al. 2021); here they see two views.
    """
    one, other = first.float().log_softmax(dim=1), second.float().log_softmax(dim=1)
    return 0.5 * ((one.exp() - other.exp()) * (one - other)).sum() / max(1, len(first))
