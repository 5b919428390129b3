"""Every character of Chinese is a term, however rare."""

import pytest

from services.matching.text import runs, terms


@pytest.mark.parametrize(
    "text",
    [
        "𠮷野家与𪚥",  # beyond the basic plane
        "⻄部",  # a radical that stands for its character
        "⽔利",  # a radical that NFKC makes one
        "﨑玉",  # a compatibility ideograph that NFKC leaves
        "〇〇二号人々",  # zero and the repetition mark
    ],
)
def test_a_rare_character_is_no_gap(text: str) -> None:
    assert len(runs(text)) == 1
    assert len(runs(text)[0]) == len(text)


def test_a_number_alone_is_no_term() -> None:
    assert not terms("30 2.5%")
