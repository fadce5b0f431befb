"""A real dataset to mix synthetic samples into."""

import torch
from torch.utils.data import Dataset


class Real(Dataset):
    """Tensors whose class order is not the generator's."""

    classes: tuple[str, ...] = ("ape", "dog", "cat")

    def __init__(self, n: int = 6) -> None:
        self.targets = [i % 3 for i in range(n)]
        self.epoch = 0

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return torch.full((3, 8, 9), index / 100), self.targets[index]

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch
