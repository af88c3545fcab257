"""What gunicorn imports: ``gunicorn wsgi:app``."""

import sys

from portal.app import create_app
from portal.config import read_settings
from portal.errors import StartRefused

try:
    app = create_app(read_settings())
except StartRefused as refused:
    sys.stderr.write(f"almoner: {refused}\n")
    raise SystemExit(78) from None
