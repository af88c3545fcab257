"""What can go wrong with a connection, how it is brought about, and what the checklist has to say of it.

``docs/diagnosis.md`` is written from it (``python -m tests.checklist.diagnosis``), ``test_faults.py`` brings
each about. Ways to connect are those of ``tests.checklist.desks``.
"""

from tests.checklist.fault import Fault
from tests.checklist.faults_at_atlassian import OF_THE_OPERATOR, REPORTS, SITES_AND_SCOPES
from tests.checklist.faults_at_jira import CLIENTS, CREDENTIALS, DATA, HERE, PEOPLE
from tests.checklist.faults_of_deliveries import CREDENTIALS_OF_SITES, SENT, WAY_OF_DELIVERIES
from tests.checklist.faults_on_the_way import THE_WAY, WHAT_ANSWERS

FAULTS: tuple[Fault, ...] = (
    *THE_WAY,
    *WHAT_ANSWERS,
    *CLIENTS,
    *CREDENTIALS,
    *SITES_AND_SCOPES,
    *OF_THE_OPERATOR,
    *DATA,
    *PEOPLE,
    *REPORTS,
    *HERE,
    *WAY_OF_DELIVERIES,
    *CREDENTIALS_OF_SITES,
    *SENT,
)
BY_NAME = {fault.name: fault for fault in FAULTS}
