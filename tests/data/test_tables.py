"""The door to tables: every form that they come in, what is said about them, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gan_augment.data.table_description import describe_columns
from gan_augment.data.tables import is_table, load_table
from gan_augment.errors import ConfigError, DataError

FRAME = pd.DataFrame({"x": np.arange(40) / 7, "word": ["a", "b", "c", "a"] * 10, "y": ["no", "yes"] * 20})
X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.array([0, 1] * 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    FRAME.to_csv(tmp_path / "train.csv", index=False)
    FRAME[:8].to_csv(tmp_path / "test.csv", index=False)
    return tmp_path


class TestForms:
    @pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.txt", "T.CSV", "t.csv.gz", "t.parquet", "t.pq"])
    def test_files(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        if name.endswith(("parquet", "pq")):
            FRAME.to_parquet(path)
        else:
            FRAME.to_csv(path, index=False, sep="\t" if "tsv" in name else ",")
        for data in (path, str(path)):
            table = load_table(data, target="y")
            assert (table.classes, len(table), table.schema.position) == (("no", "yes"), 40, 2)
            pd.testing.assert_frame_equal(table.frame, FRAME[["x", "word"]])

    @pytest.mark.parametrize(
        ("name", "n_classes", "n_columns"), [("wine", 3, 13), ("breast_cancer", 2, 30), ("iris", 3, 4)]
    )
    def test_builtin_tables_know_their_target(self, name: str, n_classes: int, n_columns: int) -> None:
        table = load_table(name)
        assert (len(table.classes), len(table.schema.columns), table.schema.target.name) == (
            n_classes,
            n_columns,
            "target",
        )

    def test_builtin_names_win_over_files_and_say_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "wine").mkdir()
        assert "scikit-learn's data set; write ./wine" in load_table("wine").notes[0]
        assert not is_table(Path("wine"))

    @pytest.mark.parametrize("labels", [Y, Y.tolist(), Y.reshape(-1, 1), pd.Series(Y, index=range(7, 47))])
    def test_pairs_of_arrays(self, labels: Any) -> None:
        table = load_table((X, labels))
        assert list(table.frame) == ["x0", "x1", "x2"]
        assert (table.schema.target.name, table.schema.position, table.classes) == ("target", 3, ("0", "1"))
        np.testing.assert_array_equal(table.frame.to_numpy(), X)
        np.testing.assert_array_equal(table.labels, Y)

    def test_pairs_keep_dtypes_and_the_name_of_the_labels(self) -> None:
        table = load_table((X.astype(np.float32), pd.Series(Y, name="kind")))
        assert (table.schema.target.name, table.schema.columns[0].dtype) == ("kind", "float32")
        assert load_table((FRAME[["x", "word"]], FRAME["y"])).schema.names == ["x", "word", "y"]
        assert load_table((X, Y), target="class").schema.target.name == "class"

    def test_pairs_of_mixed_arrays(self) -> None:
        mixed = np.array([[1.5, "a"], [2.5, "b"]] * 20, dtype=object)
        kinds = [column.kind for column in load_table((mixed, Y)).schema.columns]
        assert kinds == ["numeric", "categorical"]

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ((X, Y[:5]), "X has 40 rows but y has 5 labels"),
            ((X, np.stack([Y, Y], 1)), "one label a row"),
            ((FRAME, FRAME["y"]), "X has a column 'y'"),
            (3, "a table is expected"),
        ],
    )
    def test_pairs_that_do_not_fit_are_refused(self, data: Any, words: str) -> None:
        with pytest.raises(DataError, match=words):
            load_table(data)

    def test_a_labelled_table_passes_through(self) -> None:
        table = load_table(FRAME, target="y")
        assert load_table(table) is table
        assert load_table(table, target="y", schema=table.schema, columns={"word": "categorical"}) is table
        assert load_table(table, columns={"word": "identifier"}).schema.columns[1].kind == "identifier"
        assert load_table(table, target="word").classes == ("a", "b", "c")

    @pytest.mark.parametrize(
        ("data", "answer"),
        [
            ("data.csv", True),
            ("data.TSV.gz", True),
            ("data.parquet", True),
            ("data.xlsx", True),
            ("wine", True),
            ("digits", False),
            ("photos", False),
            ("data.npz", False),
            ("torchvision:MNIST@data", False),
            (FRAME, True),
            ((X, Y), True),
            ([X, Y], True),
            ((FRAME, Y), True),
            ((np.zeros((4, 8, 8)), Y[:4]), False),
            (FRAME["x"], False),
            (3, False),
        ],
        ids=str,
    )
    def test_what_is_a_table(self, data: Any, answer: bool) -> None:
        assert is_table(data) is answer


class TestFolders:
    def test_the_part_asked_for_is_read_and_said(self, folder: Path) -> None:
        assert is_table(folder)
        train, test = load_table(folder, target="y"), load_table(folder, target="y", part="test")
        assert (len(train), len(test)) == (40, 8)
        assert train.notes == (f"Taken from train.csv in {folder}; not used: 'test.csv'.",)

    def test_a_missing_part_is_refused(self, folder: Path) -> None:
        with pytest.raises(DataError, match=r"has no val.csv or val.parquet, only train.csv and test.csv"):
            load_table(folder, target="y", part="val")

    def test_a_table_beside_a_folder_of_images_is_no_table(self, folder: Path) -> None:
        (folder / "train").mkdir()
        (folder / "test").mkdir()
        assert not is_table(folder)

    def test_a_missing_file_offers_the_nearest(self, folder: Path) -> None:
        with pytest.raises(DataError, match=r"No such file or folder: .*trian.csv. Did you mean .*train.csv"):
            load_table(folder / "trian.csv", target="y")
        with pytest.raises(DataError, match="No such file or folder: winee. Did you mean 'wine'"):
            load_table("winee")


class TestColumns:
    def test_what_is_left_out_of_the_model_is_said_once_for_each_reason(self) -> None:
        n = 120
        frame = FRAME.sample(n, replace=True, random_state=0).reset_index(drop=True)
        frame = frame.assign(one=1, two="b", none=None, id=range(n), name=[f"n{i}" for i in range(n)])
        assert load_table(frame, target="y").notes == (
            "Left out of the model, one value only: 'one', 'two'.",
            "Left out of the model, all values are missing: 'none'.",
            "Left out of the model, whole numbers that number the rows: 'id'.",
            "Left out of the model, another value in every row, like an identifier: 'name'.",
        )

    def test_kinds_can_be_overruled(self) -> None:
        table = load_table(FRAME, target="y", columns={"x": "identifier"})
        assert table.schema.columns[0].kind == "identifier"
        assert table.notes == ("Left out of the model, as asked: 'x'.",)

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"columns": {"wrod": "categorical"}}, "no column 'wrod'. Did you mean 'word'"),
            ({"columns": {"word": "categoric"}}, "Did you mean 'categorical'"),
            ({"columns": {"y": "numeric"}}, "is the target"),
            ({"part": "trian"}, "Did you mean 'train'"),
            ({"encoding": "latn"}, "Unknown encoding 'latn'"),
            ({"encoding": "hex"}, "Unknown encoding 'hex'"),
        ],
    )
    def test_bad_settings_are_refused(self, options: dict[str, Any], words: str) -> None:
        with pytest.raises(ConfigError, match=words):
            load_table(FRAME, target="y", **options)

    def test_nothing_to_learn_from_is_refused(self) -> None:
        with pytest.raises(DataError, match="no column beside the target"):
            load_table(FRAME[["y"]], target="y")
        with pytest.raises(DataError, match="No column is left to learn from. .* --column"):
            load_table(FRAME[["y"]].assign(one=1), target="y")

    def test_descriptions_name_every_column_in_its_place(self) -> None:
        frame = FRAME.assign(late=pd.to_datetime(["2024-01-01", "2024-02-01"] * 20), gaps=[1.5, np.nan] * 20)
        assert describe_columns(load_table(frame, target="y")) == [
            ("x", "numeric", "float64, 40 values, 0 to 5.57143"),
            ("word", "categorical", f"{FRAME['word'].dtype}, 3 values, 'a', 'b', 'c'"),
            ("y", "target", f"{FRAME['y'].dtype}, no 20, yes 20"),
            ("late", "datetime", f"{frame['late'].dtype}, 2 values, 2024-01-01 00:00:00 to 2024-02-01 00:00:00"),
            ("gaps", "numeric", "float64, 1 value, 1.5 to 1.5, 20 missing"),
        ]

    def test_what_columns_may_be_instead_is_noted_by_name(self) -> None:
        prices = [f"${i},000" for i in range(1, 41)]
        notes = load_table(FRAME.assign(price=prices, cost=prices), target="y").notes
        assert any(note.startswith("Numbers with signs") and note.endswith("'price', 'cost'.") for note in notes)
        with pytest.raises(DataError, match=r"such as '\$1,000': write plain numbers"):
            load_table(FRAME.assign(price=prices), target="y", columns={"price": "numeric"})

    def test_the_range_of_dates_in_text_is_one_of_days_not_of_letters(self) -> None:
        days = [f"{day:02}/{month:02}/{year}" for year in (2019, 2020) for month in (1, 12) for day in range(1, 11)]
        table = load_table(FRAME.assign(day=days), target="y", columns={"day": "datetime"})
        (said,) = (holds for name, _, holds in describe_columns(table) if name == "day")
        assert said.endswith("01/01/2019 to 10/12/2020")
