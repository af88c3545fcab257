"""Asks PyPI's advisories about every package of constraints.txt; a package with a known flaw fails.

Where the advisories cannot be reached, or do not know a package, that is said and nothing fails: a machine
without the Internet must be able to run the rest.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCKED = Path(__file__).parents[1] / "constraints.txt"
ASK = ("-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json")


def main() -> int:
    """0 where nothing is known against any of them, 1 where something is."""
    asked = subprocess.run(  # noqa: S603 - our own call
        [sys.executable, *ASK, "--requirement", str(LOCKED)], capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = asked.stderr.strip().splitlines()[-1:] or ["no answer"]
        print(f"Dependencies NOT audited: the advisories could not be reached ({last[0][:200]}).")
        return 0
    flaws = [(one, flaw) for one in packages for flaw in one.get("vulns", ())]
    for one, flaw in flaws:
        fixed = ", ".join(flaw.get("fix_versions", ())) or "no version yet"
        print(f"{one['name']} {one['version']}: {flaw['id']}, mended in {fixed}")
    unknown = [one["name"] for one in packages if "skip_reason" in one]
    print(f"Dependencies: {len(packages) - len(unknown)} audited, {len(flaws)} known flaws.")
    if unknown:
        print(f"NOT audited, since the advisories could not be asked about them: {len(unknown)} packages.")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
