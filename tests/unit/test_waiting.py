"""The queues of what waits: in order, and as they were after an abort or a restart."""

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.waiting import Waiting, Waits
from twincity_schemas.operations import DeadLetterReason

PLACES = [TopicPartition("t", 0), TopicPartition("t", 1)]
WAITS = st.builds(Waits, st.sampled_from(DeadLetterReason), st.integers(0, 9))
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(PLACES),
        st.sampled_from(["a", "b", "with\x00nul", "事项"]),
        st.integers(0, 5),
        st.none() | WAITS,
    )
)
BATCHES = st.lists(st.tuples(CHANGES, st.booleans()))


def told(waiting: Waiting) -> dict[object, object]:
    queues = [(p, s) for p in PLACES for s in ("a", "b", "with\x00nul", "事项")]
    return {
        (queue, offset): waiting.get(queue, offset)
        for queue in queues
        if queue in waiting
        for offset in waiting.offsets(queue)
    }


@given(BATCHES)
def test_an_abort_leaves_nothing_and_a_restart_reads_everything_back(
    batches: list[tuple[list[tuple[TopicPartition, str, int, Waits | None]], bool]],
) -> None:
    waiting = Waiting()
    changelog: dict[tuple[TopicPartition, bytes], bytes | None] = {}
    for changes, commit in batches:
        before, written = told(waiting), {}
        for place, subject, offset, waits in changes:
            key, value = waiting.change((place, subject), offset, waits)
            written[place, key] = value
        if commit:
            waiting.commit()
            changelog |= written
        else:
            waiting.rollback()
            assert told(waiting) == before
    again = Waiting()
    for (place, key), value in changelog.items():
        again.restore(place, key, value)
    assert told(again) == told(waiting)
    assert len(again) == len(told(again))


def test_one_subject_in_two_partitions_is_two_queues() -> None:
    """One party's poison in its inbox holds nobody else's up."""
    waiting = Waiting()
    waiting.change((PLACES[0], "a"), 7, Waits(DeadLetterReason.UNDECIDED))
    assert (PLACES[0], "a") in waiting
    assert (PLACES[1], "a") not in waiting
