"""The program under test, the databases it is given, and a running server of it."""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Optional

REPOSITORY = Path(__file__).resolve().parents[2]
ADMIN_EMAIL = "admin@lab.test"
ADMIN_PASSWORD = secrets.token_urlsafe(18)
START_TIMEOUT_S = 60.0


class LabError(Exception):
    """What was being tried cannot go on; the message is for the person at the terminal."""


@dataclass(frozen=True)
class Database:
    """A fresh, empty database of its own for one measurement or scenario."""

    kind: str
    url: str
    path: Optional[Path] = None

    def query(self, sql: str) -> str:
        """Runs SQL in the database's own shell and returns what it printed, unaligned and without headings."""
        return run_checked(self.shell(sql)).stdout.strip()

    def shell(self, sql: str) -> list[str]:
        """The command line of the database's own shell running this SQL."""
        if self.path is not None:
            return ["sqlite3", "-batch", "-noheader", str(self.path), sql]
        return [postgres_program("psql"), "--no-psqlrc", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", sql]


def sqlite_database(folder: Path, name: str) -> Database:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.db"
    # A new company: the key file beside the database belongs to the old one.
    for old in folder.glob(f"{name}.db*"):
        old.unlink()
    return Database("sqlite", f"sqlite://{path}", path)


def postgres_database(name: str) -> Database:
    """Makes the database in the cluster that scripts/postgres started."""
    admin_url = os.environ.get("PATRON_TEST_POSTGRES_URL")
    if not admin_url:
        raise LabError("no PostgreSQL cluster here: start this through the script in scripts/, which brings one")
    psql = [postgres_program("psql"), "--no-psqlrc", "-qX", "-v", "ON_ERROR_STOP=1", "-d", admin_url]
    run_checked([*psql, "-c", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', "-c", f'CREATE DATABASE "{name}"'])
    return Database("postgres", admin_url.rsplit("/", 1)[0] + f"/{name}")


def make_database(kind: str, folder: Path, name: str) -> Database:
    return sqlite_database(folder, name) if kind == "sqlite" else postgres_database(name)


def postgres_program(name: str) -> str:
    """psql or pgbench of the very version that the server has."""
    folder = os.environ.get("PATRON_PG_BIN", "")
    return str(Path(folder) / name) if folder else name


def run_checked(command: Iterable[str], **options: Any) -> subprocess.CompletedProcess[str]:
    command = list(command)
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)}\nexited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


class Program:
    """The built binary; every command gets its configuration through the environment, like in production."""

    def __init__(self, profile: str) -> None:
        target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
        self.binary = target / profile / "patron"
        if not self.binary.is_file():
            raise LabError(f"{self.binary} is not there: build it first, or run the script in scripts/, which does")

    def environment(self, database: Database, **settings: str) -> dict[str, str]:
        # The caller's own settings must not leak in, and PATRON_PG_… are scripts/postgres's, not the program's.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PATRON_", "PG", "DATABASE_"))}
        return {**kept, "DATABASE_URL": database.url, "PATRON_RATE_LIMIT": "0", **settings}

    def run(self, database: Database, *arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs one command to its end; any exit code is an answer."""
        return subprocess.run(
            [str(self.binary), *arguments], env=self.environment(database, **settings), cwd=working_folder(database),
            input=stdin, text=True, capture_output=True,
        )

    def run_well(self, database: Database, *arguments: str, stdin: str = "", **settings: str) -> str:
        """Runs one command that must succeed."""
        done = self.run(database, *arguments, stdin=stdin, **settings)
        if done.returncode != 0:
            raise LabError(f"patron {' '.join(arguments)} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def prepare(self, database: Database) -> None:
        """Tables and an administrator."""
        self.run_well(database, "migrate")
        self.run_well(
            database, "user", "create", "--email", ADMIN_EMAIL, "--role", "admin", "--password-stdin", stdin=ADMIN_PASSWORD + "\n"
        )


def working_folder(database: Database) -> Optional[Path]:
    """Beside the SQLite file, so that nothing the program writes by default lands in the repository."""
    return database.path.parent if database.path is not None else None


class Server:
    """`patron serve` on a free loopback port. It keeps its port over a restart, as a real one does."""

    def __init__(self, program: Program, database: Database, log: Path, **settings: str) -> None:
        self.program, self.database, self.settings = program, database, settings
        self.log, self.port = log, free_port()
        self.process: Optional[subprocess.Popen[bytes]] = None
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spawn(self) -> subprocess.Popen[bytes]:
        """Starts the process and does not wait for anything."""
        environment = self.program.environment(self.database, PATRON_ADDR=f"127.0.0.1:{self.port}", **self.settings)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.program.binary), "serve"], env=environment, cwd=working_folder(self.database),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        return self.process

    def start(self) -> "Server":
        """Starts and waits until the server says that it is ready."""
        process, deadline = self.spawn(), time.monotonic() + START_TIMEOUT_S
        while not self.is_ready():
            if process.poll() is not None:
                raise LabError(f"the server exited with {process.returncode} at its start; the end of its log:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise LabError(f"the server was not ready after {START_TIMEOUT_S:.0f} s; the end of its log:\n{self.log_tail()}")
            time.sleep(0.05)
        return self

    def is_ready(self) -> bool:
        try:
            return self.client().get("/readyz").status == 200
        except OSError:
            return False

    def client(self, token: str = "", timeout_s: float = 30.0) -> "Client":
        return Client(self.port, token, timeout_s)

    def token(self) -> str:
        """A new access token of the administrator; they last a quarter of an hour."""
        form = urllib.parse.urlencode({"grant_type": "password", "username": ADMIN_EMAIL, "password": ADMIN_PASSWORD})
        answer = self.client().request("POST", "/v1/auth/token", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        if answer.status != 200:
            raise LabError(f"no token: {answer.status} {answer.text()}")
        return str(answer.json()["access_token"])

    def kill(self) -> None:
        """As a power cut or the kernel's out-of-memory killer would: no goodbye."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """As an orderly operator would. One that does not drain within the time is an error of its own."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.kill()
            raise LabError("the server had not stopped 40 s after SIGTERM") from None

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def memory_mib(self) -> dict[str, float]:
        """Resident memory from /proc (Linux): `VmHWM` is the peak, `RssFile` the part that is mapped files."""
        assert self.process is not None
        fields = {}
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in ("VmHWM", "VmRSS", "RssAnon", "RssFile"):
                fields[name] = int(value.split()[0]) / 1024
        return fields


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def text(self) -> str:
        return self.body.decode(errors="replace")[:500]


class Client:
    """One keep-alive connection to a server on this machine. Not for several threads."""

    def __init__(self, port: int, token: str = "", timeout_s: float = 30.0) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
        self.authorization = {"Authorization": f"Bearer {token}"} if token else {}

    def request(self, method: str, path: str, body: Optional[bytes] = None, headers: Optional[dict[str, str]] = None) -> Answer:
        """Raises OSError when no whole answer came; the next request then opens a new connection."""
        try:
            self.connection.request(method, path, body, {**self.authorization, **(headers or {})})
            response = self.connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        except http.client.HTTPException as error:
            self.connection.close()
            raise ConnectionError(f"no whole answer: {error!r}") from error
        except OSError:
            self.connection.close()
            raise

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, value: Any, headers: Optional[dict[str, str]] = None) -> Answer:
        return self.request("POST", path, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fresh_folder(name: str) -> Path:
    """target/NAME, emptied: logs and databases stay there after the run for whoever looks for the reason."""
    folder = REPOSITORY / "target" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def new_key() -> str:
    return base64.b32encode(secrets.token_bytes(15)).decode().lower()
