"""Do synthetic rows help where one class is rare? Seven tables with 40 rows of it and at most 4,000 others."""

from functools import partial

from datasets import data_root
from studies import StudyTask, main
from tabular import TARGETS

from gan_augment.data.scarcity import Scarcity
from gan_augment.data.table_schema import LabelledTable
from gan_augment.data.tables import load_table
from gan_augment.evaluation.study.config import StudyConfig

MINORITY, MOST_MAJORITY = 40, 4000
SCARCITY = {  # where there are more of the others; of Adult both are named, since cut to 4,000 they would be the rarest
    "adult": Scarcity(cut={"<=50K": MOST_MAJORITY, ">50K": MINORITY}),
    "default": Scarcity(cut={"No": MOST_MAJORITY}, minority=MINORITY),
    "lending": Scarcity(cut={"good": MOST_MAJORITY}, minority=MINORITY),
}


def load(name: str, root: str | None) -> tuple[LabelledTable, None]:
    """Return a table; its test part is split off by the study."""
    return load_table(data_root(root) / f"{name}.csv", target=TARGETS[name]), None


def task(name: str) -> StudyTask:
    """Return the task of a table: every arm and model, two inner folds."""
    config = StudyConfig(scarcity=SCARCITY.get(name, Scarcity(minority=MINORITY)), inner_folds=2)
    return StudyTask(f"{name}-minority-{MINORITY}", name, "table", MINORITY, partial(load, name), config)


TASKS = [task(name) for name in TARGETS]

if __name__ == "__main__":
    main(str(__doc__), TASKS)
