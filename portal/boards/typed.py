"""What a person typed into a form of a board, kept while they leave to connect to Jira."""

from uuid import UUID, uuid4

from sqlalchemy import delete, select

from portal import clock
from portal.store.tables import KeptForm
from portal.store.work import Work

Fields = dict[str, list[str]]
LONGEST_PLACE = 500  # as the table has it
MOST_KEPT = 5  # of one form: as many tabs may have it open


def keep(work: Work, place: str, fields: Fields) -> UUID | None:
    """Keep it for this person; its id leads back to it. Of one form the newest :data:`MOST_KEPT` are kept,
    since several tabs may have it open.

    ``place`` is the path of the form's page; None for one of more than :data:`LONGEST_PLACE` characters: that
    is no page of ours, and nothing is kept.
    """
    if len(place) > LONGEST_PLACE:
        return None
    with work.write() as session:
        mine = select(KeptForm.id).where(KeptForm.user_id == work.user_id, KeptForm.place == place)
        newest_first = mine.order_by(KeptForm.kept_at.desc(), KeptForm.id)
        too_old = session.scalars(newest_first.offset(MOST_KEPT - 1)).all()
        session.execute(delete(KeptForm).where(KeptForm.id.in_(too_old)))
        row = KeptForm(id=uuid4(), user_id=work.user_id, place=place, fields=fields, kept_at=clock.now())
        session.add(row)
        return row.id


def kept(work: Work, place: str, form_id: UUID) -> Fields | None:
    """What this person typed at that place; None where nothing is kept, and for everybody else."""
    with work.read() as session:
        row = session.get(KeptForm, (work.tenant, form_id))
        is_mine = row is not None and row.user_id == work.user_id and row.place == place
        return row.fields if row is not None and is_mine else None
