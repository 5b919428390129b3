"""Where a statement was taken from is kept, and no comparison looks at it."""

import json
from typing import Any

from services.rules.judging import content_digest
from tests.support.folding import tell, told
from tests.support.saying import S11, described, event, reported
from twincity_schemas.message import Event

FIRST = {"file": "sha256:" + "a" * 64, "sheet": "续建", "cells": "A8:J8"}
CORRECTED = {"file": "sha256:" + "b" * 64, "sheet": "续建", "cells": "A9:J9"}


def said(
    provenance: dict[str, str] | None, party: str = "chengdu", **changes: Any
) -> Event[Any]:
    given = {} if provenance is None else {"provenance": provenance}
    data = described(**changes) | given
    return event("project.described", party, S11, data, f"{party}-1")


def test_a_row_that_moved_in_a_corrected_file_is_a_duplicate_at_the_gate() -> None:
    first = content_digest(said(FIRST))
    assert first == content_digest(said(CORRECTED)) == content_digest(said(None))
    assert first != content_digest(said(FIRST, name="S12"))


def test_an_endorsement_answers_to_the_words_not_to_the_file() -> None:
    digests = {said(where).data.digest for where in (FIRST, CORRECTED, None)}
    assert len(digests) == 1


def test_two_parties_lists_that_say_the_same_agree() -> None:
    record = tell(S11, [said(FIRST), said(CORRECTED, "deyang")])
    assert record == tell(S11, [said(None), said(None, "deyang")])
    assert "provenance" not in record.fields


def test_it_is_kept_with_the_statement() -> None:
    assert json.loads(said(FIRST).value)["provenance"] == FIRST
    assert said(FIRST).data.provenance.sheet == "续建"


def test_what_was_written_down_elsewhere_was_not_said_otherwise() -> None:
    """A month read again from another file is a repetition, and no correction."""

    def month(provenance: dict[str, str] | None, id_: str) -> Event[Any]:
        given = {} if provenance is None else {"provenance": provenance}
        return event("progress.reported", "chengdu", S11, reported() | given, id_)

    again = [said(None), month(FIRST, "r1"), month(CORRECTED, "r2")]
    plain = [said(None), month(None, "r1"), month(None, "r2")]
    assert told(S11, again) == told(S11, plain)
