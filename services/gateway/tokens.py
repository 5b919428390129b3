"""Bearer tokens: a JWT signed by the party itself, with a key of the registry.

No identity provider: who holds the private key writes its tokens, and the registry
says since when and until when the key counts. ``iss`` is the party, ``aud`` is
``twincity``, ``scope`` names read, write or both; a token lives a day at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from services.gateway.refusing import Refusal
from twincity_schemas.parties import Registry

AUDIENCE = "twincity"
ALGORITHM = "Ed25519"  # RFC 9864; "EdDSA" says less and is deprecated
LONGEST_S = 86_400
READ: Final = "read"
WRITE: Final = "write"
_SKEW_S = 60
_LONGEST = 4_096


@dataclass
class Tokens:
    """The tokens that a gateway takes.

    Attributes:
        registry: of the parties, with their keys; replaced when it has changed.
        party: whose gateway it is: it takes that party's tokens alone. None: it
            reads alone, and takes every party's.
    """

    registry: Registry
    party: str | None

    def check(self, authorization: str, scope: str, now: float) -> str:
        """The party that asks.

        Args:
            authorization: the request's header, "" where there is none.
            scope: what it asks for, ``READ`` or ``WRITE``.
            now: seconds since 1970.

        Raises:
            Refusal: 401 without a token that counts, 403 without the scope.
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorized("缺少令牌", "a bearer token is missing", error="")
        claims = self.claims(token.strip(), now)
        if scope not in str(claims.get("scope", "")).split():
            raise Refusal(
                403,
                "scope",
                (f"令牌没有 {scope} 权限", f"the token has no scope {scope}"),
                headers={
                    "WWW-Authenticate": 'Bearer error="insufficient_scope", '
                    f'scope="{scope}"'
                },
            )
        return str(claims["iss"])

    def claims(self, token: str, now: float) -> Mapping[str, Any]:
        """Returns what a token that counts says.

        Args:
            token: as it was signed.
            now: seconds since 1970.

        Raises:
            Refusal: 401, it does not count.
        """
        if len(token) > _LONGEST:
            raise _unauthorized("令牌过长", "the token is too long")
        keys = self._keys(int(now))
        try:
            decoded = jwt.decode(
                token,
                lambda signed: keys[signed.headers()["kid"]],
                algorithms=[ALGORITHM],
            )
            claims = decoded.claims
            jwt.JWTClaimsRegistry(
                now=int(now),
                leeway=_SKEW_S,
                iss={
                    "essential": True,
                    "value": decoded.header["kid"].partition("/")[0],
                },
                aud={"essential": True, "value": AUDIENCE},
                exp={"essential": True},
                iat={"essential": True},
            ).validate(claims)
        except (JoseError, KeyError, ValueError, TypeError, AttributeError):
            raise _unauthorized(
                "令牌无效、已过期，或其密钥未登记",
                "the token is wrong or has expired, or its key is not registered",
            ) from None
        if claims["exp"] - claims["iat"] > LONGEST_S:
            raise _unauthorized(
                "令牌有效期超过一天", "the token lives longer than a day"
            )
        return claims

    def _keys(self, now: int) -> dict[str, OKPKey]:
        """The keys that count now, as a token's ``kid`` names them, ``party/id``."""
        return {
            f"{party.code}/{key.id}": OKPKey.import_key(
                {"kty": "OKP", "crv": "Ed25519", "x": key.ed25519}
            )
            for party in self.registry.party
            if self.party in {None, party.code}
            for key in party.keys
            if key.counts(now)
        }


def sign(key: OKPKey, kid: str, scope: str, now: int, seconds: int) -> str:
    """Write a token, as a party does for itself.

    Args:
        key: the private key.
        kid: ``party/id`` as the registry has it.
        scope: ``read``, ``write`` or both, with a space.
        now: seconds since 1970.
        seconds: how long it counts.
    """
    claims = {
        "iss": kid.partition("/")[0],
        "aud": AUDIENCE,
        "scope": scope,
        "iat": now,
        "exp": now + seconds,
    }
    header = {"alg": ALGORITHM, "kid": kid}
    return jwt.encode(header, claims, key, algorithms=[ALGORITHM])


def _unauthorized(zh: str, en: str, error: str = ' error="invalid_token"') -> Refusal:
    return Refusal(
        401,
        "unauthorized",
        (zh, en),
        headers={"WWW-Authenticate": f"Bearer{error}"},
    )
