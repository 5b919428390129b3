"""AsyncAPI's own parser has nothing to say about our documents."""

import json
from pathlib import Path

from tests.foreign.conftest import Node
from twincity_schemas.asyncapi import asyncapi
from twincity_schemas.contract import contract
from twincity_schemas.generate import built

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_both_documents_are_without_a_single_remark(node: Node, tmp_path: Path) -> None:
    chinese = tmp_path / "asyncapi.zh.json"
    chinese.write_text(built()[chinese.name], "utf-8")
    files = [str(SCHEMAS / "asyncapi.json"), str(chinese)]
    found = node("asyncapi.mjs", *files)
    assert found == {file: {"parsed": True, "diagnostics": []} for file in files}


def test_the_parser_would_notice(node: Node, tmp_path: Path) -> None:
    broken = asyncapi(contract(), {}, "en")
    broken["operations"]["send-matching.records"]["action"] = "shout"
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(broken))
    assert node("asyncapi.mjs", str(file))[str(file)]["diagnostics"]


def test_the_documents_differ_in_language_alone() -> None:
    en, zh = (asyncapi(contract(), {}, language) for language in ("en", "zh"))
    channel = "transport.records"
    assert en["channels"][channel]["title"] == zh["channels"][channel]["x-title-en"]
    assert zh["channels"][channel]["title"] == "交通基础设施记录"
    assert en["channels"].keys() == zh["channels"].keys()
