"""Runs studies on named tasks and keeps their rows: what the three benchmarks of augmentation share.

The study of a task lies in ``results/studies/NAME/``: its rows, what they depend on, and ``task.json``, which says what
the task is about. A second call goes on with what is missing, on whatever machine.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gan_augment.data.labelled import LabelledData
from gan_augment.errors import GanAugmentError
from gan_augment.evaluation.study.config import StudyConfig
from gan_augment.evaluation.study.request import evaluate
from gan_augment.evaluation.study.rows import AUTO
from gan_augment.evaluation.study.text import study_text
from gan_augment.units import parse_duration

STUDIES = Path(__file__).parent / "results" / "studies"
LoadFn = Callable[[str | None], tuple[LabelledData, LabelledData | None]]


@dataclass(frozen=True)
class StudyTask:
    """A task: data made scarce in a certain way, with the budget of a fit.

    Parameters
    ----------
    name, task
        Of the study, and of the task it is about: studies of one task are no evidence for each other.
    kind, per_class
        ``image`` or ``table``; training samples per class, of a table those of the rarest.
    load_fn
        ``(data root) ->`` the samples, and those to test on where they are given.
    config
        Replicates, scarcity, generator.
    request
        Arms, models and the like, as `evaluate` takes them.
    """

    name: str
    task: str
    kind: str
    per_class: int
    load_fn: LoadFn
    config: StudyConfig
    request: Mapping[str, Any] = field(default_factory=dict)

    def run(self, options: argparse.Namespace) -> str:
        """Run what is missing, as the options of `main` say, and return the study as text."""
        out = STUDIES / self.name
        data, test = self.load_fn(options.data_root)
        named = {"arms": options.arms, "models": options.models}
        request = dict(self.request) | {key: tuple(text.split(",")) for key, text in named.items() if text}
        config = replace(self.config, jobs=options.jobs, time=options.time, task=self.task)
        if options.replicates is not None:
            config = replace(config, replicates=options.replicates)
        if options.arms and AUTO not in request["arms"]:
            config = replace(config, confirm=request["arms"][-1])
        about = {"task": self.task, "kind": self.kind, "per_class": self.per_class}
        try:
            return study_text(evaluate(data, out, config, test=test, resume=True, progress=False, **request))
        finally:  # a study that goes on later is known by it, too
            if out.is_dir():
                (out / "task.json").write_text(json.dumps(about) + "\n", encoding="utf-8")


def main(summary: str, tasks: Sequence[StudyTask]) -> None:
    """Run the command line of a benchmark."""
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--data-root", help="folder of datasets")
    parser.add_argument("--tasks", default=",".join(task.name for task in tasks))
    parser.add_argument("--jobs", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--time", help="bound of each task, such as 30m; what is missing then comes with the next call")
    parser.add_argument("--replicates", type=int, help="instead of the task's own number")
    parser.add_argument(
        "--arms", help="some of them, the rest with a later call; auto needs all that may be its baseline"
    )
    parser.add_argument("--models", help="instead of all: others may come with a later call")
    options = parser.parse_args()
    by_name = {task.name: task for task in tasks}
    wanted = options.tasks.split(",")
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        parser.error(f"unknown tasks: {', '.join(unknown)}. There are: {', '.join(by_name)}")
    try:
        options.time = options.time and parse_duration(options.time)
        for name in wanted:
            print(f"\n## {name}\n\n{by_name[name].run(options)}", flush=True)
    except GanAugmentError as error:
        parser.error(str(error))
