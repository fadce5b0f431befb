"""Errors that a user can mend: each message is one line that says what to do."""


class GanAugmentError(Exception):
    """Base of every error the toolkit raises on purpose; the command line prints it and exits with 2."""


class DataError(GanAugmentError):
    """The data cannot be used as it is: a path, a file, a label or an array is wrong."""


class TooFewError(DataError):
    """The samples can be read but not learned from: there is one class, or a class has hardly any."""


class ConfigError(GanAugmentError):
    """A setting is unknown, out of range, or at odds with another one."""


class ForeignSettingError(ConfigError):
    """A setting, `name`, belongs to another kind of data than this one, `kind`."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(name, kind)
        self.name, self.kind = name, kind

    def __str__(self) -> str:
        return f"The setting {self.name!r} is not one of {self.kind}s, which this data is."


class InputError(GanAugmentError, ValueError):
    """Data or a setting cannot be used, said where scikit-learn's conventions want a `ValueError`."""


class CheckpointError(GanAugmentError):
    """A run or one of its files is missing, truncated, from a newer version, or of another kind."""


class OutputError(GanAugmentError):
    """The output cannot be written, or would overwrite finished work."""


class TrainingError(GanAugmentError):
    """Training diverged and could not be brought back."""
