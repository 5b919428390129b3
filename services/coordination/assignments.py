"""An assignment of an annual list: what its owners report, and what others find.

A report is of one party of the owners, and a finding answers to a report by its
statement, so that no order of arrival matters. Nobody verifies itself: on a list of
several members another of them does, on a list of one another of its offices.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.coordination.worklist_versions import StandingAssignment
from services.rules.closing import over
from services.rules.remembered import Remembered, no_effect_of, remember
from services.rules.turns import IN_ADVANCE
from services.runtime.kinds import Reason, States, no_effect
from twincity_schemas.message import Event
from twincity_schemas.steps import NoEffect, OpenStep
from twincity_schemas.worklist import (
    WorklistReported,
    WorklistReturned,
    WorklistVerified,
)
from twincity_schemas.worklist_record import AssignmentState, OwnerReport


@dataclass(frozen=True, slots=True)
class Finding:
    """One party's finding of another's report.

    Attributes:
        passed: it was found done; else it was returned.
        office: the source that says it.
    """

    id: str
    recorded: datetime
    party: str
    answers: str
    passed: bool
    note: str
    office: str

    @property
    def step(self) -> str:
        """Returns the type of the statement."""
        return "worklist.verified" if self.passed else "worklist.returned"


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """One party's statements about an assignment.

    Attributes:
        reports: the latest last.
        offices: the sources of all of them.
        findings: in its own order.
    """

    reports: tuple[Remembered[WorklistReported], ...] = ()
    offices: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def name_of(event: Event[Any]) -> str:
    """Returns which assignment a statement is about."""
    code: str = event.data.assignment
    return code


def apply_step(
    before: AssignmentView, event: Event[Any], _states: States
) -> AssignmentView:
    """Returns a party's view after its next statement about an assignment."""
    office = event.envelope.source
    match event.data:
        case WorklistReported():
            reports = (*before.reports, remember(event))
            offices = tuple(dict.fromkeys((*before.offices, office)))
            return replace(before, reports=reports, offices=offices)
        case WorklistVerified(note=note) | WorklistReturned(reason=note) as data:
            finding = Finding(
                event.envelope.id,
                event.envelope.recorded,
                data.party,
                data.answers,
                isinstance(data, WorklistVerified),
                note,
                office,
            )
            return replace(before, findings=(*before.findings, finding))
        case _:
            return before


Steps = Mapping[str, AssignmentView]
Run = tuple[Remembered[WorklistReported], ...]
"""One report with each time that it was said once more, in the same words."""


class Progress:
    """One assignment, by all that was said of it."""

    def __init__(self, listed: StandingAssignment, steps: Steps, *, sole: bool) -> None:
        self.owners = tuple(
            dict.fromkeys(owner.party for owner in listed.assignment.owners)
        )
        self._listed, self._steps, self._sole = listed, steps, sole
        self._runs = {
            party: self._in_runs(view.reports) for party, view in steps.items()
        }
        self.no_effect = tuple(self._ignored())
        self.reports = {
            party: self._report(party, runs)
            for party in self.owners
            if (runs := self._runs.get(party))
        }

    @property
    def state(self) -> AssignmentState:
        """Returns how far it is."""
        if self._listed.dropped is not None:
            return AssignmentState.DROPPED
        reports = self.reports.values()
        if any(report.returned_by for report in reports):
            return AssignmentState.RETURNED
        if self.unfinished:
            return AssignmentState.OPEN
        if all(report.verified_by for report in reports):
            return AssignmentState.VERIFIED
        return AssignmentState.DONE

    @property
    def unfinished(self) -> tuple[str, ...]:
        """The parties of the owners that have yet to do their part."""
        return tuple(
            party
            for party in self.owners
            if (report := self.reports.get(party)) is None
            or not report.done
            or report.returned_by
            or self._is_reworded(self._runs[party][-1][0])
        )

    @property
    def late(self) -> bool:
        """Returns whether somebody's part was done late, or not when it was dropped."""
        due, dropped = self._listed.due, self._listed.dropped_at
        # To strike an assignment after its day undoes no delay.
        missed = dropped is not None and bool(self.unfinished) and over(due, dropped)
        return missed or any(
            report.since is not None and over(due, report.since)
            for report in self.reports.values()
        )

    def open(self, members: tuple[str, ...]) -> Iterator[OpenStep]:
        """Yields what can be said next, and by whom."""
        if self._listed.dropped is not None:
            return
        if self.unfinished:
            yield OpenStep(step="worklist.reported", parties=self.unfinished)
        for party, report in self.reports.items():
            if party in self.unfinished or report.verified_by:
                continue
            # On a list of one nobody else is there: another office answers.
            others = tuple(m for m in members if m != party) or (party,)
            for step in ("worklist.returned", "worklist.verified"):
                yield OpenStep(step=step, parties=others, answers=report.statement)

    def _in_runs(self, reports: Run) -> tuple[Run, ...]:
        """Returns reports, what was said again in the same words with the first."""
        # Else whoever had its report returned would only have to say it once more.
        runs: list[Run] = []
        for report in reports:
            if (
                runs
                and runs[-1][0].content == report.content
                and self._is_reworded(runs[-1][0]) == self._is_reworded(report)
            ):
                runs[-1] = (*runs[-1], report)
            else:
                runs.append((report,))
        return tuple(runs)

    def _report(self, party: str, runs: tuple[Run, ...]) -> OwnerReport:
        report = runs[-1][0]
        findings = self._findings(party, runs[-1])
        notes = [finding.note for finding in findings.values()]
        return OwnerReport(
            statement=report.id,
            done=report.content.done,
            since=self._done_since(party, runs),
            percent=report.content.percent,
            note=report.content.note,
            as_of=report.content.as_of,
            verified_by=tuple(by for by, one in findings.items() if one.passed),
            returned_by=tuple(by for by, one in findings.items() if not one.passed),
            finding="；".join(notes) or None,
        )

    def _findings(self, party: str, run: Run) -> dict[str, Finding]:
        """Returns the last finding of each on one report of a party."""
        ids = {report.id for report in run}
        return {
            by: finding
            for by, own in sorted(self._steps.items())
            for finding in own.findings
            if finding.party == party
            and finding.answers in ids
            and self._against(by, finding) is None
        }

    def _done_since(self, party: str, runs: tuple[Run, ...]) -> datetime | None:
        """Since when it has been reported as done and, but for now, never returned."""
        since = None
        for run in reversed(runs):
            report, findings = run[0], self._findings(party, run).values()
            returned = any(not finding.passed for finding in findings)
            if self._is_reworded(report):
                break
            # One that was returned was not done: time counts from the next. The
            # latest keeps its date, since it is shown as returned.
            if not report.content.done or (returned and run is not runs[-1]):
                break
            since = report.recorded
        return since

    def _is_reworded(self, report: Remembered[WorklistReported]) -> bool:
        """Returns whether the assignment says something else since a report."""
        return report.recorded < self._listed.worded

    def _ignored(self) -> Iterator[NoEffect]:
        for by, view in sorted(self._steps.items()):
            if by not in self.owners:
                for report in view.reports:
                    yield no_effect_of(by, report, _NOT_AN_OWNER)
            for finding in view.findings:
                why = self._against(by, finding)
                if why is not None:
                    yield no_effect(by, finding.id, finding.step, why)

    def _against(self, by: str, finding: Finding) -> Reason | None:
        """Returns why a finding has no effect; None where it has, or had."""
        runs = self._runs.get(finding.party, ())
        answered = (
            (place, report)
            for place, run in enumerate(runs)
            for report in run
            if report.id == finding.answers
        )
        place, report = next(answered, (0, None))
        if report is None or finding.party not in self.owners:
            return _ANSWERS_NOTHING
        if (why := self._out_of_time(finding, report, runs[place + 1 :])) is not None:
            return why
        if not report.content.done:
            return _NOT_DONE
        # An office that reported it once does not find true what another said since.
        own = finding.office in self._steps[finding.party].offices
        if by == finding.party and (own or not self._sole):
            return _ITSELF
        return None

    def _out_of_time(
        self,
        finding: Finding,
        report: Remembered[WorklistReported],
        later: tuple[Run, ...],
    ) -> Reason | None:
        """Returns why a finding came too early for a report, or too late."""
        if finding.recorded < report.recorded:
            return IN_ADVANCE
        if self._is_reworded(report) and finding.recorded >= self._listed.worded:
            return _REWORDED
        # By when both were recorded: a finding of the report that stood then had its
        # effect, though there is a newer report now.
        if any(run[0].recorded <= finding.recorded for run in later):
            return _OVERTAKEN
        return None


_NOT_AN_OWNER: Reason = (
    "not_an_owner",
    "本方没有单位承担该任务",
    "no unit of this party owns the assignment",
)
_ANSWERS_NOTHING: Reason = (
    "answers_unknown",
    "所答填报尚未见到，或不属于该任务的责任方",
    "what it answers to has not been seen, or is of nobody who owns the assignment",
)
_OVERTAKEN: Reason = (
    "overtaken",
    "责任方此后又有填报，请按最新一份核验",
    "the owner has reported since: answer to its latest report",
)
_REWORDED: Reason = (
    "reworded",
    "该任务此后已改变内容，责任方须重新填报",
    "the assignment says something else since: its owner has to report anew",
)
_NOT_DONE: Reason = (
    "not_done",
    "责任方尚未报完成，无可核验",
    "the owner has not reported it as done",
)
_ITSELF: Reason = (
    "self_verified",
    "不得自行核验：须由其他成员核验，单一主体的清单由另一单位核验",
    "nobody verifies itself: another member does, or on a list of one another office",
)
