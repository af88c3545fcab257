"""One request of a program, sent on with a credential of the tenant's, and what Jira answered.

As with people's uses, a token that was refused before its time is renewed and the request sent once more, and
a refusal of the credential is noted (:mod:`portal.credentials.acting_as`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from portal.audit.log import About, record
from portal.credentials import points
from portal.credentials.access_tokens import access_token
from portal.credentials.connections import App
from portal.credentials.failures_in_use import look_soon
from portal.credentials.for_programs import Way, way_of
from portal.credentials.ready import Ready
from portal.credentials.refusals import REFUSALS
from portal.credentials.registry import Registry
from portal.credentials.token_refusals import named_by
from portal.jira.answers import Code, JiraTrouble, trouble_from_response
from portal.jira.oauth1 import MAX_OFFSET
from portal.jira.oauth_problems import told_offset
from portal.jira.relay import Answer, Call
from portal.kinds.methods import OAUTH1
from portal.programs.heard import LOOKED_AT, as_response
from portal.programs.services import ProgramServices
from portal.store.work import Work

FORM = "application/x-www-form-urlencoded"


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
        """Send it on, within what the account and its tenant may hold of this process.

        Raises JiraTrouble where no answer came, :class:`~portal.errors.PortalBusy` where there is no room.
        The answer is to be closed.
        """
        until = time.monotonic() + self._programs.deadline.total_seconds()
        slots, shared = self._registry.outbound.slots, self._shared_app(row)
        with ExitStack() as held:
            held.enter_context(slots.hold(row.tenant_id, row.account_id, row.max_concurrent))
            if shared:
                points.refuse_when_used(self._work, self._registry, shared)
            answer, way = self._sent(row, wanted, until)
            with _closed_on_error(answer):
                if shared:
                    points.count(self._work, shared, 1)
                if refusal := self._refusal(answer, row):
                    answer, way = self._refused(refusal, answer, way, wanted, until)
                elif row.refusal and answer.status < 400:
                    self._note("credential.tested", row, "accepted_again")
            answer.hold(held.pop_all())
            return answer, way

    def _sent(self, row: Ready, wanted: Wanted, until: float) -> tuple[Answer, Way]:
        """Send it once; once more by Jira's own clock where it refuses ours (T41)."""
        offsets = self._programs.clock_offsets
        way = way_of(self._registry, self._programs.secrets, row, offsets.get(row.account_id, 0))
        answer = self._programs.relay.send(wanted.call(way), until)
        if row.method != OAUTH1 or answer.status != 400 or isinstance(wanted.body, Iterator):
            return answer, way
        with _closed_on_error(answer):
            offset = _told_offset(answer)
        if offset is None or offset == way.clock_offset:
            return answer, way
        answer.close()
        offsets[row.account_id] = offset
        way = replace(way, clock_offset=offset)
        return self._programs.relay.send(wanted.call(way), until), way

    def _refused(
        self, refusal: JiraTrouble, answer: Answer, way: Way, wanted: Wanted, until: float
    ) -> tuple[Answer, Way]:
        """Renew what can be renewed and send once more; else note that Jira refused the credential."""
        row = way.row
        if refusal.code is Code.UNAUTHORIZED and row.grant_id and not isinstance(wanted.body, Iterator):
            access_token(self._work, self._registry, row.grant_id, refused=row.grant_generation)
            answer.close()
            answer, way = self._sent(self._read_again(), wanted, until)
            with _closed_on_error(answer):
                again = self._refusal(answer, way.row)
            if again is None:
                return answer, way
            refusal = again
        with _closed_on_error(answer):
            if self._read_again().refusal != refusal.code:  # others met it too, and may have noted it
                self._note("credential.refused", row, str(refusal.code), outcome="failed")
                look_soon(self._work, row.account_id)
        return answer, way

    def _refusal(self, answer: Answer, row: Ready) -> JiraTrouble | None:
        """What an answer says against the credential; a Jira that takes it for nobody's names who it is."""
        if answer.status < 400:
            is_nobody = answer.told.get("x-ausername", "").lower() == "anonymous"
            return JiraTrouble(Code.ANONYMOUS) if is_nobody else None
        if answer.status not in (400, 401, 403) or (answer.status == 400 and row.method != OAUTH1):
            return None
        try:
            with named_by(row.method or ""):
                if trouble := trouble_from_response(as_response(answer)):
                    raise trouble
        except JiraTrouble as trouble:
            return trouble if trouble.code in REFUSALS else None
        return None

    def _note(self, event: str, row: Ready, code: str, outcome: str = "ok") -> None:
        about = About(account_id=row.account_id, subject_id=row.credential_id)
        with self._work.write() as session:
            record(session, self._work, event, outcome=outcome, **about, code=code)

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
