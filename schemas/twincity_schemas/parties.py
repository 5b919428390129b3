"""The registry of parties: who may speak, and in which inbox."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from twincity_schemas.problems import ContractError, problem, translate
from twincity_schemas.values import Line, PartyCode, RegionCode
from twincity_schemas.words import Words


class Party(BaseModel):
    """A city government, or another body, that may speak (主体)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[PartyCode, Words("主体代码", "Party code")]
    zh: Annotated[Line, Words("中文名称", "Name in Chinese")]
    en: Annotated[Line, Words("英文名称", "Name in English")]
    region: Annotated[RegionCode, Words("行政区划代码", "Region, GB/T 2260")]
    cluster: Annotated[
        Line,
        Words(
            "所在集群", "Home cluster", "其收件箱写入之处", "Where its inbox is written"
        ),
    ]


class Registry(BaseModel):
    """All parties of one deployment, in one file that both clusters share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: tuple[Party, ...]
    time_tolerance_days: Annotated[int, Field(ge=0, le=36_500)] = 30
    """Where ``time`` and ``recordedtime`` are further apart, the receipt warns."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read ``parties.toml``.

        Raises:
            ContractError: the file cannot be read, is not TOML, or does not
                describe parties with distinct codes.
        """
        try:
            registry = cls.model_validate(tomllib.loads(path.read_text("utf-8")))
        except ValidationError as error:
            raise ContractError(translate(error)) from None
        except (OSError, ValueError) as error:  # no TOML, or not even UTF-8
            raise ContractError(
                [
                    problem(
                        str(path),
                        "registry_unreadable",
                        f"无法读取主体登记表：{error}",
                        f"the registry of parties cannot be read: {error}",
                    )
                ]
            ) from None
        if len(registry.codes) != len(registry.party):
            raise ContractError(
                [
                    problem(
                        str(path),
                        "registry_repeats",
                        "主体代码重复",
                        "a party code appears twice",
                    )
                ]
            )
        return registry

    @property
    def codes(self) -> frozenset[str]:
        """Every party's code."""
        return frozenset(party.code for party in self.party)

    @property
    def time_tolerance(self) -> timedelta:
        """How far ``time`` and ``recordedtime`` may be apart without a warning."""
        return timedelta(days=self.time_tolerance_days)

    def __getitem__(self, code: str) -> Party:
        """The party of a code; KeyError where there is none."""
        for party in self.party:
            if party.code == code:
                return party
        raise KeyError(code)
