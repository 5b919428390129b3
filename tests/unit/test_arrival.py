"""When a message entered its inbox, though it is decided about later."""

from itertools import accumulate

from aiokafka import ConsumerRecord

from services.admission.service import make_processor
from services.runtime.incoming import Incoming
from services.runtime.outcomes import Publish, Save
from services.runtime.service import Processor
from tests.support.folding import REGISTRY
from tests.support.saying import S11, described, event
from twincity_schemas.message import parse
from twincity_schemas.topology import inbox


def test_a_dead_letter_entered_when_it_did() -> None:
    """Whatever the broker's clock does, and whatever is decided before it."""
    for stamps in ([5, 9, 7, 20], [9, 5, 7, 6], [7, 7, 7, 7]):
        expected = list(accumulate(stamps, max))
        processor = make_processor(REGISTRY)
        messages = [_stamped(stamp, f"{n}") for n, stamp in enumerate(stamps)]
        aside = processor.note_letter(messages[0])
        for outcome in aside.outcomes:
            assert isinstance(outcome, Save)
            processor.memory.put(outcome.key, outcome.value)
        told = [_recorded(processor, message) for message in messages[1:]]
        again = Incoming(messages[0].record, aside.note)
        assert [_recorded(processor, again), *told] == expected


def _stamped(stamp: int, id_: str) -> Incoming:
    key, value, headers = event(
        "project.described", "chengdu", S11, described(), id_
    ).to_message()
    record = ConsumerRecord(
        inbox("chengdu"), 0, 0, stamp, 0, key, value, 0, 0, 0, tuple(headers)
    )
    return Incoming(record)


def _recorded(processor: Processor, message: Incoming) -> int:
    found = None
    for outcome in list(processor.decide(message)):
        if isinstance(outcome, Save):
            processor.memory.put(outcome.key, outcome.value)
        elif isinstance(outcome, Publish):
            found = parse(outcome.headers, outcome.value).envelope.recorded
    assert found is not None
    return round(found.timestamp() * 1000)
