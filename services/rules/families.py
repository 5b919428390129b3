"""The sorts of events, as readers tell them apart: by what they say, not by a topic."""

from enum import StrEnum

from pydantic import BaseModel

from twincity_schemas.notice import NoticeIssued
from twincity_schemas.operations import DiscardDecided, RedriveAsked
from twincity_schemas.pairing_record import CandidatesRecorded, PriceRecorded
from twincity_schemas.receipt import ReceiptIssued
from twincity_schemas.statement import Statement


class Family(StrEnum):
    """A sort of events."""

    RECORD = "record"
    CANDIDATES = "candidates"
    STATEMENT = "statement"
    RECEIPT = "receipt"
    NOTICE = "notice"
    ACT = "act"


def family_of(data: BaseModel) -> Family:
    """Returns the sort of an event by its data."""
    match data:
        case Statement():
            return Family.STATEMENT
        case ReceiptIssued():
            return Family.RECEIPT
        case NoticeIssued():
            return Family.NOTICE
        case CandidatesRecorded() | PriceRecorded():
            return Family.CANDIDATES
        case RedriveAsked() | DiscardDecided():
            return Family.ACT
        case _:
            return Family.RECORD
