"""A bad deployment stops its shard; one party's bad records stop nobody."""

from collections.abc import Iterable

import pytest

from services.runtime.errors import BadDeployment
from services.runtime.failures import Failures

LIMIT = 20


def fail(failures: Failures, party: str, subjects: Iterable[int]) -> None:
    for number in subjects:
        try:
            int("no number")
        except ValueError as error:
            failures.failed(error, party, f"{party}/{number}")


def test_one_party_may_send_what_it_likes() -> None:
    failures = Failures(LIMIT)
    fail(failures, "chengdu", range(1000))
    fail(failures, "deyang", range(2))


def test_most_subjects_of_several_parties_failing_alike_is_a_bad_deployment() -> None:
    failures = Failures(LIMIT)
    fail(failures, "chengdu", range(15))
    with pytest.raises(BadDeployment):
        fail(failures, "deyang", range(15))


def test_where_most_goes_well_the_deployment_is_in_order() -> None:
    failures = Failures(LIMIT)
    for number in range(100):
        failures.went_well(f"{number}")
    fail(failures, "chengdu", range(40))
    fail(failures, "deyang", range(40))


def test_a_batch_that_is_repeated_counts_once() -> None:
    failures = Failures(LIMIT)
    for _ in range(50):
        fail(failures, "chengdu", range(5))
        fail(failures, "deyang", range(5))
