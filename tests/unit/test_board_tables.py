"""A board as it is printed: with its rules, its reasons and its corrections."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from services.cli.board_tables import board_parts
from services.gateway.pages.telling import Tell
from tests.support.folding import REGISTRY, parts
from tests.unit.test_appraisal import BOARD, EARLY, LATE, S11, STORY, report
from tests.unit.test_auditor import taken


@pytest.mark.parametrize("language", ["zh", "en"])
def test_weights_cap_targets_reasons_and_corrections_stand_with_it(
    language: str,
) -> None:
    said = [
        report("chengdu", S11, EARLY, "70000"),
        report("chengdu", S11, LATE, "99000"),
    ]
    titles = SimpleNamespace(title=lambda _subject: None)
    tell = Tell(language, REGISTRY, cast("Any", titles))
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        for one in board_parts(parts(taken([*STORY, *said]), BOARD), tell):
            console.print(one)
    printed = captured.get()
    content = json.loads(next(e for e in STORY if e.type.fact == "board.opened").value)
    rules = content["rules"]
    for measure in rules["measures"]:
        [line] = [
            one
            for one in printed.splitlines()
            if measure["name"] in one and measure["weight"] in one.split()
        ]
        assert measure["target"] in line
    assert f"{rules['cap']}%" in printed
    [exemption] = [e for e in STORY if e.type.fact == "exemption.granted"]
    assert json.loads(exemption.value)["reason"] in printed
    assert "70000" in printed.replace(",", "")
    assert "99000" in printed.replace(",", "")
