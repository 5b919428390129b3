"""A shard's memory: values by key, backed by a compacted changelog.

A batch writes to an overlay; the commit of its transaction makes the overlay
part of the memory, an abort drops it. So memory and topics never differ.
"""

from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class StateStore(Protocol):
    """A shard's memory: it changes with the transaction."""

    def __len__(self) -> int:
        """Returns how many values there are."""

    def dump(self, value: Any) -> bytes | None:
        """The changelog's bytes for a value; nothing is changed."""

    def change(self, key: str, value: Any) -> None:
        """Change a value within the batch."""

    def put(self, key: str, value: Any) -> bytes | None:
        """Change a value within the batch; gives the changelog's bytes."""

    def commit(self) -> None:
        """Keep this batch's changes."""

    def rollback(self) -> None:
        """Drop this batch's changes."""

    def restore(self, key: str, value: bytes | None) -> None:
        """Take in one record of the changelog."""


class Memory(Generic[T]):
    """Values by key.

    Args:
        kind: what a value is, for reading it back from the changelog.
    """

    def __init__(self, kind: type[T]) -> None:
        self._adapter = TypeAdapter(kind)
        self._committed: dict[str, T] = {}
        self._overlay: dict[str, T | None] = {}

    def get(self, key: str) -> T | None:
        """The value of a key, this batch's own changes included."""
        if key in self._overlay:
            return self._overlay[key]
        return self._committed.get(key)

    def items(self) -> Iterator[tuple[str, T]]:
        """Every key with its value, this batch's own changes included."""
        for key, value in {**self._committed, **self._overlay}.items():
            if value is not None:
                yield key, value

    def __len__(self) -> int:
        return len(self._committed)  # what a batch only plans is not remembered yet

    def put(self, key: str, value: T | None) -> bytes | None:
        """Change a value within the batch; gives the changelog's bytes."""
        content = self.dump(value)
        self.change(key, value)
        return content

    def change(self, key: str, value: T | None) -> None:
        """Change a value within the batch."""
        self._overlay[key] = value

    def dump(self, value: T | None) -> bytes | None:
        """The changelog's bytes for a value; nothing is changed."""
        if value is None:
            return None
        return self._adapter.dump_json(value, exclude_defaults=True)

    def commit(self) -> None:
        """Keep this batch's changes."""
        for key, value in self._overlay.items():
            self._keep(key, value)
        self._overlay.clear()

    def rollback(self) -> None:
        """Drop this batch's changes."""
        self._overlay.clear()

    def restore(self, key: str, value: bytes | None) -> None:
        """Take in one record of the changelog."""
        self._keep(key, None if value is None else self._adapter.validate_json(value))

    def _keep(self, key: str, value: T | None) -> None:
        if value is None:
            self._committed.pop(key, None)
        else:
            self._committed[key] = value
