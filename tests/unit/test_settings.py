"""A setting that cannot work is one sentence that names it, in every command."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from services.local.jars import cache_folder, class_path
from services.runtime.errors import RecordsMissing, WrongSetting
from services.runtime.gaps import resumed
from services.runtime.settings import LogFormat, LogLevel, Settings
from tests.support.commands import ARGUMENTS, commands, twincity

WRONG = {
    "KAFKA": ("127.0.0.1:99999", "127.0.0.1:abc", "成都:9092", "a:1;b:1", "a:0"),
    "PREFIX": ("测试.", "a b", "x\n", "p" * 101),
    "PARTIES": ("missing.toml", "gb18030.toml", "not.toml", ".", "twice.toml"),
    "SHARD": ("x", "2/2", "-1/2", "0", "0/0", "[0]"),
    "LOG_FORMAT": ("xml",),
    "LOG_LEVEL": ("loud", "20"),
    "TRANSACTION_TIMEOUT": ("0", "PT", "2 weeks", "-1s", "9999999h"),
    "COMMIT_WAIT": ("soon", "P1D"),
    "BATCH_SIZE": ("abc", "0", "10001", "1.5", "9" * 5000),
    "DEAD_LETTER_LIMIT": ("-1", "many"),
    "HEALTH": ("0", "99999", "here", "127.0.0.1:"),
    "PROGRESS_EVERY": ("0", "often"),
    "AFFIRM_EVERY": ("0s", "P1D"),
    "PARTY": ("atlantis", "Chengdu"),
    "CLUSTER": ("atlantis", "Chengdu"),
    "TRACES": ("localhost:4318", "grpc://a:4317", "http://a b"),
    "GATEWAY_LISTEN": ("8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999"),
}
READS_SETTINGS = [
    name
    for name in commands()
    if name.split()[0] not in {"contract", "template"}
    and name not in {"access certify", "gateway key", "notify key"}
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with registries that cannot be read; no broker is there."""
    for name in ("schemas", "deploy"):
        (tmp_path / name).symlink_to(Path(name).absolute())
    monkeypatch.chdir(tmp_path)
    good = Path("deploy/parties.toml").read_text("utf-8")
    Path("gb18030.toml").write_text(good, "gb18030")
    Path("not.toml").write_text("party = ", "utf-8")
    Path("twice.toml").write_text(good + good, "utf-8")
    monkeypatch.setenv("TWINCITY_KAFKA", "127.0.0.1:1")


@pytest.mark.parametrize("command", READS_SETTINGS)
def test_it_is_one_sentence_that_names_it(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # All commands read them by one function: every value is tried at one of them.
    every = command == READS_SETTINGS[0]
    for name, values in WRONG.items():
        for value in values if every else values[:1]:
            with monkeypatch.context() as patch:
                patch.setenv(f"TWINCITY_{name}", value)
                arguments = (*command.split(), *ARGUMENTS.get(command, ()))
                ran = twincity(capsys, patch, *arguments)
            assert (ran.status, ran.err.count("\n")) == (2, 1), (name, value, ran.err)
            assert f"TWINCITY_{name}" in ran.err
            assert any(character > "一" for character in ran.err)


def test_the_contract_is_read_without_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, values in WRONG.items():
        monkeypatch.setenv(f"TWINCITY_{name}", values[0])
    command = "contract check"
    ran = twincity(capsys, monkeypatch, *command.split(), *ARGUMENTS[command])
    assert ran.status == 0, ran.err


def test_what_can_be_meant_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "KAFKA": " kafka-1:9092, [::1]:19092 ,broker.example",
        "SHARD": "1 / 2",
        "LOG_LEVEL": "info",
        "LOG_FORMAT": "JSON",
        "COMMIT_WAIT": "60s",
        "TRANSACTION_TIMEOUT": "PT2M",
        "BATCH_SIZE": "",
        "HEALTH": "9100",
    }.items():
        monkeypatch.setenv(f"TWINCITY_{name}", value)
    settings = Settings.load()
    assert settings.kafka == "kafka-1:9092,[::1]:19092,broker.example"
    assert settings.shard == (1, 2)
    assert settings.log_level is LogLevel.INFO
    assert settings.log_format is LogFormat.JSON
    assert settings.commit_wait == timedelta(seconds=60)
    assert settings.transaction_timeout == timedelta(minutes=2)
    assert settings.batch_size == 500
    assert settings.health == ("127.0.0.1", 9100)


def test_a_service_has_no_more_shards_than_inputs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWINCITY_SHARD", "1/7")
    ran = twincity(capsys, monkeypatch, "run", "admission")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "admission can be in 5 shards at most" in ran.err
    ran = twincity(capsys, monkeypatch, "up")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "TWINCITY_SHARD is for twincity run" in ran.err


@pytest.mark.parametrize(
    ("terminal", "wanted"), [(True, LogFormat.HUMAN), (False, LogFormat.JSON)]
)
def test_a_person_at_a_terminal_gets_readable_lines(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool, wanted: LogFormat
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    assert Settings().log_format is wanted


def test_no_home_and_a_cache_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "home", nobody)
        with pytest.raises(WrongSetting, match="TWINCITY_CACHE"):
            cache_folder()
    Path("file").touch()
    monkeypatch.setenv("TWINCITY_CACHE", "file")
    with pytest.raises(WrongSetting, match=r"TWINCITY_CACHE=.*无法使用"):
        class_path()


@pytest.mark.parametrize("command", ["up", "trace", "demo"])
def test_a_folder_that_cannot_be_written_is_one_sentence(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".twincity").touch()
    monkeypatch.setattr("tempfile.tempdir", "/proc/none")  # of the demo
    arguments = (command, *ARGUMENTS.get(command, ()))
    ran = twincity(capsys, monkeypatch, *arguments)
    assert ran.status in {1, 2}
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.out + ran.err


def test_what_a_halted_shard_says_to_set_is_what_the_setting_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gap = "city.twincity.inbox.chengdu/0@17"
    with pytest.raises(RecordsMissing) as missing:
        resumed(TopicPartition("city.twincity.inbox.chengdu", 0), 17, range(20, 30), ())
    told = str(missing.value)
    [given] = re.findall(r"TWINCITY_ACCEPT_GAPS=(\S+)", told)
    monkeypatch.setenv("TWINCITY_ACCEPT_GAPS", given)
    assert Settings.load().accept_gaps == (gap,)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("TWINCITY_KAFAK", "perhaps 或为 TWINCITY_KAFKA"),
        ("TWINCITY_LOGLEVEL", "perhaps 或为 TWINCITY_LOG_LEVEL"),
        ("TWINCITY_XYZZY", "TWINCITY_XYZZY is no setting 没有该设置\n"),
    ],
)
def test_a_misspelt_setting_is_named(
    name: str,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, "1")
    ran = twincity(capsys, monkeypatch, "topics", "check")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert name in ran.err
    assert said in ran.err


def test_what_others_put_beside_our_settings_is_let_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (
        "TWINCITY_CACHE",
        "TWINCITY_KAFKA_SERVICE_HOST",
        "TWINCITY_KAFKA_SERVICE_PORT_CLIENTS",
        "TWINCITY_KAFKA_PORT_9092_TCP_ADDR",
        "TWINCITY_PORT",
    ):
        monkeypatch.setenv(name, "tcp://10.0.0.1:9092")
    assert Settings.load().kafka == "127.0.0.1:1"


def test_a_gateway_for_trying_stays_on_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWINCITY_GATEWAY_TRYING", "true")
    for listen in ("127.0.0.1:80", "localhost:80", "[::1]:80"):
        monkeypatch.setenv("TWINCITY_GATEWAY_LISTEN", listen)
        assert Settings.load().gateway_listen == listen
    monkeypatch.setenv("TWINCITY_GATEWAY_LISTEN", "0.0.0.0:80")
    with pytest.raises(WrongSetting, match="TRYING"):
        Settings.load()
