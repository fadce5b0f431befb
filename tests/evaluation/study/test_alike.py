import pytest

from gan_augment.evaluation.study.alike import gathered


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Warning: 14% are near-copies (real ones: 0%).", "Warning: 3% are near-copies (real ones: 1%)."),
        ("They lie nearer than real ones do (Z -6.1).", "They lie nearer than real ones do (Z -3.0)."),
        ("Not their class: 22% of 'a' are 'b'; 9% of \"c's\" 'd'.", "Not their class: 8% of 'b' are 'a'."),
        ("It cannot tell 'a', 'b': fidelity says nothing.", "It cannot tell 'c': fidelity says nothing."),
    ],
)  # fmt: skip
def test_sentences_that_differ_in_figures_and_names_are_said_once_in_the_words_of_the_first(one, other):
    (common,) = gathered([[one], [], [other]])
    assert common.of(3) == f"{one} (so or with other figures in 2 of 3 replicates)"
    (common,) = gathered([[one], [one], [one]])
    assert common.of(3) == f"{one} (3 of 3 replicates)"


def test_what_differs_in_words_is_said_apart_most_frequent_first():
    said = ["Warning: 3% are near-copies.", "Warning: 3% are training samples again."]
    assert [(common.text, common.n) for common in gathered([said[:1], said, said[1:], said[1:]])] == [
        (said[1], 3),
        (said[0], 2),
    ]
    assert gathered([[], []]) == []


def test_what_is_alike_in_one_replicate_counts_once():
    rows = ["Rows of 'a' vary 30% as much.", "Rows of 'b' vary 40% as much."]
    (common,) = gathered([rows, rows[1:]])
    assert (common.text, common.n, common.same) == (" ".join(rows), 2, False)
