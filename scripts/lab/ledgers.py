"""Imports real ledgers and compares the scores with expectations, byte by byte.

Started by scripts/verify-ledgers, which also brings the PostgreSQL cluster."""

from __future__ import annotations

import argparse
import gzip
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .program import Database, LabError, Program, fresh_folder, make_database


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
        with opener(expectation, "rb") as expected:
            if scores.read_bytes() != expected.read():
                faults.append(f"{name}: {scores} differs from {expectation}")
                continue
        print(f"{name}: {window} days as expected", flush=True)
    check = program.run(database, "check")
    if check.returncode != 0:
        faults.append(f"{name}: patron check: {check.stdout}{check.stderr}")
    return faults


def unchanged(program: Program, database: Database, file: Path, name: str) -> list[str]:
    """The same file again makes and changes nothing."""
    told = program.run_well(database, "import", "ledger", str(file.resolve()))
    counts = [line for line in told.splitlines() if line.startswith(("  customers ", "  categories ", "  products ", "  orders "))]
    changed = [line.strip() for line in counts if " 0 new, 0 updated," not in line]
    return [f"{name}: imported again, it changed {line}" for line in changed] if len(counts) == 4 else [f"{name}: no summary: {told}"]


if __name__ == "__main__":
    sys.exit(main())
