"""Delimited text of every dialect, good and bad."""

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from gan_augment.data import table_csv
from gan_augment.data.table_csv import read_csv
from gan_augment.errors import DataError

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(text: str | bytes, name: str = "table.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return make


def column(path: Path, name: str) -> list[object]:
    """Return one column as plain values, None where missing."""
    values = read_csv(path)[0][name]
    return [None if pd.isna(value) else value for value in values.tolist()]


class TestDialects:
    @pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
    def test_the_delimiter_is_told_from_the_text(self, write: Write, mark: str) -> None:
        frame, notes = read_csv(write(f"a{mark}b{mark}c\n1{mark}x y{mark}2.5\n3{mark}z{mark}4.5\n"))
        assert frame.to_dict("list") == {"a": [1, 3], "b": ["x y", "z"], "c": [2.5, 4.5]}
        assert notes == ()

    def test_delimiters_inside_of_values_do_not_win(self, write: Write) -> None:
        path = write('name;text;n\na;"x, y, z";1\nb;u, v, w;2\n')
        assert column(path, "text") == ["x, y, z", "u, v, w"]

    def test_one_column_is_read_as_one(self, write: Write) -> None:
        assert column(write("text\nhello\nworld\n"), "text") == ["hello", "world"]

    def test_quotes_hold_delimiters_newlines_and_quotes(self, write: Write) -> None:
        assert column(write('a,b\n"x,\ny","say ""hi"""\nz,w\n'), "a") == ["x,\ny", "z"]
        assert column(write('a,b\n"x,\ny","say ""hi"""\nz,w\n'), "b") == ['say "hi"', "w"]

    def test_newlines_in_quotes_wherever_a_block_of_the_file_ends(
        self, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(table_csv, "_BLOCK", 64)
        words = [f"line {i}\nand more" for i in range(50)]
        assert column(write("a,b\n" + "".join(f'"{word}",1\n' for word in words)), "a") == words

    @pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
    def test_every_line_ending(self, write: Write, ending: str) -> None:
        assert column(write(ending.join(["a,b", "1,2", "3,4"])), "b") == [2, 4]

    def test_a_byte_order_mark_is_no_part_of_the_first_name(self, write: Write) -> None:
        assert list(read_csv(write("a,b\n1,2\n", encoding="utf-8-sig"))[0]) == ["a", "b"]

    def test_gzip_is_seen_whatever_the_name(self, write: Write) -> None:
        assert column(write(gzip.compress(b"a,b\n1,2\n")), "b") == [2]

    def test_blanks_after_delimiters_are_no_part_of_values(self, write: Write) -> None:
        frame, _ = read_csv(write("a, b, c\n1, x, 2\n3, NA, 4\n"))
        assert frame["b"].tolist()[0] == "x"
        assert frame["b"].isna().tolist() == [False, True]
        assert frame["c"].tolist() == [2, 4]

    def test_quotes_after_blanks_hold_delimiters_and_quotes(self, write: Write) -> None:
        path = write('a, b, c\n1, "x, y", 2\n\n3, "say ""hi""", \n')
        assert column(path, "b") == ["x, y", 'say "hi"']
        assert column(path, "c") == [2, None]
        assert column(write('a, b\n1, "x"\n2, y\n'), "b") == ["x", "y"]

    def test_empty_fields_make_no_file_of_blanks_another_one(self, write: Write) -> None:
        path = write('a, b, c\n1, "u", x\n2,, x\n3, "v, w",\n')
        assert column(path, "b") == ["u", None, "v, w"]
        assert column(path, "c") == ["x", "x", None]

    def test_quotes_after_blanks_far_down_the_file(self, write: Write) -> None:
        path = write("a,b\n" + "1,u\n" * 150 + '2, "x, z"\n')
        assert column(path, "b")[-1] == "x, z"

    @pytest.mark.parametrize("text", ['a,b\n1, "u"\n2,v\n', '"a", "b"\n1,u\n2,v\n'])
    def test_quotes_after_some_blanks_are_no_part_of_values(self, write: Write, text: str) -> None:
        assert column(write(text), "b") == ["u", "v"]

    def test_long_fields(self, write: Write) -> None:
        assert column(write('a,b\n"' + "x" * 200_000 + '",1\ny,2\n'), "a") == ["x" * 200_000, "y"]

    def test_quotes_after_blanks_that_belong_to_a_value_are_kept(self, write: Write) -> None:
        assert column(write('a,b\n1, "x" y\n2,z\n'), "b") == [' "x" y', "z"]

    def test_blanks_around_text_are_kept_otherwise(self, write: Write) -> None:
        assert column(write("a,b\n1, x\n3,y \n"), "b") == [" x", "y "]

    def test_decimal_commas_become_numbers_and_are_said(self, write: Write) -> None:
        frame, notes = read_csv(write("a;b\n1,5;x\n-2;y\n"))
        assert frame["a"].tolist() == [1.5, -2.0]
        assert notes == ("Numbers with a decimal comma, read as numbers: 'a'.",)

    def test_thousands_of_columns(self, write: Write) -> None:
        names = [f"column_{i}" for i in range(3000)]
        text = "\n".join([",".join(names), *(",".join(map(str, range(i, i + 3000))) for i in range(3))])
        frame, _ = read_csv(write(text))
        assert frame.shape == (3, 3000)
        assert frame["column_2999"].tolist() == [2999, 3000, 3001]


class TestTypes:
    def test_types_are_those_that_all_values_have(self, write: Write) -> None:
        frame, _ = read_csv(write("i,f,b,s,m\n1,1,True,a,\n2,2.5,False,1,NA\n"))
        assert frame.dtypes.astype(str).tolist()[:3] == ["int64", "float64", "bool"]
        assert frame["s"].tolist() == ["a", "1"]
        assert frame["m"].isna().all()

    @pytest.mark.parametrize(
        "token", ["", "NA", "NaN", "nan", "null", "NULL", "N/A", "n/a", "<NA>", "#N/A", "  ", '""']
    )
    def test_missing_values(self, write: Write, token: str) -> None:
        path = write(f"n,s,b\n1,x,True\n{token},{token},{token}\n2,y,False\n")
        assert column(path, "n") == [1.0, None, 2.0]
        assert column(path, "s") == ["x", None, "y"]
        assert column(path, "b") == [True, None, False]

    @pytest.mark.parametrize("word", ["None", "none", "-", "?", "missing"])
    def test_other_words_are_values(self, write: Write, word: str) -> None:
        assert column(write(f"s,n\n{word},1\na,2\n"), "s") == [word, "a"]

    @pytest.mark.parametrize("digits", ["01234", "+491234", "-007", "0x10", "123456789012345678901"])
    def test_digits_that_would_not_come_back_stay_text(self, write: Write, digits: str) -> None:
        assert column(write(f"s,n\n{digits},1\n12345,2\n"), "s") == [digits, "12345"]

    def test_floats_are_the_nearest_to_what_is_written(self, write: Write) -> None:
        texts = ["729.5264952072858", "0.1", "1e-7", "36.60024", "12106.134700314931"]
        assert column(write("f,n\n" + "".join(f"{text},1\n" for text in texts)), "f") == [float(text) for text in texts]

    @pytest.mark.parametrize("word", ["true", "TRUE", "yes"])
    def test_other_spellings_of_booleans_stay_text(self, write: Write, word: str) -> None:
        assert column(write(f"s,n\n{word},1\n{word},2\n"), "s") == [word, word]

    def test_large_whole_numbers_stay_exact_beside_missing_ones(self, write: Write) -> None:
        large = 2**60 + 1
        assert column(write(f"n,s\n{large},a\n,b\n"), "n") == [large, None]

    def test_whole_numbers_stay_whole_beside_missing_ones(self, write: Write) -> None:
        frame, _ = read_csv(write("n,f,b\n7,1.5,True\n,,\n"))
        assert frame.dtypes.astype(str).tolist() == ["Int64", "float64", "boolean"]

    def test_columns_can_be_kept_as_text(self, write: Write) -> None:
        frame, _ = read_csv(write("a,b\n1,2\n,4\n"), keep_text={"a"})
        assert frame["a"].tolist()[0] == "1"
        assert frame["b"].tolist() == [2, 4]


class TestNames:
    def test_repeated_and_empty_names_are_kept_apart_and_said(self, write: Write) -> None:
        frame, notes = read_csv(write(",a,a,a.1,a\n1,2,3,4,5\n"))
        assert list(frame) == ["Unnamed: 0", "a", "a.2", "a.1", "a.3"]
        assert notes == ("Columns of the same name, kept apart: 'a.2', 'a.3'.",)

    def test_blanks_around_names_do_not_count(self, write: Write) -> None:
        assert list(read_csv(write("a , b\n1,2\n"))[0]) == ["a", "b"]


class TestDamage:
    @pytest.mark.parametrize(("line", "found"), [("4,5", 2), ("4,5,6,7", 4)])
    def test_ragged_rows_are_named_by_their_line(self, write: Write, line: str, found: int) -> None:
        text = 'a,b,c\n1,"two\nlines",3\n\n' + line + "\n7,8,9\n"
        with pytest.raises(DataError, match=rf"line 5 has {found} fields but the header has 3"):
            read_csv(write(text))

    @pytest.mark.parametrize("text", ["", "\n\n", "  \n"])
    def test_an_empty_file(self, write: Write, text: str) -> None:
        with pytest.raises(DataError, match="is empty"):
            read_csv(write(text))

    @pytest.mark.parametrize("text", ["a,b", "a,b\n", "\ufeffa,b\r\n\r\n"])
    def test_a_header_only(self, write: Write, text: str) -> None:
        with pytest.raises(DataError, match="no rows below its header"):
            read_csv(write(text))

    def test_another_encoding_names_the_option(self, write: Write) -> None:
        path = write("a,b\nä,1\n", encoding="latin-1")
        with pytest.raises(DataError, match="is not utf-8 text.*--encoding latin-1"):
            read_csv(path)
        assert read_csv(path, "latin-1")[0]["a"].tolist() == ["ä"]

    def test_another_encoding_far_down_the_file(self, write: Write) -> None:
        with pytest.raises(DataError, match="--encoding latin-1"):
            read_csv(write("a,b\n" + "x,1\n" * 400_000 + "ä,1\n", encoding="latin-1"))

    def test_wide_encodings_are_told_by_their_mark(self, write: Write) -> None:
        path = write("a,b\nä,1\n", encoding="utf-16")
        with pytest.raises(DataError, match="--encoding utf-16"):
            read_csv(path)
        assert read_csv(path, "utf-16")[0]["a"].tolist() == ["ä"]

    def test_a_cut_off_archive(self, write: Write) -> None:
        with pytest.raises(DataError, match="cut short"):
            read_csv(write(gzip.compress(b"a,b\n" + b"1,2\n" * 1000)[:-12]))

    def test_a_damaged_archive(self, write: Write) -> None:
        content = bytearray(gzip.compress(random.Random(0).randbytes(3000).hex().encode()))
        content[200:210] = b"\xff" * 10
        with pytest.raises(DataError, match="damaged"):
            read_csv(write(bytes(content)))

    def test_ragged_rows_stay_wrong_with_quotes_after_blanks(self, write: Write) -> None:
        with pytest.raises(DataError, match="line 152 has 4 fields"):
            read_csv(write("a,b\n" + "1,u\n" * 150 + '2, "x, z", 3\n'))

    def test_every_error_is_one_line(self, write: Write) -> None:
        for text in ('a,b\n"x\ny",1,2\n', "a,b\n1\n", b"\x00\x01\x02,\xff\n"):
            with pytest.raises(DataError) as caught:
                read_csv(write(text))
            assert "\n" not in str(caught.value)


def test_words_that_are_read_as_missing_are_named_where_they_are_words(write: Write) -> None:
    frame, notes = read_csv(write("a,b,c\n1,NA,\nNA,x,y\n2,n/a,z\n"))
    assert frame["b"].isna().tolist() == [True, False, True]
    assert notes == ("Words that stand for a missing value are read as such: 'NA', 'n/a' in 'b'.",)


def test_many_columns_with_words_for_missing_values_make_a_short_note(write: Write) -> None:
    names = ",".join(f"c{i}" for i in range(9))
    _, notes = read_csv(write(f"{names}\n{','.join(['NA'] * 9)}\n{','.join(['x'] * 9)}\n"))
    assert notes[0].endswith("'NA' in 'c4' and 4 more columns.")
