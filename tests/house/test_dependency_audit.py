"""The look for known flaws in the libraries: a flaw fails the build; a service that is away is told (T60)."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version
from pip_audit._format import JsonFormat
from pip_audit._service import ResolvedDependency, SkippedDependency, VulnerabilityResult

SCRIPT = Path(__file__).parents[2] / ".ci" / "audit_dependencies.py"
GOOD, BAD = (ResolvedDependency(name, Version("1.0")) for name in ("good", "bad"))
STRANGE = SkippedDependency("strange", "not on PyPI")
FLAW = VulnerabilityResult("PYSEC-2026-1", "It lets anybody in", [Version("1.1")], set())


def audited(environment: Mapping[str, str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_known_flaw_fails_and_its_absence_does_not(tmp_path: Path) -> None:
    """A stand-in for the tool, with answers that the tool itself has put into its form."""
    for flaws, code, words in (
        ([FLAW], 1, "bad 1.0: PYSEC-2026-1, mended in 1.1\nDependencies: 2 audited, 1 known flaws."),
        ([], 0, "Dependencies: 2 audited, 0 known flaws."),
    ):
        answer = JsonFormat(False, False).format({GOOD: [], BAD: flaws, STRANGE: []}, [])
        (tmp_path / "pip_audit.py").write_text(f"import sys\nprint({answer!r})\nsys.exit({code})\n")
        found, told = audited({"PYTHONPATH": str(tmp_path)})
        assert found == code and words in told
        assert "NOT audited, since the advisories could not be asked about them: 1 packages." in told


def test_a_service_that_is_away_is_told_and_nothing_fails(tmp_path: Path) -> None:
    """The tool itself, behind a proxy that nobody listens at."""
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": "", "HOME": str(tmp_path)}
    code, told = audited(nowhere | {"https_proxy": nowhere["HTTPS_PROXY"]})
    assert code == 0 and told.startswith("Dependencies NOT audited: the advisories could not be reached (")
