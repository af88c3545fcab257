"""A bare Flask application that holds the templates and nothing of the portal."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from portal.config import Settings

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
PERSON = SimpleNamespace(is_authenticated=True, is_support=False, name="Ada Okafor", email="ada@example.org")
NOBODY = SimpleNamespace(is_authenticated=False)


@pytest.fixture
def look():
    """The application, inside a request."""
    app = Flask("look", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.config.update(SECRET_KEY="for tests", BOOTSTRAP_SERVE_LOCAL=True)
    Bootstrap5(app)
    CSRFProtect(app)
    app.jinja_env.globals["settings"] = Settings()
    with app.test_request_context("/"):
        yield app


@pytest.fixture
def macro(look):
    """Call one macro: ``macro("parts", "banner", "info", "Title")``."""

    def call(file: str, name: str, *args, **kwargs) -> str:
        module = look.jinja_env.get_template(f"macros/{file}.html").module
        return str(getattr(module, name)(*args, **kwargs))

    return call
