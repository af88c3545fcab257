"""The processes that are measured, and what the kernel says of them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
ANSWER = json.dumps({"self": "http://127.0.0.1/rest/api/2/myself", "name": "bench", "text": "x" * 893})
NGINX = """
worker_processes 2; daemon off; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/body;
  server {{ listen {address}; default_type application/json; location / {{ return 200 '{answer}'; }} }}
}}
"""


@dataclass(frozen=True)
class Told:
    """What wrk saw of one turn. Times in milliseconds; ``cpu``: seconds that everything took but wrk."""

    requests: int
    seconds: float
    failed: int
    p50: float
    p99: float
    cpu: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def cost(self) -> float:
        """Microseconds of processor for a request."""
        return self.cpu / self.requests * 1e6


def free_address() -> str:
    """An address of this machine at which nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@contextmanager
def running(command: list[str], address: str, path: str, more: Mapping[str, str]) -> Iterator[int]:
    """A server, from its first answer to the end of the block; the id of its process."""
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **more}, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait_for(f"http://{address}{path}")
            yield process.pid
        finally:
            process.terminate()


def gunicorn(address: str, path: str, more: Mapping[str, str], *bare: str) -> AbstractContextManager[int]:
    """Two processes of four threads: the portal as its own configuration has it, or the bare app."""
    own = ["--config", "gunicorn.conf.py", "wsgi:app"]
    command = [sys.executable, "-m", "gunicorn", *(bare or own)]
    return running(command, address, path, more)


def stub(folder: Path, address: str) -> AbstractContextManager[int]:
    """A Jira that answers 975 bytes of JSON at once, by nginx."""
    if not shutil.which("wrk") or not shutil.which("nginx"):
        raise SystemExit("wrk and nginx are needed: apt-get install wrk nginx-light")
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, address=address, answer=ANSWER))
    return running(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], address, "/", {})


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            requests.get(url, timeout=30)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


def wrk(url: str, wanted: Path, before: str, after: str, seconds: int, pids: list[int]) -> Told:
    """Ask for the accounts of a file for so long, by 16 connections, while these processes serve."""
    script = ROOT / "bench/hot/load.lua"
    command = ["wrk", "-t2", "-c16", f"-d{seconds}s", "--latency", "-s", str(script), url, "--", str(wanted)]
    cpu = _cpu(pids)
    told = subprocess.run([*command, before, after], capture_output=True, text=True, check=True).stdout
    cpu = _cpu(pids) - cpu
    line = next(line for line in told.splitlines() if line.startswith("TOLD "))
    return Told(**json.loads(line.removeprefix("TOLD ")), cpu=cpu)


def with_children(pid: int) -> list[int]:
    """A process and those it began."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())]


def memory(pid: int) -> tuple[int, int]:
    """What a process holds of memory, in MB: all it has in use (RSS), and its share of it (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:] if line.endswith("kB")}
    return sizes["Rss"] // 1024, sizes["Pss"] // 1024


def _cpu(pids: list[int]) -> float:
    """Seconds of processor that these have taken so far."""
    ticks = 0
    for pid in pids:
        parts = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        ticks += int(parts[11]) + int(parts[12])  # utime and stime: proc(5) counts from 1, with the name
    return ticks / TICKS
