"""A secured Kafka: who may do what, who is kept out, and what it says to whom.

TLS, SCRAM, certificates and rights are the real ones; the broker takes PLAIN and
OAUTHBEARER beside them, so that each mechanism is tried.
"""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop
from aiokafka import TopicPartition
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from pydantic import SecretStr

from services.access.applying import WantedAccess, bring_about, give_passwords, opened
from services.access.doors import Doors
from services.access.grants import Grant
from services.access.secrets import Password
from services.cli.letters import publish
from services.local import EmbeddedKafka
from services.local import kafka as broker
from services.local.certificates import Authority
from services.local.logbook import Logbook
from services.local.stack import system
from services.runtime.connecting import librdkafka_options
from services.runtime.consuming import consuming
from services.runtime.errors import Unavailable
from services.runtime.security import Mechanism
from services.runtime.settings import Settings
from services.runtime.topics import Cluster
from tests.broker.reading import everything
from tests.broker.test_gateway import free, gateway, post, said, twincity, up
from tests.support.commands import Ran
from tests.support.commands import twincity as run
from tests.support.gateway import cloudevent
from tests.support.saying import described, envelope
from tests.unit.test_signing import PASSWORD, entry, signed_in
from twincity_schemas.message import STRUCTURED
from twincity_schemas.operations import Origin, RedriveAsked
from twincity_schemas.parties import Registry
from twincity_schemas.topology import OPERATIONS, inbox, receipts, topics

PLAIN_PASSWORD = "as it is sent"
_SASL = "listener.name.sasl_ssl"
_MODULES = "org.apache.kafka.common.security"
OTHERS = f"""\
sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER
{_SASL}.plain.sasl.jaas.config={_MODULES}.plain.PlainLoginModule required \
user_chengdu="{PLAIN_PASSWORD}";
{_SASL}.oauthbearer.sasl.jaas.config={_MODULES}.oauthbearer.OAuthBearerLoginModule \
required unsecuredLoginStringClaim_sub="broker";
"""

STATEMENTS = "twincity.project.statements"
RECORDS = "twincity.transport.records"


@dataclass(frozen=True)
class Secured:
    """A broker with the catalogue's topics, users and rights."""

    kafka: EmbeddedKafka
    doors: Doors
    plain: Settings

    def of(self, user: str) -> Settings:
        return self.doors.user(self.plain, user)

    @property
    def administrator(self) -> Settings:
        return self.doors.administrator(self.plain)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broker, "_SECURED", broker._SECURED + OTHERS)
        with EmbeddedKafka(folder / "kafka", secured=True) as kafka:
            doors = Doors.of(kafka, folder / "access")
            assert doors is not None
            plain = Settings(database=SecretStr(f"sqlite:///{folder}/ledger.sqlite3"))
            made = Secured(kafka, doors, plain)
            asyncio.run(_create_topics(made.administrator))
            access, wanted = opened(made.administrator), WantedAccess.of(plain)
            give_passwords(access, doors.secrets, wanted.users)
            assert not bring_about(access, wanted, prune=True).missing
            yield made


async def _create_topics(settings: Settings) -> None:
    async with Cluster(settings) as cluster:
        assert not await cluster.apply(topics(Registry.load(settings.parties)))


# --- acts, as librdkafka does them ----------------------------------------------


def write(settings: Settings, topic: str, transaction: str = "") -> int | None:
    """The error's code; None: it was written."""
    options = librdkafka_options(settings) | {"log_level": "0"}
    failed: list[int] = []

    def told(error: KafkaError | None, _message: object) -> None:
        if error is not None:
            failed.append(error.code())

    producer = Producer(
        options | ({"transactional.id": transaction} if transaction else {})
    )
    try:
        if transaction:
            producer.init_transactions(20)
            producer.begin_transaction()
        producer.produce(topic, b"{}", b"key", on_delivery=told)
        assert producer.flush(20) == 0
        if transaction:
            producer.abort_transaction(20)
    except KafkaException as error:
        return int(error.args[0].code())
    return failed[0] if failed else None


def read(settings: Settings, topic: str, group: str = "") -> int | None:
    """The error's code; None: it may be read, by its own group if no other is given."""
    options = librdkafka_options(settings) | {
        "log_level": "0",
        "group.id": group or settings.kafka_user,
        "enable.partition.eof": "true",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": "false",
    }
    consumer = Consumer(options)
    try:
        consumer.subscribe([topic])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is None:
                continue
            error = message.error()
            if error is None or error.code() == KafkaError._PARTITION_EOF:
                return None
            return int(error.code())
    finally:
        consumer.close()
    raise AssertionError("no answer")


NO_TOPIC = KafkaError.TOPIC_AUTHORIZATION_FAILED
NO_GROUP = KafkaError.GROUP_AUTHORIZATION_FAILED
NO_TRANSACTION = KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED


def test_a_party_does_what_is_its_own_and_nothing_else(secured: Secured) -> None:
    chengdu = secured.of("chengdu")
    assert write(chengdu, inbox("chengdu")) is None
    assert write(chengdu, inbox("chengdu"), transaction="chengdu.batch") is None
    assert read(chengdu, RECORDS, group="chengdu.board") is None
    assert read(chengdu, receipts("chengdu"), group="chengdu") is None
    for topic in (
        inbox("deyang"),
        receipts("chengdu"),
        STATEMENTS,
        RECORDS,
        OPERATIONS,
        "twincity.admission.state.chengdu",
        "twincity.admission.deadletters",
    ):
        assert write(chengdu, topic) == NO_TOPIC, topic
    for topic in (receipts("deyang"), inbox("deyang"), OPERATIONS):
        assert read(chengdu, topic) == NO_TOPIC, topic
    # Another's name, a service's, and one that only begins alike.
    for group in ("deyang.board", "twincity.coordination", "chengdu-east"):
        assert read(chengdu, RECORDS, group=group) == NO_GROUP, group
    for transaction in ("deyang.batch", "twincity.admission.0", "chengdu-east"):
        failed = write(chengdu, inbox("chengdu"), transaction)
        assert failed == NO_TRANSACTION, transaction


def test_a_service_does_what_its_programme_note_says(secured: Secured) -> None:
    admission = secured.of("twincity.admission")
    assert write(admission, STATEMENTS, "twincity.admission.7") is None
    assert read(admission, inbox("chengdu")) is None
    for topic in (inbox("chengdu"), RECORDS, OPERATIONS):
        assert write(admission, topic) == NO_TOPIC, topic
    coordination = secured.of("twincity.coordination")
    assert write(coordination, RECORDS) is None
    assert write(coordination, STATEMENTS) == NO_TOPIC
    assert read(coordination, inbox("chengdu")) == NO_TOPIC
    foreign = write(coordination, RECORDS, "twincity.admission.0")
    assert foreign == NO_TRANSACTION
    assert write(secured.of("twincity.ledger"), RECORDS) == NO_TOPIC
    assert write(secured.of("twincity.gateway"), inbox("chengdu")) == NO_TOPIC
    operators = secured.of("twincity.operators")
    assert write(operators, OPERATIONS) is None
    assert write(operators, inbox("chengdu")) == NO_TOPIC
    integrators = secured.of("twincity.integrators")
    assert read(integrators, RECORDS, group="twincity.integrators.x") is None
    assert read(integrators, STATEMENTS) == NO_TOPIC


def test_nobody_but_the_administrator_changes_the_cluster(secured: Secured) -> None:
    for user in ("chengdu", "twincity.admission", "twincity.operators"):
        admin = AdminClient(librdkafka_options(secured.of(user)) | {"log_level": "0"})
        [made] = admin.create_topics([NewTopic("mine", 1, 1)]).values()
        with pytest.raises(KafkaException, match="AUTHORIZATION_FAILED"):
            made.result(20)
        with pytest.raises(Unavailable, match="无法查看或修改权限"):
            opened(secured.of(user)).create(
                [Grant(user, "topic", inbox("deyang"), "write")]
            )
        with pytest.raises(Unavailable, match="无法查看或修改权限"):
            opened(secured.of(user)).set_password(Password.new("twincity.admission"))


@contextmanager
def token_file(path: Path, subject: str) -> Iterator[Path]:
    """A token as this test's broker takes it: whose it is, and no signature."""
    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + 600}
    parts = [
        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none"}, claims)
    ]
    path.write_text(".".join([*parts, ""]), "utf-8")
    yield path


def connects(settings: Settings) -> str:
    """What is said where it does not; "" where it does."""

    async def connect() -> str:
        try:
            async with Cluster(settings):
                return ""
        except Unavailable as error:
            return str(error)

    return asyncio.run(connect())


def test_each_mechanism_is_the_same_user(secured: Secured, tmp_path: Path) -> None:
    doors = secured.doors
    address, ca = doors.for_passwords, doors.authority.certificate
    certificate = doors.authority.issue("chengdu")
    opened(secured.administrator).set_password(
        Password("chengdu", Mechanism.SCRAM_512, "another")
    )
    plain = secured.plain
    with token_file(tmp_path / "token", "chengdu") as token:
        bearer = plain.open(address).model_copy(
            update={"kafka_ca": ca, "kafka_token_file": token}
        )
        ways = {
            "SCRAM-SHA-256": secured.of("chengdu"),
            "SCRAM-SHA-512": plain.known(
                address, ca, "chengdu", Mechanism.SCRAM_512, "another"
            ),
            "PLAIN": plain.known(
                address, ca, "chengdu", Mechanism.PLAIN, PLAIN_PASSWORD
            ),
            "certificate": plain.certified(doors.for_certificates, ca, certificate),
            "OAUTHBEARER": bearer,
        }
        for way, settings in ways.items():
            settings.check_security()
            assert connects(settings) == "", way  # aiokafka
            assert write(settings, inbox("chengdu")) is None, way  # librdkafka
            assert write(settings, inbox("deyang")) == NO_TOPIC, way


def test_who_is_kept_out_is_told_why(secured: Secured, tmp_path: Path) -> None:
    doors, plain = secured.doors, secured.plain
    passwords, certificates = doors.for_passwords, doors.for_certificates
    ca, foreign = doors.authority.certificate, Authority(tmp_path / "foreign")
    forged = foreign.issue("twincity.administrator")
    known: Callable[..., Settings] = plain.known
    scram = Mechanism.SCRAM_256
    anonymous = plain.certified(certificates, ca, forged).model_copy(
        update={"kafka_certificate": None}
    )
    told = {
        "speaks TLS": plain.open(passwords),
        "takes nobody without a user": anonymous.model_copy(
            update={"kafka": passwords}
        ),
        "wants a certificate of ours": anonymous,
        "wants a certificate of ours that it trusts": plain.certified(
            certificates, ca, forged
        ),
        "is not trusted": plain.certified(passwords, foreign.certificate, forged),
        "refuses the password of chengdu": known(
            passwords, ca, "chengdu", scram, "guessed"
        ),
        "refuses the password of nobody": known(
            passwords, ca, "nobody", scram, "guessed"
        ),
        "does not answer: no broker": known("127.0.0.1:1", ca, "chengdu", scram, "x"),
        "no host that is known": known("x.invalid:9092", ca, "chengdu", scram, "x"),
        "asks nobody for a password": known(
            certificates, ca, "chengdu", scram, "x"
        ).model_copy(
            update={"kafka_certificate": doors.authority.of("twincity.administrator")}
        ),
    }
    for reason, settings in told.items():
        sentence = connects(settings)
        assert reason in sentence, (reason, sentence)
        assert any("一" < character < "龥" for character in sentence.split(": ", 1)[1])
        assert "guessed" not in sentence
    with EmbeddedKafka() as open_to_all:
        tls = known(open_to_all.bootstrap, ca, "chengdu", scram, "x")
        assert "a plain port 该端口未加密" in connects(tls)


@pytest.mark.timeout(120)
def test_whoever_reads_ends_when_told_to(secured: Secured) -> None:
    """Right after a fetch: of TLS's goodbye the broker takes no notice then."""
    place = TopicPartition(inbox("chengdu"), 0)

    async def read_and_end() -> float:
        async with consuming(secured.administrator) as consumer:
            consumer.assign([place])
            await consumer.seek_to_beginning(place)
            await consumer.getmany(timeout_ms=0)
            began = time.monotonic()
        return time.monotonic() - began

    async def all_of_them() -> list[float]:
        return [await read_and_end() for _ in range(5)]

    # As services run; aiokafka's own end took 30 s in 17 of 30.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        took = runner.run(all_of_them())
    assert max(took) < 10, took


async def test_a_statement_goes_its_way_with_every_service_as_itself(
    secured: Secured, tmp_path: Path
) -> None:
    made = await twincity("gateway", "key", str(tmp_path / "key.pem"))
    parties = tmp_path / "parties.toml"
    ours = 'region = "510100"\ncluster = "chengdu"\n'
    registry = secured.plain.parties.read_text("utf-8")
    parties.write_text(registry.replace(ours, f"{ours}\n{made}\n"), "utf-8")
    token = await twincity(
        *("gateway", "token", str(tmp_path / "key.pem"), "--party", "chengdu"),
        *("--scope", "write"),
    )
    settings = secured.plain.model_copy(
        update={"parties": parties, "gateway_listen": free()}
    )
    logs = Logbook(tmp_path / "logs", kept="DEBUG", shown=settings)
    own = secured.of("chengdu").model_copy(update={"gateway_listen": free()})
    async with (
        system(settings, logs, doors=secured.doors),
        gateway(own, TWINCITY_PARTY="chengdu", TWINCITY_PARTIES=str(parties)),
        httpx.AsyncClient(
            base_url=f"http://{own.gateway_listen}",
            headers={"authorization": f"Bearer {token}"},
        ) as client,
    ):
        await up(client)
        receipt = await post(client, said(0))
        assert receipt["verdict"] in {"accepted", "duplicate"}  # it asks again
        await _may_not_write_for_a_while(secured, client)
        integrators = secured.of("twincity.integrators")
        async with asyncio.timeout(60):
            while b"project/chengdu.deyang/p0" not in {
                record.key for record in await everything(integrators, RECORDS)
            }:
                await asyncio.sleep(0.2)
    written = [file.read_bytes() for file in (tmp_path / "logs").rglob("*.log*")]
    assert b"statement.admitted" in b"".join(written)
    written.append(secured.kafka.log.read_bytes())
    for user in WantedAccess.of(secured.plain).users:
        password = secured.doors.secrets.read(user)
        assert password is not None
        assert not any(password.text.encode() in text for text in written), user


async def _may_not_write_for_a_while(
    secured: Secured, client: httpx.AsyncClient
) -> None:
    """As a suspended party, whose inbox is taken away; its gateway runs on."""
    access = await asyncio.to_thread(opened, secured.administrator)
    [suspended] = [
        grant
        for grant in WantedAccess.of(secured.plain).grants
        if (grant.user, grant.name) == ("chengdu", inbox("chengdu"))
    ]
    await asyncio.to_thread(access.remove, {suspended})
    async with asyncio.timeout(30):  # until the broker acts upon it
        while (await _post_once(client)).status_code == 200:
            await asyncio.sleep(0.1)
    for language, word in (("zh", "无权写入"), ("en", "has no right to write")):
        refused = await _post_once(client, language)
        assert (refused.status_code, refused.json()["type"]) == (
            403,
            "urn:twincity:problem:no_right",
        )
        assert "retry-after" not in refused.headers
        title = refused.json()["title"]
        assert word in title
        assert "chengdu" in title
        assert inbox("chengdu") in title
    health = await client.get("/health")
    assert health.status_code == 200
    await asyncio.to_thread(access.create, {suspended})
    async with asyncio.timeout(30):
        while (answer := await _post_once(client)).status_code == 403:
            await asyncio.sleep(0.1)
    assert answer.status_code == 200, answer.text


async def _post_once(client: httpx.AsyncClient, language: str = "en") -> httpx.Response:
    headers = {"content-type": STRUCTURED, "accept-language": language}
    return await client.post(
        "/statements", content=json.dumps(said(0)), headers=headers, timeout=60
    )


LESHAN = (
    *("leshan", "--zh", "乐山市", "--en", "Leshan"),
    *("--region", "511100", "--cluster", "chengdu"),
)


@pytest.mark.timeout(300)
async def test_a_party_joins_and_passwords_rotate_while_it_speaks(
    secured: Secured, tmp_path: Path
) -> None:
    parties = tmp_path / "parties.toml"
    parties.write_bytes(secured.plain.parties.read_bytes())
    settings = secured.plain.model_copy(
        update={"parties": parties, "gateway_listen": free()}
    )
    secrets = secured.doors.secrets
    kept = ("--secrets", str(secrets.folder))

    async def administer(*arguments: str) -> str:
        environment = secured.administrator.kafka_environment()
        return await twincity(*arguments, **environment, TWINCITY_PARTIES=str(parties))

    def ours() -> AbstractAsyncContextManager[object]:
        own = secured.of("leshan").model_copy(update={"gateway_listen": listen})
        told = {"TWINCITY_PARTY": "leshan", "TWINCITY_PARTIES": str(parties)}
        return gateway(own, **told)

    listen = free()
    async with system(settings, tmp_path / "logs", doors=secured.doors) as stack:
        await administer("parties", "add", *LESHAN, *kept)
        again = await administer("parties", "add", *LESHAN, *kept)  # as after a failure
        assert "rights" in again
        assert len(Registry.load(parties)["leshan"].keys) == 1
        token = await twincity(
            *("gateway", "token", str(secrets.folder / "leshan.pem")),
            *("--party", "leshan", "--scope", "write"),
            TWINCITY_PARTIES=str(parties),
        )
        bearer = {"authorization": f"Bearer {token}"}
        address = f"http://{listen}"
        places = []

        async def speak(client: httpx.AsyncClient, first: int) -> None:
            for number in range(first, first + 20):
                receipt = await post(client, from_leshan(number))
                places.append((receipt["statement"], receipt["position"]["offset"]))

        former = {user: secured.of(user) for user in ("leshan", "twincity.admission")}
        async with httpx.AsyncClient(base_url=address, headers=bearer) as client:
            async with ours():
                await up(client)
                speaking = asyncio.create_task(speak(client, 0))
                for user in former:
                    await administer("access", "rotate", user, *kept)
                stack.supervisor.kill("admission")  # comes again with the new one
                await speaking
            async with ours():  # with leshan's new one
                await up(client)
                for user in former:
                    await administer("access", "rotate", user, *kept, "--end")
                speaking = asyncio.create_task(speak(client, 20))
                stack.supervisor.kill("admission")
                await speaking
        for user, settings in former.items():
            refused = await asyncio.to_thread(connects, settings)
            assert f"refuses the password of {user}" in refused
        admitted = [
            record.key
            for record in await everything(secured.administrator, STATEMENTS)
            if b"leshan" in (record.key or b"")
        ]
        assert len(admitted) == len({id_ for id_, _ in places}) == 40
    # Its registry was this test's alone.
    environment = secured.administrator.kafka_environment()
    await twincity("access", "apply", "--prune", **environment)


def from_leshan(number: int) -> dict[str, Any]:
    subject = f"project/leshan.meishan/r{number}"
    return cloudevent(
        envelope("project.described", "leshan", subject, f"r-{number}"), described()
    )


@pytest.mark.timeout(120)
async def test_the_operators_gateway_reads_all_and_writes_acts_alone(
    secured: Secured, tmp_path: Path
) -> None:
    own = secured.of("twincity.operators").model_copy(update={"gateway_listen": free()})
    people = tmp_path / "people.toml"
    people.write_text(entry("王芳", "read", "operate"), "utf-8")
    environment = {
        "TWINCITY_GATEWAY_OPERATORS": "true",
        "TWINCITY_PEOPLE": str(people),
    }
    async with (
        gateway(own, **environment),
        httpx.AsyncClient(
            base_url=f"http://{own.gateway_listen}", timeout=60
        ) as client,
    ):
        await up(client)
        cookie = {
            "cookie": await signed_in(client, name="王芳", password=PASSWORD),
            "accept-language": "zh",
        }
        client.cookies.clear()
        for path in ("operations", "operations/waiting", "today"):
            page = await client.get(f"/pages/{path}", headers=cookie)
            assert page.status_code == 200, page.text
        assert (await client.post("/statements", json={})).status_code == 401
    act = RedriveAsked(
        service="ledger",
        subject="x",
        origin=Origin(topic=STATEMENTS, partition=0, offset=0),
        by="王芳",
        why="x",
    )
    await publish(own, [act])  # as its pages do
    with pytest.raises(Unavailable):
        await publish(secured.of("chengdu"), [act])


@dataclass(frozen=True)
class Shell:
    """Commands in this process, each as some user."""

    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def run(self, settings: Settings, *arguments: str) -> Ran:
        with self.monkeypatch.context() as patch:
            for name, value in settings.kafka_environment().items():
                patch.setenv(name, value)
            return run(self.capsys, patch, *arguments)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(capsys, monkeypatch)


def test_at_a_rotation_two_passwords_count(secured: Secured, shell: Shell) -> None:
    rotate = ("access", "rotate", "meishan")
    rotate = (*rotate, "--secrets", str(secured.doors.secrets.folder))
    administrator, former = secured.administrator, secured.of("meishan")
    ran = shell.run(administrator, *rotate)
    assert ran.status == 0, ran.err
    latter = secured.of("meishan")
    assert {former.mechanism, latter.mechanism} == {
        Mechanism.SCRAM_256,
        Mechanism.SCRAM_512,
    }
    assert latter.password not in ran.out
    for settings in (former, latter):
        assert connects(settings) == ""
    again = shell.run(administrator, *rotate)
    assert (again.status, again.err.count("\n")) == (1, 1)
    assert shell.run(administrator, *rotate, "--end").status == 0
    assert "refuses the password" in connects(former)
    assert connects(latter) == ""


def test_drift_is_shown_and_taken_away(
    secured: Secured, shell: Shell, tmp_path: Path
) -> None:
    administrator, operators = secured.administrator, secured.of("twincity.operators")
    access = opened(administrator)
    beyond = {
        Grant("somebody", "topic", inbox("deyang"), "write"),
        Grant("somebody", "topic", "twincity.inbox", "all", prefixed=True),
        Grant("*", "topic", "*", "read"),
        Grant("ziyang", "topic", "elsewhere", "read"),
        Grant("chengdu", "topic", inbox("chengdu"), "write", allowed=False),
    }
    elsewhere = Grant("somebody", "topic", "elsewhere", "write")
    lacking = Grant("deyang", "topic", inbox("deyang"), "write")
    access.create({*beyond, elsewhere})
    access.remove({lacking})
    for _ in range(100):  # until the broker shows it
        ran = shell.run(operators, "access", "check", "--json")
        drift = [json.loads(line) for line in ran.out.splitlines()]
        if len(drift) == len(beyond) + 1:
            break
        time.sleep(0.1)
    assert ran.status == 1
    kinds = {one.pop("drift"): set[Grant]() for one in [*map(dict, drift)]}
    for one in drift:
        kinds[one.pop("drift")].add(Grant(**one))
    assert kinds == {"excess": beyond, "missing": {lacking}}
    # Who lacks it is told so, and that nothing was said.
    file = tmp_path / "statement.json"
    subject = "project/chengdu.deyang/p0"
    one = envelope("project.endorsed", "deyang", subject)
    file.write_text(json.dumps(cloudevent(one, {"party": "chengdu"})), "utf-8")
    refused = shell.run(secured.of("deyang"), "say", str(file))
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    for part in ("0 of 1 statements", "deyang has no right to it", lacking.name):
        assert part in refused.err
    ran = shell.run(administrator, "access", "apply")
    assert (ran.status, ran.out.count("--prune takes it away")) == (1, len(beyond))
    assert shell.run(administrator, "access", "apply", "--prune").status == 0
    assert shell.run(operators, "access", "check").status == 0
    assert elsewhere in access.grants()
