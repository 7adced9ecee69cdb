"""The load generators: wrk for the server, pgbench for the bare database; and timing of whole commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from .program import REPOSITORY, Database, LabError, Server, postgres_program, run_checked

BENCHES = REPOSITORY / "benches"
# Of this many statements one pgbench transaction consists, so that it does not ask for the same row again and again.
STATEMENTS = 200


@dataclass(frozen=True)
class Load:
    """One wrk run."""

    per_second: float
    p99_ms: float
    max_ms: float
    refused: int  # answers of status 400 and above
    broken: int  # connections that failed, requests without an answer


def wrk(
    server: Server, script: str, token: str, seconds: int, connections: int = 16,
    path: str = "/", ids: Optional[Path] = None, run: str = "",
) -> Load:
    environment = {
        **os.environ, "PATRON_BENCH_FOLDER": str(BENCHES), "PATRON_BENCH_PATH": path, "PATRON_BENCH_TOKEN": token,
        "PATRON_BENCH_IDS": str(ids or ""), "PATRON_BENCH_RUN": run,
    }
    # One thread: a second one would only take the server's core away.
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(BENCHES / script), server.base_url]
    output = run_checked(command, env=environment).stdout
    found = re.search(r"^RESULT (.*)$", output, re.MULTILINE)
    if not found:
        raise LabError(f"wrk printed no result:\n{output}")
    result = json.loads(found[1])
    return Load(result["requests"] / result["seconds"], result["p99_ms"], result["max_ms"], result["refused"], result["broken"])


def pgbench_select(database: Database, ids: list[str], seconds: int, folder: Path) -> float:
    """Statements a second, each for another id."""
    statement = sql("select_customer.sql")
    script = folder / "select_customer.pgbench"
    chosen = ids[:STATEMENTS]
    script.write_text("".join(statement.replace(":id", f"'{id}'") for id in chosen))
    return pgbench(database, script, seconds) * len(chosen)


def pgbench_insert(database: Database, seconds: int) -> float:
    return pgbench(database, BENCHES / "insert_customer.sql", seconds)


def pgbench(database: Database, script: Path, seconds: int, clients: int = 16) -> float:
    """Transactions a second of so many clients with prepared statements."""
    command = [postgres_program("pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(seconds), "-f", str(script), database.url]
    output = run_checked(command).stdout
    found = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    if not found:
        raise LabError(f"pgbench printed no tps:\n{output}")
    return float(found[1])


def sql(name: str) -> str:
    """A statement of benches/ without its comments."""
    lines = (BENCHES / name).read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("--"))


@dataclass(frozen=True)
class Timing:
    """One command run to its end."""

    seconds: float
    peak_mib: float


def timed(command: list[str], environment: Optional[dict[str, str]] = None, cwd: Optional[Path] = None) -> Timing:
    started = time.monotonic()
    process = subprocess.Popen(command, env=environment, cwd=cwd, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    peak = Peak(process.pid)
    peak.start()
    output, _ = process.communicate()
    seconds = time.monotonic() - started
    peak.join()
    if process.returncode != 0:
        raise LabError(f"{' '.join(command)}\nexited with {process.returncode}:\n{output}")
    return Timing(seconds, peak.mib)


class Peak(threading.Thread):
    """The most memory that a process has had. What wait4 tells counts this script's own memory too, which the child shares until it is the program."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status")
        self.mib = 0.0

    def run(self) -> None:
        try:
            while found := re.search(r"^VmHWM:\s+(\d+) kB", self.status.read_text(), re.MULTILINE):
                self.mib = int(found[1]) / 1024
                time.sleep(0.02)
        except OSError:
            return
