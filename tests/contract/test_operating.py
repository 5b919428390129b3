"""What operators are told of names is what the code has: logs, settings, metrics."""

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from services.runtime.feed import Feed
from services.runtime.health import Health
from services.runtime.log_names import FAULTS, LOG_NAMES
from services.runtime.metrics import FIGURES, RELEASE, Source, registry_of
from services.runtime.settings import Settings
from tests.support.harness.storm import WEIGHTS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RUNBOOK = (DEPLOY / "README.md").read_text("utf-8")
OBSERVABILITY = DEPLOY / "observability"
NAME = re.compile(r"[a-z]+\.[a-z_]+")
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
OTHERS = {"up"}  # Prometheus' own
RINGS = {
    "killed at random": {"TwinCityServiceDown", "TwinCityServiceRestarts"},
    "zombie": {"TwinCityShardTwice"},
    "broker killed": {"TwinCityBrokerSilent"},
    "full disk of the broker": {"TwinCityBrokerSilent"},
    "full disk of the ledger": {"TwinCityDatabaseSilent"},
    "read-only database": {"TwinCityDatabaseSilent"},
    "batches taken back": {"TwinCityBatchesAborted"},
    "messages that nobody can read": {"TwinCityRecordUnreadable"},
}
"""By what the harness does to a system, the alerts that ring where it goes on. Groups
that the broker forgets are not among them: positions are the shards' own."""


def log_names() -> Iterator[str]:
    """Every name that the code gives a line."""
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("log"), attr=attr),
                    args=[ast.Constant(str(name)), *_],
                ) if attr in LEVELS:
                    yield name
                case ast.Call(
                    func=ast.Attribute(attr="tell"),
                    args=[_, ast.Constant(str(name)), *_],
                ):
                    yield name
                # What a decided statement is called is the service's to say.
                case ast.keyword("step", ast.Constant(str(name))) | ast.AnnAssign(
                    ast.Name("step"), _, ast.Constant(str(name))
                ) if name.startswith("statement."):
                    yield name
                case _:
                    pass


def test_whatever_the_harness_does_has_its_alert() -> None:
    assert {*WEIGHTS} | {"batches taken back", "messages that nobody can read"} == {
        *RINGS
    }
    rules = yaml.safe_load((OBSERVABILITY / "rules.yml").read_text("utf-8"))
    alerts = {one["alert"] for group in rules["groups"] for one in group["rules"]}
    assert set().union(*RINGS.values()) <= alerts


def test_the_table_has_the_names_that_the_code_writes() -> None:
    told = [one.name for one in LOG_NAMES]
    assert len(told) == len({*told})
    assert {*log_names()} == {*told}
    for one in LOG_NAMES:
        assert NAME.fullmatch(one.name)
        assert re.search("[一-鿿]", one.zh)
        assert one.en.isascii()


def test_a_fault_of_ours_has_its_alert() -> None:
    """Of a shard's process: whatever the runbook asks to be reported, and limits."""
    told = {one.name for one in LOG_NAMES if one.do.startswith("report it: a fault")}
    assert told < {*FAULTS} <= {one.name for one in LOG_NAMES}
    [rule] = [rule for rule in rules() if rule["alert"] == "TwinCityFault"]
    assert all(f"`{name}`" in rule["annotations"]["do"] for name in FAULTS)


def test_no_line_is_written_under_a_name_that_is_worked_out() -> None:
    for path in (ROOT / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                of = node.func.value
                of_level = node.func.attr in LEVELS
                if isinstance(of, ast.Name) and of.id == "log" and of_level:
                    assert isinstance(node.args[0], ast.Constant), path


def test_the_runbook_is_what_the_code_says() -> None:
    script = DEPLOY / "runbook.py"
    ran = subprocess.run(
        [sys.executable, script, "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_the_runbook_has_every_setting() -> None:
    section = RUNBOOK.split("## Settings")[1].split("\n## ")[0]
    rows = [row for row in section.splitlines() if row.startswith("| `")]
    told = [n for row in rows for n in re.findall(r"TWINCITY_(\w+)", row.split("|")[1])]
    assert len(told) == len({*told})
    assert {*told} == {name.upper() for name in Settings.model_fields} | {"CACHE"}


def exposed() -> str:
    """What a process answers that has worked."""
    feed = Feed("twincity.admission.0", [], Settings())
    feed.flow.start()
    feed.flow.answered_at = 1.0
    source = Source("admission", "0", [feed], {feed.name: lambda: (2, 1)})
    answer = Health("admission", [feed], registry_of(source)).answer("/metrics")
    return answer[2].decode()


def metric_names() -> set[str]:
    families = text_string_to_metric_families(exposed())
    return {sample.name for family in families for sample in family.samples}


def test_every_figure_is_exposed_under_its_name_and_in_both_languages() -> None:
    named = {name for name in metric_names() if name.startswith("twincity_")}
    assert named == {figure.name for figure in FIGURES} | {RELEASE}
    for figure in FIGURES:
        assert re.search("[一-鿿]", figure.zh)
        assert figure.en.isascii()


def named_in(expression: str) -> set[str]:
    """The metrics of an expression: what is no function, keyword or label."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(by|on) \([^)]*\)', "", expression)
    words = set(re.findall(r"[a-z_][a-z0-9_]*(?!\w|\()", bare))
    return {word for word in words if "_" in word} | (words & OTHERS)


def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load((OBSERVABILITY / "rules.yml").read_text("utf-8"))
    return [rule for group in content["groups"] for rule in group["rules"]]


def dashboard() -> list[str]:
    content = json.loads((OBSERVABILITY / "dashboard.json").read_text("utf-8"))
    return [t["expr"] for panel in content["panels"] for t in panel["targets"]]


def test_every_metric_that_is_named_is_there() -> None:
    there = metric_names() | OTHERS
    for expression in [rule["expr"] for rule in rules()] + dashboard():
        named = named_in(expression)
        assert named, expression
        assert named <= there, expression
    # Process figures too, whose names are prometheus_client's.
    told = set(re.findall(r"\b(?:twincity|process)_[a-z_]+\b", RUNBOOK))
    assert told <= there | {"process_start_time_seconds"}


def test_every_alert_names_its_line_in_the_runbook() -> None:
    for rule in rules():
        said = rule["annotations"]
        assert said["runbook"] == f"deploy/README.md: {rule['alert']}"
        assert f"\n| {rule['alert']} | {said['zh']} | {said['en']} |" in RUNBOOK
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_every_alert_has_a_test_that_it_is_silent_and_that_it_fires() -> None:
    content = yaml.safe_load((OBSERVABILITY / "rules_test.yml").read_text("utf-8"))
    tried = {
        (one["alertname"], bool(one["exp_alerts"]))
        for test in content["tests"]
        for one in test["alert_rule_test"]
    }
    names = {rule["alert"] for rule in rules()}
    assert tried == {(name, fires) for name in names for fires in (False, True)}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "rules.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "rules_test.yml"),
    ],
)
def test_prometheus_itself_takes_them(arguments: tuple[str, ...]) -> None:
    ran = subprocess.run(
        ["promtool", *arguments],
        cwd=OBSERVABILITY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not here")
def test_prometheus_itself_takes_what_is_exposed() -> None:
    ran = subprocess.run(
        ["promtool", "check", "metrics"],
        input=exposed(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
