"""Runs schemathesis with every check against a running server, on each database.

Started by scripts/contract, which also brings the virtual environment and the PostgreSQL cluster."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from .program import LabError, Program, Server, fresh_folder, make_database, new_key


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/contract", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="What follows -- is handed to schemathesis, for example: scripts/contract --only sqlite -- --seed 1 --include-path /v1/orders",
    )
    parser.add_argument("--max-time", type=int, default=300, metavar="SECONDS", help="for each database (300)")
    parser.add_argument("--max-examples", type=int, default=50, metavar="N", help="for each operation and phase (50)")
    parser.add_argument("--only", choices=["sqlite", "postgres"], help="one database instead of both")
    parser.add_argument("--profile", choices=["debug", "release"], default="debug", help="which build to start (debug)")
    parser.add_argument("arguments", nargs="*", metavar="-- ARGUMENT", help="for schemathesis")
    options = parser.parse_args()

    program = Program(options.profile)
    root = fresh_folder("contract")
    kinds = [options.only] if options.only else ["sqlite", "postgres"]
    failed = [kind for kind in kinds if not holds(program, kind, root / kind, options)]
    print(f"\n{len(kinds) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def holds(program: Program, kind: str, folder: Path, options: argparse.Namespace) -> bool:
    """Whether the server on this database answers everything as its specification says."""
    folder.mkdir()
    started = time.monotonic()
    print(f"\n=== {kind}", flush=True)
    try:
        database = make_database(kind, folder, "contract")
        program.prepare(database)
        secrets = {"PATRON_PAYMENT_SECRET": new_key(), "PATRON_GATEWAY_SECRET": new_key(), "PATRON_GATEWAY_URL": "http://127.0.0.1:9/nobody"}
        with Server(program, database, folder / "server.log", **secrets).start() as server:
            status = run_schemathesis(server, folder, options)
            faults = [] if status == 0 else [f"schemathesis exited with {status}"]
            if server.process is None or server.process.poll() is not None:
                faults.append("the server did not survive")
            server.stop()
        # A panic that was caught and answered nicely is a defect all the same.
        panics = [line for line in (folder / "server.log").read_text(errors="replace").splitlines() if "panicked at" in line]
        if panics:
            faults.append(f"{len(panics)} panics, such as: {panics[0]}")
        check = program.run(database, "check")
        if check.returncode != 0:
            faults.append(f"patron check exited with {check.returncode} afterwards: {check.stdout}{check.stderr}")
    except LabError as error:
        faults = [str(error)]
    for fault in faults:
        print(f"FAILED {kind}: {fault}")
    print(f"--- {time.monotonic() - started:.0f} s; logs in {folder}")
    return not faults


def run_schemathesis(server: Server, folder: Path, options: argparse.Namespace) -> int:
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(Path(__file__).resolve().parent / "schemathesis.toml"),
        "run", f"{server.base_url}/openapi.json", "--url", server.base_url,
        "--checks", "all", "--max-time", str(options.max_time), "--max-examples", str(options.max_examples),
        "--continue-on-failure", "--request-timeout", "30", "--generation-database", "none", "--no-color",
        "--header", f"Authorization: Bearer {server.token()}", *options.arguments,
    ]
    # In the log's folder, because the tools leave caches where they run.
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1].resolve())}
    with subprocess.Popen(command, cwd=folder, env=environment, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        with (folder / "schemathesis.log").open("w") as log:
            for line in process.stdout:
                log.write(line)
                print(line, end="", flush=True)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
