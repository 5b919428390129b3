"""Who stands where on a board, by the scores as they are shown.

Equal scores share a rank (1, 1, 3). Red: every target met, and the rank within the
places. Black: a target missed, and among the last so many. Who is exempt is not ranked.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.appraisal.scoring import Result
from services.rules.editions import Editions
from twincity_schemas.board import BoardOpened, Colour, Sequence
from twincity_schemas.board_record import Place


@dataclass(frozen=True)
class Ranked:
    """One sequence in the order of rank, the exempt last."""

    sequence: Sequence
    places: Mapping[str, Place]
    red: int
    black: int

    def of(self, colour: Colour) -> tuple[str, ...]:
        """The units on a board."""
        return tuple(u for u, place in self.places.items() if place.colour is colour)


def places_of(sequences: Iterable[Ranked]) -> dict[str, Place]:
    """Returns every unit's place, by its code."""
    return {unit: place for one in sequences for unit, place in one.places.items()}


def ranked(opening: BoardOpened, results: Iterable[Result]) -> list[Ranked]:
    """Returns the sequences, ranked by the scores as they are shown."""
    return RANKS.at(opening.cut_off)(opening, results)


def _ranked_1(opening: BoardOpened, results: Iterable[Result]) -> list[Ranked]:
    to_rank = list(results)
    return [
        Ranked(
            places.sequence,
            _places(
                [one for one in to_rank if one.unit.sequence is places.sequence],
                places.red,
                places.black,
            ),
            places.red,
            places.black,
        )
        for places in opening.rules.places
    ]


def _places(results: list[Result], red: int, black: int) -> dict[str, Place]:
    counted = [one for one in results if one.exempt is None]
    scores = sorted(one.score for one in counted)
    places = {}
    # By code among equals, so that the order is stable; their rank is the same.
    for one in sorted(counted, key=lambda r: (-r.score, r.unit.code)):
        below = bisect_left(scores, one.score)
        through = bisect_right(scores, one.score)
        rank, from_last = 1 + len(scores) - through, 1 + below
        colour = Colour.NONE
        # A place alone earns no red and no black: whoever is first with a target missed
        # is not praised, and whoever is last with every target met is not blamed.
        if one.met and rank <= red:
            colour = Colour.RED
        elif not one.met and from_last <= black:
            colour = Colour.BLACK
        tied = through - below > 1
        places[one.unit.code] = Place(
            score=one.score, rank=rank, tied=tied, colour=colour
        )
    for one in sorted(results, key=lambda r: r.unit.code):
        if one.exempt is not None:
            places[one.unit.code] = Place(score=one.score, colour=Colour.NONE)
    return places


RANKS = Editions("ranks", _ranked_1)
