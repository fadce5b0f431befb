"""What a study found, all of it: as sentences and as plain data; computes nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gan_augment.evaluation.layout import without_nan
from gan_augment.evaluation.study.design import Design
from gan_augment.evaluation.study.findings import AutoUse, Best, Comparison
from gan_augment.evaluation.study.worth import Worth
from gan_augment.metrics.scores import LOSSES

Cell = tuple[str, str]  # a model and an arm


@dataclass(frozen=True)
class Summary:
    """The scores of one model on one arm: means and standard deviations over replicates, by score."""

    n_replicates: int
    mean: Mapping[str, float]
    sd: Mapping[str, float]


@dataclass(frozen=True)
class StudyResult:
    """Everything that a study found.

    Parameters
    ----------
    design
        How its replicates hang together.
    chief, confirm
        The score that decides, and the arm that the verdict is about.
    summaries
        By model and arm, where there is a score.
    comparisons
        By model and arm, in the order of both.
    uses
        What `auto` did, by model; empty without it.
    best
        The best of all.
    notes
        What failed, and what else the user should know, a sentence each.
    worth
        What synthetic samples alone are worth in real ones, by model; only where a learning curve was made.
    """

    design: Design
    chief: str
    confirm: str
    summaries: Mapping[Cell, Summary]
    comparisons: Mapping[Cell, Comparison]
    uses: Mapping[str, AutoUse]
    best: Best
    notes: tuple[str, ...] = ()
    worth: Mapping[str, Worth] = field(default_factory=dict)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(dict.fromkeys(model for model, _ in self.comparisons))

    def confirmatory(self, model: str) -> Comparison:
        """Return the comparison that the verdict on a model is about."""
        return self.comparisons[model, self.confirm]

    def sentence(self, model: str) -> str:
        """Return the finding on a model."""
        return self.confirmatory(model).sentence

    def headline(self) -> str:
        """Return the findings on all models, and what `auto` did, a line each."""
        used = (self.uses[model].sentence for model in self.models if model in self.uses)
        return "\n".join([*map(self.sentence, filter(self._has_arms, self.models)), *used])

    def _has_arms(self, model: str) -> bool:
        """Tell whether a model has arms to compare: one that is an arm by itself has none."""
        return (model, model) not in self.comparisons

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain JSON data; a figure that is not known is None."""
        return without_nan(
            {
                "headline": self.headline().splitlines(),
                "condition": self.design.condition(),
                "design": asdict(self.design),
                "score": self.chief,
                "confirm": self.confirm,
                "lower_is_better": LOSSES,
                "models": {model: self._model_dict(model) for model in self.models},
                "best": self.best.to_dict() | {"sentence": self.best.sentence(self.chief)},
                "notes": self.notes,
            }
        )

    def _model_dict(self, model: str) -> dict[str, Any]:
        own, use = self.confirmatory(model), self.uses.get(model)
        arms = {
            arm: asdict(self.summaries[model, arm]) | found.to_dict()
            for (of, arm), found in self.comparisons.items()
            if of == model and (model, arm) in self.summaries
        }
        return {
            "verdict": own.verdict,
            "sentence": own.sentence,
            "baselines": dict(own.baselines),
            "unrivalled": own.unrivalled,
            "auto": use and use.to_dict(),
            "worth": self.worth[model].to_dict() if model in self.worth else None,
            "arms": arms,
        }
