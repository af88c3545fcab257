"""What a person typed into a form of a board, kept while they leave to connect to Jira."""

from uuid import UUID, uuid4

from sqlalchemy import delete

from portal import clock
from portal.store.tables import KeptForm
from portal.store.work import Work

Fields = dict[str, list[str]]
LONGEST_PLACE = 500  # as the table has it


def keep(work: Work, place: str, fields: Fields) -> UUID | None:
    """Keep it for this person, in the place of what they typed there before; its id leads back to it.

    ``place`` is the path of the form's page; None for one of more than :data:`LONGEST_PLACE` characters: that
    is no page of ours, and nothing is kept.
    """
    if len(place) > LONGEST_PLACE:
        return None
    with work.write() as session:
        mine = KeptForm.user_id == work.user_id, KeptForm.place == place
        session.execute(delete(KeptForm).where(*mine))
        row = KeptForm(id=uuid4(), user_id=work.user_id, place=place, fields=fields, kept_at=clock.now())
        session.add(row)
        return row.id


def kept(work: Work, place: str, form_id: UUID) -> Fields | None:
    """What this person typed at that place; None where nothing is kept, and for everybody else."""
    with work.read() as session:
        row = session.get(KeptForm, (work.tenant, form_id))
        is_mine = row is not None and row.user_id == work.user_id and row.place == place
        return row.fields if row is not None and is_mine else None
