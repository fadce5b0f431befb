"""Dates and times as seconds and back, in whatever form a column keeps them; knows nothing about tables."""

import warnings

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

RESOLUTIONS = {"D": 86_400_000_000, "h": 3_600_000_000, "min": 60_000_000, "s": 1_000_000, "ms": 1_000}  # in us
FINEST = "us"
_ISO_FORMATS = (
    "%Y-%m-%d",
    "%Y-%m",
    *(f"%Y-%m-%d{mark}{time}" for mark in " T" for time in ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f")),
    *(f"%Y-%m-%dT{time}Z" for time in ("%H:%M:%S", "%H:%M:%S.%f")),
)


def to_moments(values: pd.Series, pattern: str = "") -> pd.Series:
    """Return text in the form of `pattern`, or datetimes with or without a zone, as UTC datetimes without one.

    Raises
    ------
    ValueError
        If text has another form.
    """
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = pd.to_datetime(values.astype(object), format=pattern or "ISO8601", utc=True)
    return values if values.dt.tz is None else values.dt.tz_convert("UTC").dt.tz_localize(None)


def to_seconds(moments: pd.Series) -> np.ndarray:
    """Return datetimes without a zone as float64 seconds since 1970, shape (n,), NaN where missing."""
    ticks = moments.to_numpy("datetime64[us]")
    return np.where(np.isnat(ticks), np.nan, ticks.astype(np.int64) / 1e6)


def from_seconds(seconds: pd.Series) -> pd.Series:
    """Return seconds since 1970 as datetimes without a zone, to the microsecond; NaN becomes missing."""
    values = seconds.to_numpy(np.float64, na_value=np.nan)
    ticks = np.rint(np.nan_to_num(values) * 1e6).astype(np.int64).astype("datetime64[us]")
    ticks[np.isnan(values)] = np.datetime64("NaT")
    return pd.Series(ticks, index=seconds.index)


def resolution_of(values: pd.Series) -> str:
    """Return the coarsest unit, as pandas names it, that all datetimes are multiples of by the clock of their zone."""
    local = values if values.dt.tz is None else values.dt.tz_localize(None)
    ticks = local.dropna().to_numpy("datetime64[us]").astype(np.int64)
    return next((name for name, size in RESOLUTIONS.items() if not (ticks % size).any()), FINEST)


def as_dtype(moments: pd.Series, dtype: str, resolution: str) -> pd.Series:
    """Return UTC datetimes without a zone as `dtype`, rounded to `resolution` by the clock of its zone."""
    zone = getattr(pd.api.types.pandas_dtype(dtype), "tz", None)
    if zone is None:
        return moments.dt.round(resolution).astype(dtype)
    values = moments.dt.tz_localize("UTC").dt.tz_convert(zone)
    if resolution in ("D", "h"):  # finer ones are the same by any clock
        twice = np.ones(len(values), dtype=bool)  # an hour that the clock shows twice: the first one
        values = values.dt.round(resolution, ambiguous=twice, nonexistent="shift_forward")
    else:
        values = moments.dt.round(resolution).dt.tz_localize("UTC").dt.tz_convert(zone)
    return values.astype(dtype)


def text_format(texts: np.ndarray) -> str:
    """Return the one ISO format that all texts (n,) are in, to the letter; empty where there is none."""
    return next((pattern for pattern in _ISO_FORMATS if is_written_as(texts, pattern)), "")


def guessed_format(texts: np.ndarray) -> str:
    """Return the format of dates that all texts (n,) are in, ISO or another one; empty where none is found.

    Offsets from UTC are in none: they may change from one text to the next, and a moment does not know its own.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a day above 12 cannot be a month
        guesses = [guess_datetime_format(texts[0], dayfirst=dayfirst) for dayfirst in (False, True)]
    plain = [guess for guess in guesses if guess and "%z" not in guess]
    return text_format(texts) or next((guess for guess in plain if is_written_as(texts, guess)), "")


def is_written_as(texts: np.ndarray, pattern: str) -> bool:
    """Tell whether all texts (n,) are dates that `pattern` gives back to the letter."""
    for part in (texts[:1], texts):
        moments = pd.to_datetime(pd.Series(part, dtype=object), format=pattern, errors="coerce")
        if moments.isna().any() or not (moments.dt.strftime(pattern).to_numpy(object) == part).all():
            return False
    return True
