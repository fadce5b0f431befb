"""Which colour a finding has: never alone, the word stands beside it."""

TONES = {"helps": "good", "hurts": "bad", "equivalent": "even", "no evidence": "unsure"}


def tone_of(low: float, high: float) -> str:
    """Return good or bad where an interval lies on one side of 0; NaN ends say nothing."""
    return "good" if low > 0 else "bad" if high < 0 else ""
