"""Who may do what, derived: nothing is forgotten, nothing is given twice over."""

import time
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.access.applying import WantedAccess, bring_about, give_passwords
from services.access.grants import Drift, Grant, Operation, Resource, grants, users
from services.access.secrets import Password, Secrets
from services.runtime.errors import WrongSetting
from services.runtime.security import Mechanism
from services.runtime.settings import Settings
from twincity_schemas.parties import RESERVED, Party, Registry, Suspension
from twincity_schemas.problems import ContractError
from twincity_schemas.topology import (
    GATEWAY,
    INTEGRATORS,
    MIRROR,
    OPERATORS,
    SERVICES,
    inbox,
    receipts,
    topics,
)

PARTIES = Path("deploy/parties.toml")
REGISTRY = Registry.load(PARTIES)


def may(
    given_: frozenset[Grant], user: str, operation: str, kind: str, name: str
) -> bool:
    """As Kafka's authorizer decides, for the grants that we make."""
    return any(
        grant.user == user
        and grant.operation == operation
        and grant.resource == kind
        and (name.startswith(grant.name) if grant.prefixed else name == grant.name)
        for grant in given_
    )


@pytest.mark.parametrize(
    ("prefix", "cluster"), [("", ""), ("test.", ""), ("", "chengdu"), ("", "chongqing")]
)
def test_each_topic_is_written_and_read_by_whom_the_catalogue_names(
    prefix: str, cluster: str
) -> None:
    wanted = grants(REGISTRY, prefix, cluster, at=time.time())
    for topic in topics(REGISTRY, cluster=cluster):
        name = prefix + topic.name
        writers = {user for user in users(REGISTRY, prefix, cluster)
                   if may(wanted, user, "write", "topic", name)}  # fmt: skip
        assert writers == {
            prefix + (one if one in REGISTRY.codes else f"twincity.{one}")
            for one in topic.producers
        }
        for party in REGISTRY.codes:
            reads = may(wanted, prefix + party, "read", "topic", name)
            allowed = {party, GATEWAY, INTEGRATORS} & {*topic.consumers}
            assert reads == bool(allowed), (party, name)


def party(code: str, *suspensions: Suspension) -> Party:
    return Party(
        code=code,
        zh="某",
        en="Some",
        region="510100",
        cluster="a",
        suspensions=suspensions,
    )


CODES = st.from_regex(r"[a-z][a-z-]{0,4}[a-z]", fullmatch=True)


@given(st.lists(CODES, min_size=2, max_size=5, unique=True), st.data())
def test_no_party_reaches_anothers_whatever_they_are_called(
    codes: list[str], data: st.DataObject
) -> None:
    registry = Registry(party=tuple(map(party, codes)))
    wanted = grants(registry, at=0)
    one, other = data.draw(st.permutations(codes))[:2]
    assert not may(wanted, one, "write", "topic", inbox(other))
    assert not may(wanted, one, "read", "topic", receipts(other))
    for name in (other, f"{other}.x", f"twincity.{SERVICES[0]}", "twincity.x"):
        assert not may(wanted, one, "read", "group", name)
        assert not may(wanted, one, "write", "transactional-id", name)


def test_a_suspended_party_loses_its_inbox_and_reads_on() -> None:
    today = date(2026, 11, 26)
    noon = 1795665600.0  # 2026-11-26 12:00 in Beijing
    tomorrow = today + timedelta(days=1)
    for suspension, may_write in (
        (Suspension(since=tomorrow), True),
        (Suspension(since=today), False),
        (Suspension(since=today, until=tomorrow), False),
        (Suspension(since=today - timedelta(days=9), until=today), True),
    ):
        registry = Registry(party=(party("a-b", suspension), party("c-d")))
        wanted = grants(registry, at=noon)
        assert may(wanted, "a-b", "write", "topic", inbox("a-b")) is may_write
        assert may(wanted, "a-b", "read", "topic", receipts("a-b"))


def test_every_role_of_the_catalogue_is_no_partys_code(tmp_path: Path) -> None:
    roles = {
        role
        for topic in topics(REGISTRY, cluster="chengdu")
        for role in (*topic.producers, *topic.consumers)
    }
    assert {*(roles - REGISTRY.codes), "twincity"} == RESERVED
    assert {OPERATORS, INTEGRATORS, GATEWAY, *SERVICES} <= RESERVED
    text = PARTIES.read_text("utf-8")
    for code in RESERVED:
        wrong = tmp_path / "parties.toml"
        wrong.write_text(text.replace('"ziyang"', f'"{code}"'), "utf-8")
        with pytest.raises(ContractError, match=code):
            Registry.load(wrong)


def test_what_reaches_into_ours_is_drift_and_nothing_else() -> None:
    wanted = grants(REGISTRY, at=0)
    ours = users(REGISTRY)

    def excess(*found: Grant) -> tuple[Grant, ...]:
        return Drift.between(wanted, {*wanted, *found}, ours).excess

    reaching = [
        Grant("x", Resource.TOPIC, "*", Operation.READ),
        Grant("x", Resource.TOPIC, "twin", Operation.WRITE, prefixed=True),
        Grant("x", Resource.TOPIC, "twincity.", Operation.READ, prefixed=True),
        Grant("*", Resource.TOPIC, inbox("chengdu"), Operation.READ),
        Grant("x", Resource.GROUP, "chengdu.x", Operation.READ),
        Grant("x", Resource.TRANSACTION, "", Operation.WRITE, prefixed=True),
        Grant("chengdu", Resource.TOPIC, "elsewhere", Operation.READ),
        Grant("chengdu", Resource.CLUSTER, "kafka-cluster", "alter"),
    ]
    for grant in reaching:
        assert excess(grant) == (grant,)
    assert not excess(
        Grant("x", Resource.TOPIC, "elsewhere", Operation.WRITE),
        Grant("x", Resource.TOPIC, "twincity", Operation.WRITE),
        Grant("x", Resource.GROUP, "chengdu-east", Operation.READ),
        Grant("x", Resource.CLUSTER, "kafka-cluster", "alter"),
    )


def test_a_password_is_its_own_file_that_nobody_else_reads(tmp_path: Path) -> None:
    kept = Secrets(tmp_path / "access")
    assert kept.read("chengdu") is None
    one, other = Password.new("chengdu"), Password.new("chengdu", Mechanism.SCRAM_512)
    assert one.text != other.text
    for password in (one, other):
        file = kept.write(password)
        assert file.stat().st_mode & 0o777 == 0o600
        assert kept.read("chengdu") == password
    assert kept.folder.stat().st_mode & 0o777 == 0o700
    kept.file("chengdu").write_text("TWINCITY_KAFKA_USER=chengdu\n", "utf-8")
    with pytest.raises(WrongSetting, match="没有密码"):
        kept.read("chengdu")


def test_a_mirrored_inbox_keeps_the_time_of_home_and_the_mirror_alone_writes_it() -> (
    None
):
    for party in REGISTRY.party:
        there = {t.name: t for t in topics(REGISTRY, cluster="elsewhere")}
        [name] = [n for n in there if n == inbox(party.code)]
        here = {t.name: t for t in topics(REGISTRY)}
        kept, stamped = dict(there[name].timestamps), dict(here[name].timestamps)
        assert kept["message.timestamp.type"] == "CreateTime"
        assert there[name].producers == (MIRROR,)
        assert stamped["message.timestamp.type"] == "LogAppendTime"
        assert here[name].producers == (party.code,)


class Broken(Exception):  # noqa: N818  reads as what it says
    """The power went out."""


class Brokers:
    """A cluster's users and rights; it stops at one of its steps."""

    def __init__(self, stop: int) -> None:
        self.rights: set[Grant] = set()
        self.passwords: dict[str, Password] = {}
        self.stop = stop

    def _step(self) -> None:
        self.stop -= 1
        if self.stop == 0:
            raise Broken

    def grants(self) -> frozenset[Grant]:
        return frozenset(self.rights)

    def create(self, missing: Iterable[Grant]) -> None:
        for one in missing:
            self._step()
            self.rights.add(one)

    def remove(self, excess: Iterable[Grant]) -> None:
        for one in excess:
            self._step()
            self.rights.discard(one)

    def mechanisms(self) -> dict[str, frozenset[Mechanism]]:
        return {u: frozenset({p.mechanism}) for u, p in self.passwords.items()}

    def set_password(self, password: Password) -> None:
        self._step()
        self.passwords[password.user] = password
        self._step()


def test_what_was_broken_off_anywhere_is_brought_about_the_next_time(
    tmp_path: Path,
) -> None:
    """Wherever it ends: no user is without the password of its file, nor a right."""
    wanted = WantedAccess.of(Settings(parties=PARTIES), REGISTRY)
    stranger = replace(next(iter(wanted.grants)), name="twincity.strange")
    steps = 2 * len(wanted.users) + len(wanted.grants) + 1
    for stop in range(1, steps + 2):
        secrets, brokers = Secrets(tmp_path / str(stop)), Brokers(stop)
        brokers.rights.add(stranger)
        access: Any = brokers
        stops = stop <= steps
        with pytest.raises(Broken) if stops else nullcontext():
            give_passwords(access, secrets, wanted.users)
            bring_about(access, wanted, prune=True)
        give_passwords(access, secrets, wanted.users)
        left = bring_about(access, wanted, prune=True)
        assert not left.missing
        assert not left.excess
        assert brokers.rights == wanted.grants
        held = {user: secrets.read(user) for user in wanted.users}
        assert held == brokers.passwords
