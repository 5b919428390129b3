"""What a list is narrowed to."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Wanted:
    """The matters, projects or entries that are asked for; "" asks for all."""

    party: str = ""
    domain: str = ""
    unit: str = ""
    item_class: str = ""
    agreement: str = ""
    light: str = ""
    text: str = ""
    pool: str = ""
    state: str = ""
    direction: str = ""
    project: str = ""

    def sql(self, columns: Mapping[str, str]) -> tuple[str, list[str]]:
        """A condition on those columns that there are, and its parameters."""
        conditions, parameters = ["true"], []
        for field in fields(self):
            value, column = getattr(self, field.name), columns.get(field.name)
            if value and column:
                conditions.append(column)
                parameters.append(value)
        return " and ".join(conditions), parameters
