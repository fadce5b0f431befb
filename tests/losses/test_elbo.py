import torch
from torch.distributions import Normal, kl_divergence

from gan_augment.losses.elbo import gaussian_nll, latent_divergence
from gan_augment.seeding import torch_rng


def randn(*shape, seed):
    return torch.randn(shape, generator=torch_rng(seed))


def test_values_cost_their_negative_log_density():
    values, means, log_sigma = randn(20, 3, seed=0), randn(20, 3, seed=1), torch.tensor([-2.0, 0.0, 1.5])
    expected = -Normal(means, log_sigma.exp()).log_prob(values)
    assert torch.allclose(gaussian_nll(values, means, log_sigma), expected, atol=1e-4)


def test_latents_cost_their_divergence_from_the_standard_normal():
    mean, log_variance = randn(20, 3, seed=0), randn(20, 3, seed=1)
    standard = Normal(torch.zeros(3), torch.ones(3))
    expected = kl_divergence(Normal(mean, (0.5 * log_variance).exp()), standard).sum(1)
    assert torch.allclose(latent_divergence(mean, log_variance), expected, atol=1e-5)
    assert latent_divergence(torch.zeros(1, 3), torch.zeros(1, 3)).item() == 0.0
