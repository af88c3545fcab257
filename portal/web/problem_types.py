"""The shape of a problem that programs are told, and what several of them say."""

from dataclasses import dataclass

PAGE = "/problems"
DESCRIPTION = "Compare the request with the description at /api/v1/openapi.json."
NEW_KEY = "Ask an admin of your organisation in Almoner to make a new key (page Programs), and use that."


@dataclass(frozen=True)
class ProblemType:
    """One sort of problem: what happened (``title``, ``detail``) and what to do (``remedy``).

    ``detail`` holds for every such answer; an answer that knows more says that in its place.
    """

    code: str
    status: int
    title: str
    detail: str
    remedy: str

    @property
    def path(self) -> str:
        """Where it can be read about, below the portal's base URL."""
        return f"{PAGE}#{self.code}"
