"""Import and scoring: whole commands, timed beside what the bare database needs for the same data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from .bench_table import Table
from .loads import Timing, sql, timed
from .program import Database, Program, make_database, postgres_program, run_checked, working_folder

IMPORT_LIMIT = 8.0
IMPORT_MEMORY_LIMIT_MIB = 200.0
SCORING_LIMIT = 2.0
# Ten times the lines may take this much longer than ten times as long: the noise of two short measurements.
LINEARITY_LIMIT = 1.3


@dataclass(frozen=True)
class LedgerFile:
    """A CSV that `patron demo` wrote, with its number of lines (the heading not counted)."""

    path: Path
    lines: int


def make_ledger(program: Program, folder: Path, customers: int) -> LedgerFile:
    path = folder / f"ledger-{customers}.csv"
    scratch = make_database("sqlite", folder, "scratch")
    program.run_well(scratch, "demo", "--customers", str(customers), "--ledger", str(path))
    with path.open("rb") as file:
        return LedgerFile(path, sum(1 for _ in file) - 1)


def measure_import(program: Program, kind: str, folder: Path, ledger: LedgerFile, rounds: int, table: Table) -> Database:
    """Returns the database that the last round filled."""
    ours: list[Timing] = []
    bare: list[float] = []
    for number in range(rounds):
        bare.append(load_bare(kind, folder, ledger.path))
        database = make_database(kind, folder, f"bench_{number}")
        program.prepare(database)
        ours.append(run_program(program, database, "import", "ledger", str(ledger.path)))
    seconds, yardstick = median(timing.seconds for timing in ours), median(bare)
    peak = max(timing.peak_mib for timing in ours)
    rate = f"{seconds:.1f} s ({ledger.lines / seconds:,.0f} lines/s)"
    table.add(
        f"ledger import, {ledger.lines:,} lines", kind, rate, f"bare load {yardstick:.2f} s", seconds / yardstick,
        f"≤ {IMPORT_LIMIT:g}", seconds / yardstick <= IMPORT_LIMIT,
    )
    table.add("peak memory of the import", kind, f"{peak:.0f} MiB", "–", None, f"< {IMPORT_MEMORY_LIMIT_MIB:g} MiB", peak < IMPORT_MEMORY_LIMIT_MIB)
    if kind == "postgres":
        # A database that has been up for a few minutes has done this by itself (autovacuum).
        database.query("VACUUM ANALYZE")
    return database


def load_bare(kind: str, folder: Path, path: Path) -> float:
    """Seconds to load the file into one table of text columns, as the database's own shell does it."""
    database = make_database(kind, folder, "bare")
    if kind == "sqlite":
        command = ["sqlite3", "-batch", "-cmd", ".mode csv", str(database.path), f".import {path} bare"]
    else:
        with path.open(newline="") as file:
            columns = ", ".join(f'"{name}" text' for name in next(csv.reader(file)))
        database.query(f"CREATE TABLE bare ({columns})")
        psql = [postgres_program("psql"), "--no-psqlrc", "-qX", "-v", "ON_ERROR_STOP=1", "-d", database.url]
        command = [*psql, "-c", f"\\copy bare FROM '{path}' WITH (FORMAT csv, HEADER)"]
    return timed(command).seconds


def measure_scoring(
    program: Program, kind: str, folder: Path, large: tuple[Database, LedgerFile], ledger: LedgerFile, rounds: int, table: Table
) -> None:
    small = make_database(kind, folder, "bench_small")
    program.prepare(small)
    run_program(program, small, "import", "ledger", str(ledger.path))
    per_line = {}
    for database, lines in ((small, ledger.lines), (large[0], large[1].lines)):
        moment, days = span(database)
        ours, bare = [], []
        for _ in range(rounds):
            bare.append(timed(database.shell(sql("score_aggregate.sql"))).seconds)
            ours.append(run_program(program, database, "score", "--as-of", moment, "--window-days", days).seconds)
        seconds, yardstick = median(ours), median(bare)
        per_line[lines] = seconds / lines
        table.add(
            f"scoring run, {lines:,} lines", kind, f"{seconds:.2f} s", f"bare aggregate {yardstick:.2f} s", seconds / yardstick,
            f"≤ {SCORING_LIMIT:g}", seconds / yardstick <= SCORING_LIMIT,
        )
    growth = per_line[large[1].lines] / per_line[ledger.lines]
    table.add(
        "scoring grows linearly", kind, f"{per_line[large[1].lines] * 1e6:.2f} µs a line", f"{per_line[ledger.lines] * 1e6:.2f} µs a line at a tenth",
        growth, f"≤ {LINEARITY_LIMIT:g}", growth <= LINEARITY_LIMIT,
    )


def span(database: Database) -> tuple[str, str]:
    """An instant just after the last order, and a window that reaches back before the first: so every line counts."""
    if database.kind == "sqlite":
        text = "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', max(placed_at) / 1000000 + 1, 'unixepoch'), (max(placed_at) - min(placed_at)) / 86400000000 + 2 FROM orders"
    else:
        text = """SELECT to_char((max(placed_at) + interval '1 second') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                  extract(day FROM max(placed_at) - min(placed_at))::bigint + 2 FROM orders"""
    moment, _, days = database.query(text).partition("|")
    return moment, days


def run_program(program: Program, database: Database, *arguments: str) -> Timing:
    return timed([str(program.binary), *arguments], program.environment(database), working_folder(database))


def export_ids(database: Database, count: int) -> list[str]:
    """Random customers' ids, in the API's spelling."""
    column = "lower(hex(id))" if database.kind == "sqlite" else "replace(id::text, '-', '')"
    rows = run_checked(database.shell(f"SELECT {column} FROM customers ORDER BY random() LIMIT {count}")).stdout.split()
    return [f"{row[:8]}-{row[8:12]}-{row[12:16]}-{row[16:20]}-{row[20:]}" for row in rows]
