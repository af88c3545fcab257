"""How gunicorn serves in tests of the embedded worker: as ever, and it knows the kind ``test``."""

import runpy

import tests.worker.doing  # noqa: F401 - registers the kind

globals().update(runpy.run_path("gunicorn.conf.py"))
graceful_timeout = 5
