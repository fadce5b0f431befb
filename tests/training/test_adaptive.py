import pytest
import torch

from gan_augment.errors import ConfigError
from gan_augment.training.adaptive import AdaptiveAugmentation
from gan_augment.training.diffaug import DiffAugConfig

CONFIG = DiffAugConfig(probability=0.8, ramp=0.5, target=0.5)
REAL, FAKE = torch.full((4,), 2.0), torch.full((4,), -2.0)


def driven(augmentation, held_out, n_steps, start=0):
    """Let so many measurements follow each other, a hundredth of the budget apart."""
    for step in range(start + 1, start + n_steps + 1):
        augmentation.update(REAL, torch.full((4,), held_out), FAKE, step / 100)
    return augmentation


def test_the_probability_rises_where_images_kept_back_look_like_fakes_and_falls_where_they_do_not():
    augmentation = driven(AdaptiveAugmentation(CONFIG), held_out=-1.0, n_steps=20)
    assert augmentation.overfitting == pytest.approx(0.75)
    assert augmentation.probability_at(0.0) == pytest.approx(20 / 100 / 0.5)
    driven(augmentation, held_out=2.0, n_steps=60, start=20)
    assert augmentation.overfitting == pytest.approx(0.0, abs=0.01)
    assert augmentation.probability < 0.1


def test_the_probability_stays_between_nothing_and_the_most_that_is_allowed():
    assert driven(AdaptiveAugmentation(CONFIG), held_out=-2.0, n_steps=90).probability == 0.8
    assert driven(AdaptiveAugmentation(CONFIG), held_out=2.0, n_steps=90).probability == 0.0


def test_the_level_of_the_logits_which_a_paired_loss_leaves_free_changes_nothing():
    plain, lifted = AdaptiveAugmentation(CONFIG), AdaptiveAugmentation(CONFIG)
    for step in range(8):
        held_out = torch.full((4,), -1.0)
        plain.update(REAL, held_out, FAKE, step / 100)
        lifted.update(REAL + 50, held_out + 50, FAKE + 50, step / 100)
    assert lifted.overfitting == pytest.approx(plain.overfitting)
    assert lifted.probability == plain.probability


def test_a_discriminator_that_tells_nothing_apart_knows_nothing_by_heart():
    augmentation = AdaptiveAugmentation(CONFIG)
    augmentation.update(FAKE, FAKE, FAKE, 0.1)
    assert augmentation.overfitting == 0.0


def test_what_is_saved_goes_on_exactly():
    whole = driven(AdaptiveAugmentation(CONFIG), held_out=-1.0, n_steps=7)
    rest = AdaptiveAugmentation(CONFIG)
    rest.load_state_dict({key: value.clone() for key, value in whole.state_dict().items()})
    for augmentation in (whole, rest):
        driven(augmentation, held_out=-0.3, n_steps=5, start=7)
    assert rest.probability == whole.probability
    assert torch.equal(rest.means, whole.means)


@pytest.mark.parametrize(
    "settings",
    [{"target": 1.0}, {"target": 0.5, "policy": ""}, {"target": 0.5, "probability": 0.0}, {"target": 0.5, "ramp": 0.0}],
)
def test_a_target_without_what_it_drives_is_refused(settings):
    with pytest.raises(ConfigError, match=r"diffaug\.target"):
        DiffAugConfig(**settings)
