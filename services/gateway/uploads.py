"""POST /sheets: an office's list is shown, confirmed, and said.

Whoever confirms names what was shown (file and profile): another file, or a profile
that has changed since, is refused. Profiles are kept as ``twincity import`` keeps
them, and the same code reads: in a process with limits, one at a time.
"""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.datastructures import QueryParams

from services.gateway.opening import MOST_IN_BATCH, InboxMessage
from services.gateway.refusing import Refusal, later
from services.gateway.statements import LONGEST_WAIT_S, Answer, Door
from services.gateway.view import View
from services.sheets import bounded
from services.sheets.choosing import ListRequest, profile_name
from services.sheets.kept import keep, profile_file, profile_in
from services.sheets.preview import ListPreview
from services.sheets.reading import too_large
from services.sheets.repeating import Accepted, Unsaid, unsaid
from twincity_schemas.message import STRUCTURED
from twincity_schemas.parties import CHINA, Registry
from twincity_schemas.problems import ContractError, Problem, WrongValueError
from twincity_schemas.topology import receipts

MOST_WAITING = 4
"""Files that are read or wait for it; more get 429."""

_UNNAMED = "表格 list"
_TOO_LARGE = too_large().code


@dataclass
class Uploads:
    """Reads lists and says what is new in them.

    Attributes:
        door: where statements come in.
        view: what the party has said before.
        registry: of the parties.
        profiles: the folder of confirmed profiles.
    """

    door: Door
    view: View
    registry: Registry
    profiles: Path
    _reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _waiting: int = 0

    async def take(
        self, query: QueryParams, content: bytes
    ) -> tuple[dict[str, Any], list[tuple[str, Answer]]]:
        """Show what a file would say; where it is confirmed, say what is new of it.

        Returns:
            what is shown, and of each statement that was said its cells and the
            answer.

        Raises:
            Refusal: it cannot be said as it is: 400, 403, 409, 413, 422 or 429.
        """
        party = self.door.party_of(query.get("party", ""))
        file = profile_file(
            self.profiles, party, profile_name(query.get("profile", ""))
        )
        try:
            wanted = ListRequest(
                party=party,
                name=file.stem,
                kept=profile_in(file),
                fact=query.get("type", ""),
                members=tuple(filter(None, query.get("members", "").split(","))),
                columns=tuple(query.getlist("column")),
                defaults=tuple(query.getlist("set")),
            )
            reading = await self._read(content, query.get("file") or _UNNAMED, wanted)
        except WrongValueError as error:
            status = 413 if error.code == _TOO_LARGE else 422
            raise Refusal(status, error.code, (error.zh, error.en)) from None
        except ContractError as error:
            words = ("所给映射有误", "what is said of the file makes no profile")
            raise Refusal(422, "profile", words, problems=error.problems) from None
        _check(reading)
        accepted = self._accepted(party, reading.profile.name)
        left = unsaid(reading.listing.statements, accepted)
        preview = _shown(reading, left)
        if not (confirmed := query.get("confirm", "")):
            return preview, []
        if confirmed != reading.digest:
            raise Refusal(
                409,
                "not_what_was_shown",
                (
                    "文件或映射与预览时不同，请重新预览并确认",
                    "the file or its profile is not what was shown; look at it again",
                ),
                more={"confirm": reading.digest},
            )
        if reading.guessed:
            keep(reading.profile, file)
        answers = await self._say(party, left)
        cells = [one.where for one, _ in left.new]
        return preview | {"confirmed": True}, list(zip(cells, answers, strict=True))

    async def _read(
        self, content: bytes, name: str, wanted: ListRequest
    ) -> ListPreview:
        if self._waiting >= MOST_WAITING:
            raise later(
                429,
                "too_many",
                ("正在读取其他文件，请稍后重试", "other files are read; come again"),
                5,
            )
        self._waiting += 1
        try:
            async with self._reading:
                parties = {party.zh: party.code for party in self.registry.party}
                return await _bounded(bounded.asked(content, name, wanted, parties))
        finally:
            self._waiting -= 1

    def _accepted(self, party: str, profile: str) -> list[Accepted]:
        earlier = self.view.accepted(receipts(party), f"{profile}.".encode())
        return [
            Accepted(receipt.get("statement") or "", receipt.get("type") or "")
            for receipt in earlier
        ]

    async def _say(self, party: str, left: Unsaid) -> list[Answer]:
        """Say what is new, in order; after what could not be sent nothing follows."""
        now = datetime.now(CHINA).isoformat(timespec="seconds")
        messages = [
            InboxMessage(
                one.message(now, again),
                (("content-type", STRUCTURED.encode()),),
                f"/{party}/",
                one.subject,
            )
            for one, again in left.new
        ]
        clock = asyncio.get_running_loop().time
        until = clock() + LONGEST_WAIT_S
        answers: list[Answer] = []
        while len(answers) < len(messages):
            batch = messages[len(answers) : len(answers) + MOST_IN_BATCH]
            try:
                answers += await self.door.take(batch, until - clock())
                failed = answers[-1].refusal
            except Refusal as refusal:
                failed = refusal
            if failed is not None:
                unsent = len(messages) - len(answers)
                answers += [Answer(failed.status, refusal=failed)] * unsent
        return answers


async def _bounded(asked: bytes) -> ListPreview:
    """Run the process that reads; it ends with the request, or in time."""
    process = await asyncio.create_subprocess_exec(
        *bounded.COMMAND, stdin=PIPE, stdout=PIPE
    )
    try:
        async with asyncio.timeout(bounded.LONGEST_S):
            answer, _ = await process.communicate(asked)
    except TimeoutError:
        raise too_large() from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return await asyncio.to_thread(bounded.answered, process.returncode or 0, answer)


def _check(preview: ListPreview) -> None:
    """Refuse what is not understood: every cell, or what is to be said of it yet."""
    problems: Sequence[Problem] = preview.missing or preview.listing.problems
    if not problems:
        return
    words = (
        ("尚不能读取，请更正映射", "it cannot be read yet: correct the profile")
        if preview.missing
        else (
            f"未发布：{len(problems)} 处无法识别",
            f"nothing was said: {len(problems)} cells are not understood",
        )
    )
    code = "profile_incomplete" if preview.missing else "not_understood"
    raise Refusal(422, code, words, problems=problems, more=_read_by(preview))


def _read_by(preview: ListPreview) -> dict[str, Any]:
    return {
        "guessed": preview.guessed,
        "profile": preview.profile.model_dump(mode="json", exclude_defaults=True),
        "sheets": preview.sheets,
    }


def _shown(preview: ListPreview, left: Unsaid) -> dict[str, Any]:
    listing = preview.listing
    new = {one.key for one, _ in left.new}
    return {
        "confirm": preview.digest,
        "confirmed": False,
        **_read_by(preview),
        "new": len(left.new),
        "same": left.same,
        "gone": left.gone,
        "counts": dict(listing.counts),
        "passed": [
            {"from": where, "kind": kind, "text": text}
            for where, kind, text in listing.passed
        ],
        "not_read": listing.sheets,
        "remarks": [one.model_dump() for one in listing.remarks],
        "statements": [
            {"from": one.where, "new": one.key in new, **one.event}
            for one in listing.statements
        ],
    }
