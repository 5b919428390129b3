"""``twincity contract`` as its users type it."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.cli.contract import app
from services.runtime.errors import TwinCityError
from twincity_schemas.contract import contract

SCHEMAS = Path(__file__).parents[2] / "schemas"
S11 = SCHEMAS / "examples/project.described/s11-by-chengdu.json"


def contract_command(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, arguments, input=given)


def failed(result: Result) -> str:
    assert result.exit_code != 0
    assert isinstance(result.exception, TwinCityError)
    return str(result.exception)


def test_every_type_is_listed() -> None:
    listed = contract_command("list").output
    assert all(name in listed for name in contract()["events"])


def test_a_type_is_shown_in_either_language() -> None:
    zh = contract_command("show", "project.described").output
    en = contract_command("show", "project.described", "-l", "en").output
    assert "*name  名称" in zh
    assert " total_investment.amount" in zh.replace("*", " ")
    assert "Investor shares" in en


def test_an_unknown_type_is_one_sentence_that_names_the_known() -> None:
    assert "project.described" in failed(contract_command("show", "road.built"))


def test_every_example_passes() -> None:
    result = contract_command("check", str(SCHEMAS / "examples"))
    assert result.exit_code == 0
    assert result.output.count("✓") == len(list(SCHEMAS.glob("examples/*/*.json")))


def test_a_stream_is_checked_line_by_line() -> None:
    good = json.loads(S11.read_text("utf-8"))
    bad = deepcopy(good)
    bad["data"]["domain"] = "road"
    twice = json.dumps(good).replace('"domain":', '"domain": "road", "domain":')
    lines = [json.dumps(good), json.dumps(bad), twice, "[]", "nope"]
    result = contract_command("check", "-", given="\n".join(lines))
    assert "4 of 5" in failed(result)
    assert "✓ line 1" in result.output
    assert "/domain" in result.output
    assert "字段重复：domain" in result.output


def test_nothing_to_check_is_told(tmp_path: Path) -> None:
    assert "no message" in failed(contract_command("check", str(tmp_path)))


def test_what_breaks_is_told_with_a_status(tmp_path: Path) -> None:
    old = contract()
    later = deepcopy(old)
    described = later["events"]["twincity.project.described.v1"]["schema"]
    described["$defs"]["Phase"]["enum"].remove("reserved")
    for name, document in (("old", old), ("new", later)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document), "utf-8")
    files = [str(tmp_path / "old.json"), str(tmp_path / "new.json")]
    result = contract_command("changes", *files)
    assert "1 changes break" in failed(result)
    assert "代码 reserved 被删除" in result.output
    assert contract_command("changes", files[0]).exit_code == 0


def test_a_declared_reader_is_named(tmp_path: Path) -> None:
    later = deepcopy(contract())
    recorded = later["events"]["twincity.project.recorded.v1"]["schema"]
    del recorded["properties"]["agreement"]
    new = tmp_path / "new.json"
    new.write_text(json.dumps(later), "utf-8")
    old = str(next(SCHEMAS.glob("releases/*.json")))
    readers = ("--readers", str(SCHEMAS / "readers.json"))
    result = contract_command("changes", old, str(new), *readers)
    assert "used by subscribers of schemas/README.md" in result.output
    assert "declares no readers" in failed(
        contract_command("changes", old, "--readers", str(new))
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", "\udcff"])
def test_what_is_no_contract_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "no.json"
    path.write_text(text, "utf-8", errors="surrogateescape")
    assert "is not a contract" in failed(contract_command("changes", str(path)))
