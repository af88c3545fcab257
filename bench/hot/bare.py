"""What the portal is measured against: Flask with nothing on it, for ``gunicorn bench.hot.bare:app``.

No secret key, hence no sessions; no hooks. ``/one/<id>`` makes one prepared read of a row by its key, on a
connection that each thread keeps.
"""

import os
import threading

import psycopg
from flask import Flask, Response

app = Flask("bare")
_here = threading.local()


@app.get("/bare/<account_id>")
def bare(account_id: str) -> Response:
    """No read at all."""
    return Response('{"value": "none"}\n', content_type="application/json")


@app.get("/one/<account_id>")
def one(account_id: str) -> Response:
    """One read."""
    if not hasattr(_here, "connection"):
        _here.connection = psycopg.connect(os.environ["BENCH_URL"], autocommit=True)
    statement = "SELECT value FROM bench.rows WHERE id = %s::uuid"
    found = _here.connection.execute(statement, (account_id,), prepare=True).fetchone()
    return Response(f'{{"value": "{found[0]}"}}\n', content_type="application/json")
