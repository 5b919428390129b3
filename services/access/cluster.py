"""Users and rights on a cluster: asked and changed, by confluent-kafka.

aiokafka has no calls for either. confluent-kafka is the extra ``access``: whoever
administers needs it, no service does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from services.access.grants import Grant
from services.access.secrets import Password
from services.runtime.connecting import librdkafka_options
from services.runtime.errors import TwinCityError, Unavailable, WrongSetting
from services.runtime.security import Mechanism
from services.runtime.settings import Settings

try:
    from confluent_kafka import KafkaException, admin
except ImportError:  # pragma: no cover  the tests have it
    raise WrongSetting(
        "this wants confluent-kafka: pip install 'twincity[access]' 请安装该组件"
    ) from None

kafka: Any = admin  # it has types, and exports few of its names by them

_ANSWER_S = 20.0
_ITERATIONS = 8192
"""Kafka's own number; the passwords are 192 bits of chance."""

_MECHANISMS = {
    Mechanism.SCRAM_256: kafka.ScramMechanism.SCRAM_SHA_256,
    Mechanism.SCRAM_512: kafka.ScramMechanism.SCRAM_SHA_512,
}
_NAMES = {scram: mechanism for mechanism, scram in _MECHANISMS.items()}

_RESOURCES = {
    kafka.ResourceType.TOPIC: "topic",
    kafka.ResourceType.GROUP: "group",
    kafka.ResourceType.TRANSACTIONAL_ID: "transactional-id",
    kafka.ResourceType.BROKER: "cluster",
}
_RESOURCE_TYPES = {name: type_ for type_, name in _RESOURCES.items()}
_PATTERNS = {True: kafka.ResourcePatternType.PREFIXED,
             False: kafka.ResourcePatternType.LITERAL}  # fmt: skip

_SECURITY_DISABLED = 54
_AUTHENTICATES_NOBODY = "allow.everyone.if.no.acl.found"

T = TypeVar("T")


class Access:
    """A cluster's users and rights, by an administrator's client.

    Args:
        settings: of whoever administers: one of Kafka's ``super.users``.
    """

    def __init__(self, settings: Settings) -> None:
        self._admin = kafka.AdminClient(
            librdkafka_options(settings) | {"log_level": "0"}
        )

    def grants(self) -> frozenset[Grant]:
        """Every right that the cluster knows, foreign ones included.

        Raises:
            Unavailable: it does not answer, refuses us, or gives no rights at all.
        """
        everything = kafka.AclBindingFilter(
            kafka.ResourceType.ANY,
            None,
            kafka.ResourcePatternType.ANY,
            None,
            None,
            kafka.AclOperation.ANY,
            kafka.AclPermissionType.ANY,
        )
        described = _answer(self._admin.describe_acls(everything).result)
        return frozenset(map(_grant, described))

    def create(self, grants: Iterable[Grant]) -> None:
        """Give rights.

        Raises:
            Unavailable: the cluster refuses one.
        """
        bindings = [_binding(grant) for grant in grants]
        if bindings:
            _all(self._admin.create_acls(bindings, request_timeout=_ANSWER_S))

    def remove(self, grants: Iterable[Grant]) -> None:
        """Take rights away.

        Raises:
            Unavailable: the cluster refuses one.
        """
        filters = [_filter(grant) for grant in grants]
        if filters:
            _all(self._admin.delete_acls(filters, request_timeout=_ANSWER_S))

    def mechanisms(self) -> dict[str, frozenset[Mechanism]]:
        """By which mechanisms each user has a password.

        Raises:
            Unavailable: the cluster does not answer, or refuses us.
        """
        asked: Any = self._admin.describe_user_scram_credentials(
            request_timeout=_ANSWER_S
        )
        return {
            user: frozenset(_NAMES[one.mechanism] for one in of.scram_credential_infos)
            for user, of in _answer(asked.result).items()
        }

    def set_password(self, password: Password) -> None:
        """Set a user's password by one mechanism; by the other it keeps its own.

        Raises:
            Unavailable: the cluster refuses it.
        """
        self._alter(
            kafka.UserScramCredentialUpsertion(
                password.user,
                kafka.ScramCredentialInfo(_MECHANISMS[password.mechanism], _ITERATIONS),
                password.text.encode(),
            )
        )

    def remove_password(self, user: str, mechanism: Mechanism) -> None:
        """Let a user's password by one mechanism count no longer.

        Raises:
            Unavailable: the cluster refuses it.
        """
        self._alter(kafka.UserScramCredentialDeletion(user, _MECHANISMS[mechanism]))

    def _alter(self, change: Any) -> None:
        changes = [change]
        _all(
            self._admin.alter_user_scram_credentials(changes, request_timeout=_ANSWER_S)
        )

    def lets_everybody(self) -> bool:
        """Returns whether the cluster gives everybody what no right speaks of.

        Raises:
            Unavailable: the cluster does not answer, or refuses us.
        """
        brokers = _answer(lambda: self._admin.list_topics(timeout=_ANSWER_S)).brokers
        asked = [
            kafka.ConfigResource(kafka.ConfigResource.Type.BROKER, str(broker))
            for broker in brokers
        ]
        answers = self._admin.describe_configs(asked, request_timeout=_ANSWER_S)
        return any(
            (setting := _answer(answer.result).get(_AUTHENTICATES_NOBODY)) is not None
            and setting.value == "true"
            for answer in answers.values()
        )


def _all(answers: Mapping[Any, Any]) -> None:
    for answer in answers.values():
        _answer(answer.result)


def _answer(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except KafkaException as error:
        reason = error.args[0]
        if reason.code() == _SECURITY_DISABLED:
            raise TwinCityError(
                "this Kafka gives no rights: set its authorizer.class.name "
                "该集群未启用授权"
            ) from None
        raise Unavailable(
            f"Kafka refuses to show or change rights 无法查看或修改权限: {reason.str()}"
        ) from None


def _grant(binding: Any) -> Grant:
    return Grant(
        binding.principal.removeprefix("User:"),
        _RESOURCES.get(binding.restype, binding.restype.name.lower()),
        binding.name,
        binding.operation.name.lower().replace("_", "-"),
        prefixed=binding.resource_pattern_type is kafka.ResourcePatternType.PREFIXED,
        allowed=binding.permission_type is kafka.AclPermissionType.ALLOW,
        host=binding.host,
    )


def _binding(grant: Grant) -> Any:
    return kafka.AclBinding(*_parts(grant))


def _filter(grant: Grant) -> Any:
    return kafka.AclBindingFilter(*_parts(grant))


def _parts(grant: Grant) -> tuple[Any, ...]:
    allow, deny = kafka.AclPermissionType.ALLOW, kafka.AclPermissionType.DENY
    return (
        _RESOURCE_TYPES[grant.resource],
        grant.name,
        _PATTERNS[grant.prefixed],
        f"User:{grant.user}",
        grant.host,
        kafka.AclOperation[grant.operation.upper().replace("-", "_")],
        allow if grant.allowed else deny,
    )
