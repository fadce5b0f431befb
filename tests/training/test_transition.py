import pytest

from gan_augment.errors import ConfigError
from gan_augment.training.game import AdversarialConfig
from gan_augment.training.transition import label_share


def test_the_label_is_told_little_by_little_within_the_window():
    shares = [label_share((0.1, 0.3), progress) for progress in (0.0, 0.1, 0.2, 0.3, 1.0)]
    assert shares == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])
    assert [label_share((0.2, 0.2), progress) for progress in (0.0, 0.19, 0.2, 1.0)] == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("window", [(0.3, 0.1), (-0.1, 0.2), (0.5, 1.0), (0.1, float("nan"))])
def test_a_window_that_is_none_is_refused(window):
    with pytest.raises(ConfigError, match="two shares of the budget"):
        AdversarialConfig(transition=window)
