"""No text steers the terminal, and every text can be written."""

import io
import json
import sys
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli import terminal
from services.cli.lines import clock, moment
from services.cli.terminal import out, print_json, visible, warn
from services.runtime.errors import Unavailable
from tests.support.commands import commands, leaves, twincity

STEERS = "\x1b[2J\x1b]0;title\x07\x9b31m\u202e\u2028\r\x00\ud800\U000e0041"


@given(st.text(st.characters()))
def test_what_is_written_acts_on_nothing(text: str) -> None:
    shown = visible(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert (
        json.loads(f'"{visible(json.dumps(text, ensure_ascii=False)[1:-1])}"') == text
    )


def test_neither_a_line_nor_a_table_nor_an_error_passes_it_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out.print(STEERS)
    out.print(STEERS, markup=False)
    print_json({"name": STEERS})
    warn(f"one\ntwo {STEERS}")
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert len(lines) == 3
    assert all(character.isprintable() for line in lines for character in line)
    assert printed.err.startswith("twincity: one two \\u001b")
    assert printed.err.count("\n") == 1


def test_a_terminal_that_lacks_a_character_gets_its_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "gb2312"))
    terminal.write_anything()
    out.print("成都 𠮷 ✓")
    sys.stdout.flush()
    assert raw.getvalue().decode("gb2312") == "成都 \\U00020bb7 \\u2713\n"


def test_a_time_at_the_calendars_edge_is_written() -> None:
    assert clock(datetime(2024, 6, 1, 1, tzinfo=UTC)) == "2024-06-01 09:00:00"
    assert clock(datetime.max.replace(tzinfo=UTC)).startswith("9999-12-31T23:59:59")
    assert moment(0) == "1970-01-01 08:00:00"
    for milliseconds in (-1, -62_135_596_800_001, 2**63 - 1, -(2**63)):
        assert moment(milliseconds)


LISTS_NOTHING = {
    *("demo", "up", "run", "gateway key", "gateway token", "notify key"),
    *("topics apply", "access apply", "access certify", "access rotate"),
    *("parties add", "parties suspend", "people add", "people remove"),
    *("backup", "restore", "export", "template", "notify again"),
    *("board verify", "dispatch verify"),  # one sentence, and a status
}


def test_whatever_lists_something_lists_it_as_json_too() -> None:
    without = {
        name
        for name, command in leaves()
        if "--json" not in {word for given in command.params for word in given.opts}
    }
    assert without == LISTS_NOTHING


@pytest.mark.parametrize("command", commands())
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(
    command: str,
    option: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = twincity(capsys, monkeypatch, *command.split(), option)
    assert ran.status == 0
    assert "Usage" in ran.out


def test_it_says_its_version(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert twincity(capsys, monkeypatch, "--version").out == "twincity 0.1.0\n"


def test_a_shell_completes_the_services(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_TWINCITY_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "twincity run adm")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert twincity(capsys, monkeypatch).out.strip() == "admission"


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (Unavailable("no\x1b[31m\nKafka"), 1, "no\\u001b[31m Kafka"),
        (FileNotFoundError(2, "No such file", "缺失"), 1, "缺失: No such file"),
        (KeyError("x"), 70, "a fault of ours 程序错误: KeyError"),
    ],
)
def test_whatever_is_raised_is_one_sentence(
    raised: Exception,
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(**_: object) -> None:
        raise raised

    monkeypatch.setattr("services.cli.app", fail)
    ran = twincity(capsys, monkeypatch)
    assert (ran.status, ran.err.count("\n")) == (status, 1)
    assert said in ran.err


def test_an_answer_that_lacks_something_has_a_status_of_its_own(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(**_: object) -> None:
        terminal.incomplete("something is missing 缺失")
        sys.exit(0)

    monkeypatch.setattr("services.cli.app", lacking)
    ran = twincity(capsys, monkeypatch)
    assert (ran.status, ran.err) == (3, "twincity: something is missing 缺失\n")


@pytest.mark.parametrize(
    ("line", "zh"),
    [
        ("say --nonsense", "没有选项 --nonsense"),
        ("nonsense", "命令或参数有误"),
        ("say", "缺少参数 files"),
        ("up --port 99999", "--port 的值有误"),
        ("due --as-of", "选项 --as-of 缺值"),
    ],
)
def test_a_wrong_option_is_one_sentence_in_both_languages(
    line: str,
    zh: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran = twincity(capsys, monkeypatch, *line.split())
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert f" {zh}; twincity" in ran.err


def test_a_group_without_a_command_shows_its_help(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = twincity(capsys, monkeypatch, "topics")
    assert ran.status == 2
    assert "Usage: twincity topics" in ran.out
    assert not ran.err
