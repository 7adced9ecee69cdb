"""Kills the server under load, takes the database away, sets two processes on one file; nothing acknowledged may be lost.

Started by scripts/crash-test, which also brings the PostgreSQL cluster."""

from __future__ import annotations

import argparse
import collections
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable

from .program import REPOSITORY, Client, Database, LabError, Program, Server, fresh_folder, make_database
from .writers import Ledger, join_writers, start_writers, stock_the_shop

RECOVERY_LIMIT_S = 10.0
READERS = 4


class Lost(Exception):
    """A promise was broken: this is what the test is there to find."""


def kill_under_load(program: Program, database: Database, folder: Path, options: argparse.Namespace) -> str:
    """kill -9 at a random moment, again and again, on one growing database."""
    everything: list[str] = []
    in_flight = 0
    with Server(program, database, folder / "server.log").start() as server:
        stock_the_shop(server.client(server.token()))
        for number in range(1, options.rounds + 1):
            ledger = Ledger(folder / "acknowledged.txt")
            stop, writers = start_writers(options.writers, f"kill{number}", server, server.token(), ledger, patient=False)
            time.sleep(random.uniform(0.3, options.seconds))
            server.kill()
            stop.set()
            join_writers(writers, ledger)
            refuse(ledger.problems)
            if not ledger.customers:
                raise Lost(f"round {number}: nothing was acknowledged before the kill, so nothing was tested")

            server.start()
            token = server.token()
            require_all_readable(server, token, ledger.acknowledged())
            require_exactly_one_each(server.client(token), ledger)
            in_flight += len(ledger.unanswered)
            require_consistent(program, database)
            everything += ledger.acknowledged()
        require_all_readable(server, server.token(), everything)
        server.stop()
    require_consistent(program, database)
    return f"{options.rounds} kills, {len(everything)} acknowledged writes all there, {in_flight} unanswered ones resent without a double"


def restart_database_under_load(program: Program, database: Database, folder: Path, options: argparse.Namespace) -> str:
    """The database crashes and comes back; the server stays up, says 503 meanwhile and recovers by itself."""
    ledger = Ledger(folder / "acknowledged.txt")
    recoveries: list[float] = []
    with Server(program, database, folder / "server.log").start() as server:
        stock_the_shop(server.client(server.token()))
        stop, writers = start_writers(options.writers, "restart", server, server.token(), ledger, patient=True)
        watch = HealthWatch(server)
        watch.start()
        try:
            # First with a gap in which there is no database at all, then as quickly as a restart goes.
            for pause_s in [3.0] + [0.0] * (options.rounds - 1):
                time.sleep(options.seconds)
                postgres_cluster("--stop")
                time.sleep(pause_s)
                postgres_cluster("--start")
                recoveries.append(seconds_until_next_success(ledger))
            time.sleep(options.seconds)
        finally:
            stop.set()
            watch.stop_event.set()
        join_writers(writers, ledger)
        watch.join()
        refuse(ledger.problems + watch.problems)
        if watch.statuses[503] == 0:
            raise Lost("/readyz never answered 503, although the database was away for seconds")
        require_all_readable(server, server.token(), ledger.acknowledged())
        require_exactly_one_each(server.client(server.token()), ledger)
        require_consistent(program, database)
        server.stop()
    return (
        f"{options.rounds} restarts, {len(ledger.acknowledged())} acknowledged writes all there, {ledger.statuses[503]} answers 503, "
        f"writing again after at most {max(recoveries):.1f} s, slowest request {ledger.slowest_s:.1f} s, "
        f"/readyz answered {dict(watch.statuses)}"
    )


class HealthWatch(threading.Thread):
    """Looks at the probes all along: /healthz is about the process and stays 200, /readyz may say 503."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.client, self.stop_event = server.client(), threading.Event()
        self.problems: list[str] = []
        self.statuses: collections.Counter[int] = collections.Counter()

    def run(self) -> None:
        while not self.stop_event.wait(0.1):
            for path, allowed in (("/healthz", {200}), ("/readyz", {200, 503})):
                try:
                    status = self.client.get(path).status
                except OSError as error:
                    self.problems.append(f"GET {path}: {error!r}")
                    continue
                if path == "/readyz":
                    self.statuses[status] += 1
                if status not in allowed:
                    self.problems.append(f"GET {path} answered {status}")


def second_process(program: Program, database: Database, folder: Path, options: argparse.Namespace) -> str:
    """A second server on the same file works beside the first or says clearly why not; the first never notices."""
    ledger = Ledger(folder / "acknowledged.txt")
    with Server(program, database, folder / "server.log").start() as server:
        stock_the_shop(server.client(server.token()))
        stop, writers = start_writers(options.writers, "pair", server, server.token(), ledger, patient=False)
        try:
            time.sleep(options.seconds)
            require_consistent(program, database)  # while the server writes
            outcome = try_second_server(program, database, folder, ledger)
            time.sleep(options.seconds)
        finally:
            stop.set()
        join_writers(writers, ledger)
        refuse(ledger.problems)
        require_all_readable(server, server.token(), ledger.acknowledged())
        server.stop()
    require_consistent(program, database)
    return f"{outcome}; {len(ledger.acknowledged())} acknowledged writes all there; patron check worked beside the server"


def try_second_server(program: Program, database: Database, folder: Path, ledger: Ledger) -> str:
    with Server(program, database, folder / "second.log") as second:
        process = second.spawn()
        deadline = time.monotonic() + RECOVERY_LIMIT_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                if process.returncode == 0 or not second.log_tail().strip():
                    raise Lost(f"the second server ended with {process.returncode} and no message")
                return f"the second server was refused: {second.log_tail(1)}"
            if second.is_ready():
                break
            time.sleep(0.05)
        else:
            second.stop()
            return f"the second server waited {RECOVERY_LIMIT_S:.0f} s and stopped on SIGTERM"
        stop, writers = start_writers(2, "second", second, second.token(), ledger, patient=False)
        time.sleep(2)
        stop.set()
        join_writers(writers, ledger)
        second.stop()
    return "the second server worked beside the first"


def require_all_readable(server: Server, token: str, paths: list[str]) -> None:
    missing: list[str] = []

    def read(part: list[str]) -> None:
        client = server.client(token)
        for path in part:
            try:
                status = client.get(path).status
            except OSError as error:
                missing.append(f"GET {path}: {error!r}")
                continue
            if status != 200:
                missing.append(f"GET {path} answered {status}")

    threads = [threading.Thread(target=read, args=(paths[start::READERS],)) for start in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if missing:
        raise Lost(f"{len(missing)} of {len(paths)} acknowledged writes are lost, such as: {missing[0]}")


def require_exactly_one_each(client: Client, ledger: Ledger) -> None:
    """Sends again what was never answered: it must succeed, as a replay or for the first time, and be the only one."""
    for request in ledger.unanswered:
        answer = request.send(client)
        if answer.status != 201:
            raise Lost(f"sent again with its Idempotency-Key, POST {request.path} answered {answer.status}: {answer.text()}")
        identifier = str(answer.json()["id"])
        if request.path == "/v1/customers":
            found = client.get(f"/v1/customers/lookup?email={request.body['email']}")
            if found.status != 200 or found.json()["id"] != identifier:
                raise Lost(f"{request.body['email']} was made as {identifier}, but lookup answers {found.status}: {found.text()}")
        else:
            orders = client.get(f"/v1/orders?customer_id={request.body['customer_id']}").json()["data"]
            if [order["id"] for order in orders] != [identifier]:
                raise Lost(f"customer {request.body['customer_id']} should have the one order {identifier}, but has {len(orders)}")


def require_consistent(program: Program, database: Database) -> None:
    done = program.run(database, "check")
    if done.returncode != 0:
        raise Lost(f"patron check exited with {done.returncode}:\n{done.stdout}{done.stderr}")


def refuse(problems: list[str]) -> None:
    if problems:
        raise Lost(f"{len(problems)} wrong answers, such as: {problems[0]}")


def seconds_until_next_success(ledger: Ledger) -> float:
    started = time.monotonic()
    while time.monotonic() < started + RECOVERY_LIMIT_S:
        if ledger.last_success > started:
            return ledger.last_success - started
        time.sleep(0.01)
    raise Lost(f"{RECOVERY_LIMIT_S:.0f} s after the database came back no write succeeds: {(ledger.problems or ['only 503'])[0]}")


def postgres_cluster(action: str) -> None:
    subprocess.run([str(REPOSITORY / "scripts" / "postgres"), action], check=True)


Scenario = Callable[[Program, Database, Path, argparse.Namespace], str]
SCENARIOS: list[tuple[str, str, Scenario]] = [
    ("sqlite", "kill", kill_under_load),
    ("sqlite", "second-process", second_process),
    ("postgres", "kill", kill_under_load),
    ("postgres", "restart", restart_database_under_load),
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/crash-test", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="kills or restarts in each scenario (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="longest load before each of them (2)")
    parser.add_argument("--writers", type=int, default=8, help="parallel writers (8)")
    parser.add_argument("--only", metavar="DATABASE[/SCENARIO]", help="such as sqlite or postgres/restart")
    parser.add_argument("--profile", choices=["debug", "release"], default="debug", help="which build to start (debug)")
    options = parser.parse_args()

    program = Program(options.profile)
    root = fresh_folder("crash-test")
    chosen = [s for s in SCENARIOS if options.only in (None, s[0], f"{s[0]}/{s[1]}")]
    if not chosen:
        parser.error(f"no scenario is called {options.only}")
    failed = 0
    for kind, name, scenario in chosen:
        folder = root / f"{kind}-{name}"
        folder.mkdir()
        started = time.monotonic()
        try:
            database = make_database(kind, folder, f"crash_{name.replace('-', '_')}")
            program.prepare(database)
            verdict, text = "ok", scenario(program, database, folder, options)
        except (Lost, LabError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            verdict, text = "FAILED", f"{error} (see {folder})"
        print(f"{verdict:6} {kind} {name} ({time.monotonic() - started:.0f} s): {text}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
