"""Two predictions disagree by how far apart they are, and it is the same from either side."""

import pytest
import torch
from torch.nn import functional

from gan_augment.losses.consistency import disagreement


def test_it_is_the_mean_of_both_divergences() -> None:
    first, second = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0)).unbind()
    logs = [logits.log_softmax(dim=1) for logits in (first, second)]
    divergences = [functional.kl_div(a, b, reduction="batchmean", log_target=True) for a, b in (logs, logs[::-1])]
    torch.testing.assert_close(disagreement(first, second), sum(divergences) / 2)
    torch.testing.assert_close(disagreement(first, second), disagreement(second, first))


def test_predictions_that_agree_cost_nothing_whatever_is_added_to_their_logits() -> None:
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    assert float(disagreement(logits, logits + 2.0)) == pytest.approx(0.0, abs=1e-6)


def test_no_predictions_disagree_in_nothing() -> None:
    assert float(disagreement(torch.zeros(0, 3), torch.zeros(0, 3))) == 0.0


def test_half_precision_is_read_in_single() -> None:
    first, second = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0)).bfloat16().unbind()
    torch.testing.assert_close(disagreement(first, second), disagreement(first.float(), second.float()))
