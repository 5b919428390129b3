"""What Docker users start: every service of it takes its settings."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from services.cli.services import gateway
from services.gateway.people import OPERATE
from services.gateway.tokens import READ
from services.runtime.errors import WrongSetting
from services.runtime.settings import Settings
from twincity_schemas.topology import GATEWAY, SERVICES

pytestmark = pytest.mark.unit

COMPOSE = yaml.safe_load(Path("docker-compose.yml").read_text("utf-8"))["services"]
OURS = {name: one for name, one in COMPOSE.items() if "build" in one}


def settings(
    service: dict[str, Any], monkeypatch: pytest.MonkeyPatch, *without: str
) -> Settings:
    for name, value in service["environment"].items():
        if name not in without:
            monkeypatch.setenv(name, value)
    return Settings.load()


@pytest.mark.parametrize("name", OURS)
def test_each_service_takes_its_settings(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settings(OURS[name], monkeypatch)
    runs = OURS[name]["command"].split()
    if runs[0] == "run":
        assert runs[1] in {*SERVICES, GATEWAY}
        found.of_service(runs[1])


def test_the_operators_gateway_is_theirs_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = OURS["operators"]
    found = settings(service, monkeypatch)
    purpose = gateway.Whose.of(found).purpose(found.people)
    assert purpose.rights == {READ, OPERATE}
    assert not purpose.everybody
    assert purpose.tokens is None
    (mounted,) = service["volumes"]
    assert mounted.split(":")[1] == str(found.people)
    assert service["profiles"] == ["operators"]  # it wants its people first


def test_without_people_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongSetting, match="TWINCITY_PEOPLE"):
        settings(OURS["operators"], monkeypatch, "TWINCITY_PEOPLE")
