"""``twincity import``: a guess is shown, confirmed, kept; nothing is said unseen."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.sheets.kept import keep
from services.sheets.profile import Profile, dump
from services.sheets.repeating import row_of
from tests.support.commands import Ran, twincity
from tests.support.sheets import book, table

PLAIN = (1, "成资大道", "新建道路", 120000)
SET = ("domain=transport", "item_class=engineering", "as_of=2024-05", "source=清单")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deploy").symlink_to(Path("deploy").absolute())
    monkeypatch.chdir(tmp_path)
    Path("清单.xlsx").write_bytes(book(table(PLAIN)))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> object:
    def run_(*arguments: str) -> Ran:
        return twincity(capsys, monkeypatch, *arguments)

    return run_


def imported(run: object, *arguments: str, file: str = "清单.xlsx") -> Ran:
    assert callable(run)
    given = ("import", file, "--party", "chengdu", "--profile", "keys", *arguments)
    ran = run(*given)
    assert isinstance(ran, Ran)
    return ran


def accepted(run: object) -> Ran:
    said = (word for text in SET for word in ("--set", text))
    return imported(run, "--members", "chengdu,deyang", *said, "--accept", "--dry-run")


def test_a_guess_is_shown_with_its_score_and_said_by_nobody(run: object) -> None:
    ran = imported(run)
    assert ran.status == 1
    assert "total_investment.amount" in ran.out
    assert "推测" in ran.err
    assert not Path("profiles").exists()


def test_what_is_lacking_is_not_accepted(run: object) -> None:
    ran = imported(run, "--accept", "--dry-run")
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "--set domain=" in ran.err
    assert not Path("profiles").exists()


def test_a_confirmed_profile_is_kept_and_the_next_file_needs_nothing(
    run: object,
) -> None:
    ran = accepted(run)
    assert ran.status == 0, ran.err
    assert Path("profiles/chengdu/keys.toml").exists()
    ran = imported(run, "--dry-run", "--json")
    (said,) = map(json.loads, ran.out.splitlines())
    assert said["from"] == "清单!A2:D2"
    assert said["data"]["provenance"]["cells"] == "A2:D2"


def test_every_cell_that_is_not_understood_is_told_in_both_languages(
    run: object,
) -> None:
    accepted(run)
    Path("坏.xlsx").write_bytes(book(table((1, "路", "", "约1"), PLAIN)))
    ran = imported(run, "--dry-run", file="坏.xlsx")
    assert ran.status == 1
    assert "清单!D2  “约1”不是数字 / “约1” is no number" in ran.out
    assert "1 cells are not understood" in ran.err


def test_another_partys_profile_is_refused(run: object) -> None:
    accepted(run)
    assert callable(run)
    kept = "profiles/chengdu/keys.toml"
    ran = run(
        "import", "清单.xlsx", "--party", "deyang", "--profile", kept, "--dry-run"
    )
    assert ran.status == 1
    assert "另一主体" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "none.xlsx", "--party", "chengdu"),
        ("import", "清单.xlsx", "--party", "nobody"),
        ("import", "清单.xlsx", "--party", "chengdu", "--column", "x"),
        ("import", "清单.xlsx", "--party", "chengdu", "--set", "x"),
        ("import", "清单.xlsx", "--party", "chengdu", "--type", "x.y"),
        ("import", "deploy/parties.toml", "--party", "chengdu", "--accept"),
        ("template", "x.y"),
        ("export", "x.y"),
        ("export", "project.described", "清单.xlsx"),
    ],
    ids=" ".join,
)
def test_what_goes_wrong_is_one_sentence(
    run: object, arguments: tuple[str, ...]
) -> None:
    assert callable(run)
    ran = run(*arguments)
    assert ran.status in {1, 2}
    assert ran.err.count("\n") == 1
    assert any(character > "一" for character in ran.err)


def test_a_template_is_filled_in_and_read_without_a_profile(run: object) -> None:
    assert callable(run)
    assert run("template", "project.described").status == 0
    ran = run("import", "project.described.xlsx", "--party", "chengdu", "--dry-run")
    assert (ran.status, ran.out.count("0 条填报")) == (0, 1), ran.err


def test_a_row_and_its_content_are_told_from_an_id() -> None:
    assert row_of("keys.abc.def") == ("keys.abc", "def")
    assert row_of("keys.abc.def.2") == ("keys.abc", "def")
    assert row_of("chengdu-2023-1")[1] == ""


def test_two_who_confirm_at_once_both_keep_theirs_whole(tmp_path: Path) -> None:
    file = tmp_path / "chengdu" / "list.toml"
    profiles = [
        Profile(name="list", type="project.described", party="chengdu", tables=(),
                columns=(), bureau=f"b{n}" * 20)
        for n in range(4)
    ]  # fmt: skip
    with ThreadPoolExecutor(len(profiles)) as people:
        kept = [people.submit(keep, one, file) for one in profiles * 50]
        assert {one.result() for one in kept} == {file}
    assert file.read_text("utf-8") in map(dump, profiles)
    assert [one.name for one in file.parent.iterdir()] == ["list.toml"]
