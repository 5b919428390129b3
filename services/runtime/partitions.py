"""Which partition what is said about a subject lies in."""

from functools import lru_cache

from aiokafka.partitioner import murmur2

from twincity_schemas.topology import KINDS, partition_key, statements
from twincity_schemas.values import Subject


@lru_cache(maxsize=100_000)
def partition_of(subject: str, partitions: int) -> int:
    """Returns the partition of a subject, as Kafka's own partitioner finds it.

    A pool (``pool/2022-1``) lies with its entries. Remembered, since the hash is
    pure Python and every message asks for it.
    """
    kind, _, name = subject.partition("/")
    key = name if kind == "pool" else partition_key(Subject.parse(subject))
    partition: int = (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
    return partition


def place_of(subject: str) -> tuple[str, int]:
    """Returns where the statements that a subject follows from are read.

    The topic of its kind and the partition, and so the changelog that goes with it.
    """
    kind = subject.partition("/")[0]
    read = "opportunity" if kind == "pool" else kind
    return statements(read), partition_of(subject, KINDS[read].partitions)
