"""Kills the server under load, takes the database away, sets two processes on one file; nothing acknowledged may be lost.

Started by scripts/crash-test, which also brings the PostgreSQL cluster."""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Optional

from .program import REPOSITORY, Client, Database, LabError, Program, Server, fresh_folder, make_database
from .watch import Watch
from .writers import Ledger, Request, join_writers, start_writers, stock_the_shop

# The server promises an answer about 3 s after the database went; a busy machine is granted the rest.
ANSWER_LIMIT_S = 5.0
RECOVERY_LIMIT_S = 10.0
# Longer than ANSWER_LIMIT_S, so that an answer which waits for the database to return is seen to be late.
OUTAGE_S = 8.0
FIRST_WRITES_LIMIT_S = 30.0
READERS = 4


class Lost(Exception):
    """A promise was broken: this is what the test is there to find."""


def kill_under_load(program: Program, database: Database, folder: Path, options: argparse.Namespace) -> list[str]:
    """kill -9 at a random moment, again and again, on one growing database."""
    promised: dict[str, Any] = {}
    writes = unanswered = replayed = 0
    restarts: list[float] = []
    with Server(program, database, folder / "server.log").start() as server:
        stock_the_shop(server.client(server.token()))
        for number in range(1, options.rounds + 1):
            ledger = Ledger()
            stop, writers = start_writers(options.writers, f"kill{number}", server, server.token(), ledger, patient=False)
            wait_for_writes(ledger)
            time.sleep(random.uniform(0.0, options.seconds))
            server.kill()
            stop.set()
            join_writers(writers, ledger)
            refuse(ledger.problems)
            writes += ledger.writes
            unanswered += len(ledger.unanswered)
            rules = require_consistent(program, database)

            started = time.monotonic()
            server.start()
            restarts.append(time.monotonic() - started)
            token = server.token()
            replayed += send_again(server.client(token), ledger)
            require_promises(server, token, ledger.promised)
            promised |= ledger.promised
        require_promises(server, server.token(), promised)
        server.stop()
    require_consistent(program, database)
    return [
        f"{options.rounds} times kill -9 under {options.writers} writers; ready again within {max(restarts):.1f} s",
        f"{writes} writes acknowledged, 0 lost",
        f"{unanswered} writes left unanswered ({replayed} of them done) were sent again: each has happened once",
        f"patron check after every kill: {rules}",
    ]


def restart_database_under_load(program: Program, database: Database, folder: Path, options: argparse.Namespace) -> list[str]:
    """The database crashes and comes back; the server stays up, says 503 meanwhile and recovers by itself."""
    ledger = Ledger()
    unready, ready, writing = [], [], []
    with Server(program, database, folder / "server.log").start() as server:
        token = server.token()
        stock_the_shop(server.client(token))
        stop, writers = start_writers(options.writers, "restart", server, token, ledger, patient=True)
        liveness = Watch(server.client(), "/healthz", {200})
        readiness = Watch(server.client(), "/readyz", {200, 503})
        reads = Watch(server.client(token), "/v1/customers?limit=1", {200, 503})
        try:
            # First a long outage, then restarts as quick as they go.
            for outage_s in [OUTAGE_S] + [0.0] * (options.rounds - 1):
                wait_for_writes(ledger)
                time.sleep(options.seconds)
                stopped = time.monotonic()
                postgres_cluster("--stop")
                time.sleep(outage_s)
                if outage_s > 0:
                    unready.append(within(ANSWER_LIMIT_S, "/readyz answered 503", stopped, lambda: readiness.first(503, stopped)))
                started = time.monotonic()
                postgres_cluster("--start")
                returned = time.monotonic()
                writing.append(within(RECOVERY_LIMIT_S, "a write succeeded", returned, lambda: ledger.success_after(returned)))
                ready.append(within(RECOVERY_LIMIT_S, "/readyz answered 200", returned, lambda: readiness.first(200, started)))
            time.sleep(options.seconds)
        finally:
            stop.set()
            for watch in (liveness, readiness, reads):
                watch.stop()
        join_writers(writers, ledger)
        refuse(ledger.problems + liveness.problems + readiness.problems + reads.problems)
        slowest = {"write": ledger.slowest_s, "read": reads.slowest_s, "/readyz": readiness.slowest_s, "/healthz": liveness.slowest_s}
        refuse([f"the slowest {what} was answered after {s:.1f} s" for what, s in slowest.items() if s > ANSWER_LIMIT_S])
        require_promises(server, server.token(), ledger.promised)
        rules = require_consistent(program, database)
        server.stop()
    return [
        f"{options.rounds} restarts of the database under {options.writers} writers, the first with {OUTAGE_S:.0f} s without it",
        f"{ledger.writes} writes acknowledged, 0 lost; {ledger.statuses[503]} writes and {reads.count(503)} reads were answered 503 meanwhile",
        f"/readyz: 503 after {max(unready):.1f} s, 200 again within {max(ready):.1f} s; writing again within {max(writing):.1f} s",
        "slowest answers: " + ", ".join(f"{what} {s:.1f} s" for what, s in slowest.items()),
        f"patron check: {rules}",
    ]


def second_process(program: Program, database: Database, folder: Path, options: argparse.Namespace) -> list[str]:
    """A second server on the same file works beside the first or says clearly why not; the first never notices."""
    ledger = Ledger()
    with Server(program, database, folder / "server.log").start() as server:
        stock_the_shop(server.client(server.token()))
        stop, writers = start_writers(options.writers, "pair", server, server.token(), ledger, patient=False)
        try:
            wait_for_writes(ledger)
            beside = require_consistent(program, database)
            outcome = try_second_server(program, database, folder, ledger)
            time.sleep(options.seconds)
        finally:
            stop.set()
        join_writers(writers, ledger)
        refuse(ledger.problems + [f"POST {request.path} got no answer" for request in ledger.unanswered])
        require_promises(server, server.token(), ledger.promised)
        server.stop()
    rules = require_consistent(program, database)
    return [
        outcome,
        f"{ledger.writes} writes acknowledged, 0 lost, none refused",
        f"patron check beside the writing server: {beside}; afterwards: {rules}",
    ]


def try_second_server(program: Program, database: Database, folder: Path, ledger: Ledger) -> str:
    with Server(program, database, folder / "second.log") as second:
        process = second.spawn()
        deadline = time.monotonic() + RECOVERY_LIMIT_S
        while not second.is_ready():
            if process.poll() is not None:
                if process.returncode == 0 or not second.log_tail().strip():
                    raise Lost(f"the second server ended with {process.returncode} and no message")
                return f"the second server was refused: {second.log_tail(1)}"
            if time.monotonic() > deadline:
                second.stop()
                return f"the second server waited {RECOVERY_LIMIT_S:.0f} s and stopped on SIGTERM"
            time.sleep(0.05)
        stop, writers = start_writers(2, "second", second, second.token(), ledger, patient=False)
        time.sleep(2)
        stop.set()
        join_writers(writers, ledger)
        second.stop()
    return "two servers wrote to one file side by side"


def wait_for_writes(ledger: Ledger) -> None:
    """Until the load has begun: a kill before the first acknowledgement would test nothing."""
    before, deadline = ledger.writes, time.monotonic() + FIRST_WRITES_LIMIT_S
    while ledger.writes == before:
        if time.monotonic() > deadline:
            raise Lost(f"no write succeeded within {FIRST_WRITES_LIMIT_S:.0f} s: {(ledger.problems or ['no answer'])[0]}")
        time.sleep(0.01)


def require_promises(server: Server, token: str, promised: dict[str, Any]) -> None:
    """Everything can be read, just as it was last acknowledged."""
    broken: list[str] = []

    def read(part: list[str]) -> None:
        client = server.client(token)
        for path in part:
            try:
                answer = client.get(path)
            except OSError as error:
                broken.append(f"GET {path}: {error!r}")
                continue
            if answer.status != 200:
                broken.append(f"GET {path} answered {answer.status}")
            elif answer.json() != promised[path]:
                broken.append(f"GET {path} answered {answer.text()}, but what was acknowledged is {promised[path]}")

    paths = list(promised)
    threads = [threading.Thread(target=read, args=(paths[start::READERS],)) for start in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise Lost(f"{len(broken)} of {len(paths)} things written and acknowledged are lost, such as: {broken[0]}")


def send_again(client: Client, ledger: Ledger) -> int:
    """What was never answered must now succeed and be the only one; returns how much of it had been done the first time."""
    replayed = 0
    for request in ledger.unanswered:
        answer = request.send(client)
        if answer.status != request.success:
            raise Lost(f"sent again with its Idempotency-Key, POST {request.path} answered {answer.status}: {answer.text()}")
        require_only_one(client, request, ledger.acknowledge(request, answer))
        replayed += "idempotent-replayed" in answer.headers
    return replayed


def require_only_one(client: Client, request: Request, identifier: str) -> None:
    """A payment needs no such look: a second one of the same order would have been refused."""
    if request.path == "/v1/customers":
        found = client.get(f"/v1/customers/lookup?email={request.body['email']}")
        if found.status != 200 or found.json()["id"] != identifier:
            raise Lost(f"{request.body['email']} was made as {identifier}, but lookup answers {found.status}: {found.text()}")
    elif request.path == "/v1/orders":
        orders = client.get(f"/v1/orders?customer_id={request.body['customer_id']}").json()["data"]
        if [order["id"] for order in orders] != [identifier]:
            raise Lost(f"customer {request.body['customer_id']} should have the one order {identifier}, but has {len(orders)}")


def require_consistent(program: Program, database: Database) -> str:
    """Runs `patron check` and returns its last line, which counts the rules that hold."""
    done = program.run(database, "check")
    if done.returncode != 0:
        raise Lost(f"patron check exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.splitlines()[-1].rstrip(".")


def refuse(problems: list[str]) -> None:
    if problems:
        raise Lost(f"{len(problems)} wrong answers, such as: {problems[0]}")


def within(limit_s: float, what: str, since: float, moment: Callable[[], Optional[float]]) -> float:
    """Waits for the moment and returns how long after `since` it came."""
    deadline = time.monotonic() + limit_s
    while (at := moment()) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    if at is None or at - since > limit_s:
        raise Lost(f"not within {limit_s:.0f} s: {what}")
    return max(0.0, at - since)


def postgres_cluster(action: str) -> None:
    subprocess.run([str(REPOSITORY / "scripts" / "postgres"), action], check=True)


Scenario = Callable[[Program, Database, Path, argparse.Namespace], list[str]]
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
    parser.add_argument("--writers", type=int, default=24, help="parallel writers (24: more than the server has connections)")
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
            verdict, lines = "ok", scenario(program, database, folder, options)
        except (Lost, LabError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            verdict, lines = "FAILED", [str(error), f"logs and database: {folder}"]
        print(f"{verdict:6} {kind} {name} ({time.monotonic() - started:.0f} s)", flush=True)
        for line in lines:
            print(f"       - {line}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
