"""Corrections: a later statement replaces an earlier one without erasing it."""

from typing import Annotated

from twincity_schemas.values import Line
from twincity_schemas.words import Shared

Corrects = Annotated[Line | None, Shared(__name__, "Corrects")]
