"""Models see the same number and the same word for the same value, whatever dtype a part of the table came with."""

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_schema import Column, LabelledTable
from gan_augment.errors import DataError
from gan_augment.evaluation.tabular.features import modelled, number_names, to_features, word_names

from .conftest import COLUMNS


def test_identifiers_and_constants_reach_no_model() -> None:
    kept = modelled(COLUMNS)
    assert number_names(kept) + word_names(kept) == ["amount", "age", "since", "town", "rank", "member"]
    with pytest.raises(DataError, match="nothing that a classifier could learn"):
        modelled([COLUMNS[0], COLUMNS[-1]])


def test_every_column_becomes_floats_or_words_and_missing_values_stay_missing(train: LabelledTable) -> None:
    columns = modelled(COLUMNS)
    features = to_features(train.frame, columns)
    assert all(features[name].dtype == np.float64 for name in number_names(columns))
    assert all(features[name].dtype == object for name in word_names(columns))
    assert features.isna().sum().to_dict() == train.frame[list(features)].isna().sum().to_dict()
    assert features["town"].isna().any()


def test_a_level_is_one_word_with_and_without_missing_values_beside_it() -> None:
    columns = [Column("level", "categorical", "int64")]
    spellings = ([1, 2], [1.0, 2.0, np.nan], pd.array([1, 2, None], dtype="Int64"), ["1", "2"])
    for values in spellings:
        words = to_features(pd.DataFrame({"level": values}), columns)["level"]
        assert words[:2].tolist() == ["1", "2"]
        assert words[2:].isna().all()


def test_an_instant_is_one_number_in_every_zone() -> None:
    columns = [Column("at", "datetime", "datetime64[ns, UTC]")]
    utc = pd.to_datetime(pd.Series(["1970-01-02 00:00", None, "2024-06-01 12:00"])).dt.tz_localize("UTC")
    seconds = to_features(pd.DataFrame({"at": utc}), columns)["at"]
    assert seconds[0] == 86_400.0
    assert np.isnan(seconds[1])
    pd.testing.assert_series_equal(
        to_features(pd.DataFrame({"at": utc.dt.tz_convert("Asia/Tokyo")}), columns)["at"], seconds
    )


def test_rows_without_a_column_are_refused_by_its_name(train: LabelledTable) -> None:
    with pytest.raises(DataError, match="'town'"):
        to_features(train.frame.drop(columns="town"), modelled(COLUMNS))
