"""Class names on disk."""

import pytest

from gan_augment.generation.names import MAX_BYTES, class_folders, printable

HOSTILE = (
    "a/b", "a_b", "..", ".", "", "../../etc", ".hidden", "hidden", "x" * 300, "x" * 299, "Katze", "katze",
    "猫", "é", "e\u0301", "con", "CON.txt", "lpt1", "a\\b", "a:b", "a\x00b", "a\nb", "end.", "end ", "end",
    "manifest.jsonl", "README.md", "\udcff", "🙂" * 80, "straße", "STRASSE", "-", "|",
)  # fmt: skip


def test_hostile_names_give_distinct_folders_even_where_case_does_not_count() -> None:
    folders = class_folders(HOSTILE)
    assert list(folders) == list(HOSTILE)
    assert len({folder.casefold() for folder in folders.values()}) == len(HOSTILE)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_folder_can_leave_the_output_or_be_refused_by_a_file_system(name: str) -> None:
    folder = class_folders(HOSTILE)[name]
    assert folder
    assert not folder.startswith(".")
    assert not folder.endswith((".", " "))
    assert not set(folder) & set('<>:"/\\|?*\0\n')
    assert len(folder.encode()) <= MAX_BYTES + 40
    assert folder.split(".")[0].lower() not in {"con", "lpt1"}
    assert folder.lower() not in {"manifest.jsonl", "readme.md"}


def test_plain_names_stay_as_they_are() -> None:
    names = ("cat", "Maine Coon", "3", "猫", "naïve", "a.b", "x-1 (old)")
    assert class_folders(names) == {name: name for name in names}


def test_a_class_named_like_another_one_with_its_hash_stays_distinct() -> None:
    tagged = class_folders(["a/b"])["a/b"]
    assert len(set(class_folders(["a/b", tagged]).values())) == 2


def test_control_characters_do_not_reach_text_chunks() -> None:
    assert printable("a\n\udcffé") == "a\\n\\udcffé"
