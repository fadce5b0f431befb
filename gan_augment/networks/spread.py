"""How much the images of a class differ within a batch: a feature by which a discriminator sees collapse."""

from torch import Tensor

LEAST_VARIANCE = 1e-4  # the root is steep at 0, and penalties take its slope's slope


def class_spread(features: Tensor, labels: Tensor, n_classes: int) -> Tensor:
    """Return the mean deviation of features within each image's class as one more feature, (n, 1).

    Minibatch standard deviation (Karras et al. 2018, "Progressive Growing of GANs"), except for the group: where that
    paper takes any four images, the group of an image is all images with its label in the batch it is judged in. A
    batch of fakes has the labels of the real batch, so both have the same groups; an image alone in its class has none.

    Parameters
    ----------
    features
        Feature maps (n, c, h, w) of real images alone or of fakes alone.
    labels
        Integer labels (n,).
    n_classes
        How many labels there are.
    """
    flat = features.float().flatten(1)  # squares of half-precision differences would vanish
    sizes = flat.new_zeros(n_classes).index_add(0, labels, flat.new_ones(len(labels))).clamp_min(1)

    def group_means(values: Tensor) -> Tensor:
        sums = values.new_zeros(n_classes, values.shape[1]).index_add(0, labels, values)
        return (sums / sizes[:, None])[labels]

    variances = group_means((flat - group_means(flat)).square())
    return (variances + LEAST_VARIANCE).sqrt().mean(1, keepdim=True)
