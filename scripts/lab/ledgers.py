"""Imports real ledgers and compares the scores with expectations, byte by byte.

Started by scripts/verify-ledgers, which also brings the PostgreSQL cluster."""

from __future__ import annotations

import argparse
import csv
import gzip
import sys
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from .program import Client, Database, LabError, Program, Server, fresh_folder, make_database


@dataclass(frozen=True)
class Ledger:
    """A ledger of the folder: when its expectations were computed for, and how many of its rows are bad."""

    folder: str
    as_of: str
    rejects: int


LEDGERS = [
    Ledger("ledger-sample", "2018-01-01T00:00:00Z", 1096),
    Ledger("cdnow", "1998-07-01T00:00:00Z", 0),
]


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/verify-ledgers", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--profile", choices=["debug", "release"], default="debug")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    options = parser.parse_args()
    faults: list[str] = []
    try:
        program = Program(options.profile)
        root = fresh_folder("ledgers")
        for kind in [options.only] if options.only else ["sqlite", "postgres"]:
            for ledger in LEDGERS:
                faults += verify(program, kind, root, options.folder, ledger)
    except LabError as error:
        faults.append(str(error))
    for fault in faults:
        print(f"FAILED {fault}")
    print("Every digit is as expected." if not faults else f"{len(faults)} failed")
    return 1 if faults else 0


def verify(program: Program, kind: str, root: Path, folder: Path, ledger: Ledger) -> list[str]:
    """What does not hold of one ledger on one database."""
    name = f"{kind} {ledger.folder}"
    file = folder / ledger.folder / "ledger.csv.gz"
    expectations = sorted((folder / ledger.folder).glob("expected_*.csv*"))
    if not file.is_file() or not expectations:
        raise LabError(f"{file} and expected_WINDOW.csv beside it must be there")
    work = root / kind / ledger.folder
    work.mkdir(parents=True)
    database = make_database(kind, work, f"ledger_{ledger.folder.replace('-', '_')}")
    program.prepare(database)
    started = time.monotonic()
    report = work / "rejects.csv"
    program.run_well(database, "import", "ledger", str(file.resolve()), "--rejects", str(report))
    print(f"{name}: imported in {time.monotonic() - started:.1f} s", flush=True)
    faults = []
    rejects = len(report.read_text().splitlines()) - 1
    if rejects != ledger.rejects:
        faults.append(f"{name}: {rejects} rows rejected instead of {ledger.rejects}")
    faults += unchanged(program, database, file, name)
    for expectation in expectations:
        window = expectation.name.removeprefix("expected_").split(".")[0]
        scores = work / f"scores_{window}.csv"
        program.run_well(database, "score", "--as-of", ledger.as_of, "--window-days", window, "--csv", str(scores))
        opener = gzip.open if expectation.suffix == ".gz" else open
        with opener(expectation, "rb") as file_of_expected:
            expected = file_of_expected.read()
        if scores.read_bytes() != expected:
            faults.append(f"{name}: {scores} differs from {expectation}")
            continue
        faults += [f"{name}, {window} days, live: {fault}" for fault in live_scores(program, database, work, ledger.as_of, expected.decode())]
        print(f"{name}: {window} days as expected", flush=True)
    check = program.run(database, "check")
    if check.returncode != 0:
        faults.append(f"{name}: patron check: {check.stdout}{check.stderr}")
    return faults


def live_scores(program: Program, database: Database, work: Path, as_of: str, expected: str) -> list[str]:
    """What the endpoint says of each customer at the instant of the run must be what the run has stored. Tells the first ten that differ."""
    faults: list[str] = []
    with Server(program, database, work / "server.log", PATRON_LOG="warn").start() as server:
        client = server.client(server.token())
        ids = ids_by_reference(client)
        for number, row in enumerate(csv.DictReader(expected.splitlines())):
            if number % 5_000 == 0:
                # A token lasts a quarter of an hour.
                client = server.client(server.token())
            path = f"/v1/customers/{ids[row['customer_ref']]}/value-score?as_of={urllib.parse.quote(as_of)}"
            found = as_row(row["customer_ref"], client.get(path).json())
            if found != row:
                faults.append(f"{found} instead of {row}")
            if len(faults) == 10:
                break
        server.stop()
    return faults


def ids_by_reference(client: Client) -> dict[str, str]:
    ids: dict[str, str] = {}
    cursor = ""
    while True:
        page = client.get(f"/v1/customers?limit=200{cursor}").json()
        for customer in page["data"]:
            ids.update((reference["id"], customer["id"]) for reference in customer["external_refs"] if reference["system"] == "ledger")
        if page["next_cursor"] is None:
            return ids
        cursor = f"&cursor={urllib.parse.quote(page['next_cursor'])}"


def as_row(reference: str, value: dict) -> dict[str, str]:
    """A live score as a row of `patron score --csv`."""
    recency, frequency, monetary, product_type, product_user = value["factors"]
    return {
        "customer_ref": reference,
        "recency_days": str(recency["raw"]["days"]),
        "frequency": str(frequency["raw"]["purchases"]),
        "monetary_minor": str(monetary["raw"]["amount"]),
        "recency_band": str(recency["band"]),
        "frequency_band": str(frequency["band"]),
        "monetary_band": str(monetary["band"]),
        "product_type": f"{product_type['score']:.2f}",
        "product_user": f"{product_user['score']:.2f}",
        "score": f"{value['score']:.2f}",
        "tier": value["tier"],
        "rank": str(value["rank"]),
    }


def unchanged(program: Program, database: Database, file: Path, name: str) -> list[str]:
    """The same file again makes and changes nothing."""
    told = program.run_well(database, "import", "ledger", str(file.resolve()))
    counts = [line for line in told.splitlines() if line.startswith(("  customers ", "  categories ", "  products ", "  orders "))]
    changed = [line.strip() for line in counts if " 0 new, 0 updated," not in line]
    return [f"{name}: imported again, it changed {line}" for line in changed] if len(counts) == 4 else [f"{name}: no summary: {told}"]


if __name__ == "__main__":
    sys.exit(main())
