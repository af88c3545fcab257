"""One request of a program, sent on with a credential of the tenant's, and what Jira answered.

As with people's uses, a token that was refused before its time is renewed and the request sent once more, and
a refusal of the credential is noted (:mod:`portal.credentials.acting_as`), but never by the word of an answer
alone (:mod:`portal.programs.suspicions`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace

from portal.credentials import points
from portal.credentials.access_tokens import another_token
from portal.credentials.connections import App
from portal.credentials.for_programs import Way, way_of
from portal.credentials.ready import Ready
from portal.credentials.registry import Registry
from portal.jira.answers import Code, JiraTrouble
from portal.jira.oauth1 import MAX_OFFSET
from portal.jira.oauth_problems import told_offset
from portal.jira.relay import Answer, Call
from portal.kinds import KINDS
from portal.kinds.methods import OAUTH1
from portal.programs.asked_pauses import keep_pause, refuse_in_pause
from portal.programs.heard import LOOKED_AT, as_response
from portal.programs.services import ProgramServices
from portal.programs.suspicions import (
    names_somebody,
    note_refusal,
    note_taken_again,
    suspicion,
    tells_who,
)
from portal.store.work import Work

FORM = "application/x-www-form-urlencoded"
LOOK_SECONDS = 15.0  # between two looks whether a credential is still taken


@dataclass(frozen=True)
class Wanted:
    """A request as it is to reach Jira: ``path`` below its base URL, and ``query``, as they were sent.

    ``only_reads``: that Jira changes nothing for it (:func:`portal.programs.paths.reads`).
    """

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes | Iterator[bytes]
    length: int | None
    only_reads: bool

    @property
    def form(self) -> bytes:
        """The body where it is a form, which OAuth 1.0a signs; else nothing."""
        kinds = [value for name, value in self.headers if name == "Content-Type"]
        is_form = bool(kinds) and kinds[0].partition(";")[0].strip().casefold() == FORM
        return self.body if is_form and isinstance(self.body, bytes) else b""

    def call(self, way: Way) -> Call:
        """The request to this Jira, with who it is from."""
        target = f"{way.base.path}/{self.path}" + (f"?{self.query}" if self.query else "")
        header = way.header(self.method, way.base.origin + target, self.form)
        headers = [("Authorization", header.reveal()), *self.headers]
        pem = way.row.ca_pem
        return Call(
            self.method, way.base, target, headers, self.body, self.length, pem, only_reads=self.only_reads
        )


class Sender:
    """Sends requests of one program, in one work. ``read_again``: the row of the credential as it
    stands in the database now, never what is remembered of it."""

    def __init__(
        self, work: Work, registry: Registry, programs: ProgramServices, read_again: Callable[[], Ready]
    ) -> None:
        self._work = work
        self._registry = registry
        self._programs = programs
        self._read_again = read_again

    def send(self, row: Ready, wanted: Wanted) -> tuple[Answer, Way]:
        """Send it on, within what the account and its tenant may hold of this process, and in no pause that
        Jira asked for.

        Raises JiraTrouble where no answer came, :class:`~portal.errors.PortalBusy` where there is no room.
        The answer is to be closed.
        """
        until = time.monotonic() + self._programs.deadline.total_seconds()
        slots = self._registry.outbound.slots
        refuse_in_pause(slots.pauses, row)
        with ExitStack() as held:
            held.enter_context(slots.hold(row.tenant_id, row.account_id, row.max_concurrent))
            refuse_in_pause(slots.pauses, row)  # one may have begun while it waited for a slot
            if shared := self._shared_app(row):
                points.refuse_when_used(self._work, self._registry, shared)
            answer, way = self._sent(row, wanted, until)
            with _closed_on_error(answer):
                answer, way = self._judged(answer, way, wanted, until)
            answer.hold(held.pop_all())
            return answer, way

    def _sent(self, row: Ready, wanted: Wanted, until: float) -> tuple[Answer, Way]:
        """Send it once; once more by Jira's own clock where it refuses ours (T41)."""
        offsets = self._programs.clock_offsets
        way = way_of(self._registry, self._programs.secrets, row, offsets.get(row.account_id, 0))
        answer = self._exchange(way, wanted, until)
        if row.method != OAUTH1 or answer.status != 400 or isinstance(wanted.body, Iterator):
            return answer, way
        with _closed_on_error(answer):
            offset = _told_offset(answer)
        if offset is None or offset == way.clock_offset:
            return answer, way
        answer.close()
        offsets[row.account_id] = offset
        way = replace(way, clock_offset=offset)
        return self._exchange(way, wanted, until), way

    def _exchange(self, way: Way, wanted: Wanted, until: float) -> Answer:
        answer = self._programs.relay.send(wanted.call(way), until)
        with _closed_on_error(answer):
            keep_pause(self._registry.outbound.slots.pauses, way.row, answer)
            if shared := self._shared_app(way.row):
                points.count(self._work, shared, 1)
        return answer

    def _judged(self, answer: Answer, way: Way, wanted: Wanted, until: float) -> tuple[Answer, Way]:
        """The answer, once it is known whether it says something about the credential."""
        row = way.row
        if suspicion(answer, row) is None:
            if row.refusal and answer.status < 400 and self._is_taken(answer, way, until):
                note_taken_again(self._work, row)
            return answer, way
        if not self._may_look(row, "refused"):
            return self._sent_by_another(answer, way, wanted, until)
        refusal = self._look(way, until)[1]
        if refusal and refusal.code is Code.UNAUTHORIZED and self._is_renewed(row):
            answer, way = self._sent_again(answer, self._read_again(), wanted, until)
            with _closed_on_error(answer):
                refusal = self._look(way, until)[1] if suspicion(answer, way.row) else None
        with _closed_on_error(answer):
            if refusal and self._read_again().refusal != refusal.code:  # others may have noted it
                note_refusal(self._work, row, refusal.code)
        return answer, way

    def _sent_by_another(self, answer: Answer, way: Way, wanted: Wanted, until: float) -> tuple[Answer, Way]:
        """What is answered where another request has just looked: of several that were under way when their
        token ended one renews it, and the others go by what it got."""
        row = way.row
        if row.grant_id is None:
            return answer, way
        now = self._read_again()
        is_same = (now.credential_id, now.grant_id) == (row.credential_id, row.grant_id)
        if not is_same or now.grant_generation == row.grant_generation:
            return answer, way
        return self._sent_again(answer, now, wanted, until)

    def _sent_again(self, answer: Answer, row: Ready, wanted: Wanted, until: float) -> tuple[Answer, Way]:
        """The same by another token, in the place of what was answered to the former."""
        answer.close()
        if isinstance(wanted.body, Iterator):  # what was read of it is gone
            raise JiraTrouble(Code.RENEWED, retry_after=1)
        return self._sent(row, wanted, until)

    def _look(self, way: Way, until: float) -> tuple[bool, JiraTrouble | None]:
        """Ask Jira who this is: whether it takes the credential, and what it says against it. Trouble says
        neither."""
        version = 3 if KINDS[way.row.kind].is_cloud else 2
        path, headers = f"rest/api/{version}/myself", [("Accept", "application/json")]
        try:
            answer = self._exchange(way, Wanted("GET", path, "", headers, b"", 0, True), until)
            with closing(answer):
                refusal = suspicion(answer, way.row)
                return refusal is None and tells_who(answer), refusal
        except JiraTrouble:
            return False, None

    def _may_look(self, row: Ready, why: str) -> bool:
        """Not at each answer: a program that asks for what it may not have asks Jira little more by that."""
        return self._registry.outbound.slots.pauses.take(row.used_id, why, LOOK_SECONDS)

    def _is_taken(self, answer: Answer, way: Way, until: float) -> bool:
        """Whether a credential that was refused is taken again; anybody may be served what was answered."""
        if names_somebody(answer):
            return True
        return self._may_look(way.row, "taken") and self._look(way, until)[0]

    def _is_renewed(self, row: Ready) -> bool:
        """Whether there is another token now. Raises JiraTrouble where its renewal failed."""
        grant_id, generation = row.grant_id, row.grant_generation
        if grant_id is None or generation is None:
            return False
        return another_token(self._work, self._registry, grant_id, generation) is not None

    def _shared_app(self, row: Ready) -> App | None:
        """The operator's app, whose hourly points tenants share, where the credential is by it."""
        shared = self._registry.cloud.shared_app
        if not row.is_shared or shared is None or row.grant_id is None:
            return None
        return App(row.grant_id, shared.client_id, None, ())


@contextmanager
def _closed_on_error(answer: Answer) -> Iterator[None]:
    """What an answer holds of this process is given back where nobody is going to read it."""
    try:
        yield
    except BaseException:
        answer.close()
        raise


def _told_offset(answer: Answer) -> int | None:
    if b"timestamp_refused" not in answer.peek(LOOKED_AT):
        return None
    offset = told_offset(as_response(answer))
    return offset if offset is not None and abs(offset) <= MAX_OFFSET else None
