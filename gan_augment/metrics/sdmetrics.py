"""The scores of SDMetrics, which others publish of their tables; needs the package `sdmetrics`, imported when asked."""

import warnings
from collections.abc import Sequence

import pandas as pd

from gan_augment.data.table_schema import Column
from gan_augment.errors import ConfigError

_KINDS = {"numeric": "numerical", "boolean": "boolean", "datetime": "datetime", "identifier": "id"}


def sdmetrics_scores(real: pd.DataFrame, fake: pd.DataFrame, columns: Sequence[Column]) -> dict[str, float]:
    """Return the scores of SDMetrics' quality and diagnostic reports.

    Parameters
    ----------
    real, fake
        Tables with the same columns, (n, c) and (m, c).
    columns
        What the columns are: all of them, the target too, if it is to count. Constants are taken for categories.

    Returns
    -------
    dict
        ``quality``, the mean over columns of the similarity of their values and over pairs of that of their trends, and
        ``diagnostic``, whether values are such as the real ones; each in [0, 1].

    Raises
    ------
    ConfigError
        If SDMetrics is not installed.

    Notes
    -----
    SDMetrics compares contingency tables on 50,000 rows that it draws without a seed, so larger tables do not give the
    same score twice. It knows neither floor nor ceiling: see `gan_augment.metrics.tabular.table_similarity`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that they will be called otherwise
        try:
            from sdmetrics.reports.single_table import DiagnosticReport, QualityReport
        except ImportError as error:
            raise ConfigError("SDMetrics is not installed: pip install sdmetrics.") from error
    names = [column.name for column in columns]
    metadata = {"columns": {column.name: _described(column) for column in columns}}
    scores = {}
    for name, report in (("quality", QualityReport()), ("diagnostic", DiagnosticReport())):
        report.generate(real[names], fake[names], metadata, verbose=False)
        scores[name] = float(report.get_score())
    return scores


def _described(column: Column) -> dict[str, str]:
    written = {"datetime_format": column.format} if column.kind == "datetime" and column.format else {}
    return {"sdtype": _KINDS.get(column.kind, "categorical"), **written}
