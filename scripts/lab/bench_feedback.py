"""A queue of feedback: its lists and its report, each beside the bare statement that reads the same."""

from __future__ import annotations

import datetime
import sqlite3
import time
from pathlib import Path

from .bench_http import Bench, get, measure_pages
from .feedback_rows import rfc3339, Instant
from .loads import pgbench, sql
from .program import Database

REPORT_LIMIT = 1.5
# A page is 50 whole feedbacks as JSON through HTTP, where the bare statement stops at the rows.
PAGE_LIMIT = 5.0
YEAR_S = 366 * 86_400


def measure_feedback(bench: Bench) -> None:
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp())
    period = f"from={instant(now - YEAR_S)}&to={instant(now)}"
    measure_pages(bench, "feedback")
    compare(bench, "list of 50 feedbacks", "/v1/feedback", "list_feedback.sql", now, PAGE_LIMIT)
    compare(bench, "list of 50 overdue feedbacks", "/v1/feedback?overdue=true&sort=due_at", "list_overdue_feedback.sql", now, PAGE_LIMIT)
    compare(bench, "report on a year's feedback", f"/v1/reports/feedback?{period}&group_by=type", f"report_feedback_{bench.kind}.sql", now, REPORT_LIMIT)


def compare(bench: Bench, what: str, path: str, statement: str, now: int, limit: float) -> None:
    """One client at a time on either side, so that a rate is nothing but the inverse of one answer's time."""
    text = with_instants(bench.database, sql(statement), now)

    def ours() -> float:
        return get(bench, path, Path(), connections=1).per_second

    def bare() -> float:
        return bare_rate(bench, text)

    ours()  # warms the caches of everybody
    rates = bench.in_turns({"bare": bare, "ours": ours})
    ratio = rates["bare"] / rates["ours"]
    bench.table.add(
        what, bench.kind, f"{1000 / rates['ours']:.2f} ms", f"bare SQL {1000 / rates['bare']:.2f} ms", ratio, f"≤ {limit:g}", ratio <= limit,
    )


def bare_rate(bench: Bench, statement: str) -> float:
    """Statements a second of one connection that has prepared it."""
    if bench.database.path is None:
        script = bench.folder / "statement.pgbench"
        script.write_text(statement)
        return pgbench(bench.database, script, bench.seconds, clients=1)
    connection = sqlite3.connect(bench.database.path)
    count, began = 0, time.monotonic()
    while time.monotonic() - began < bench.seconds:
        connection.execute(statement).fetchall()
        count += 1
    rate = count / (time.monotonic() - began)
    connection.close()
    return rate


def with_instants(database: Database, statement: str, now: int) -> str:
    """The statement with its instants as the database writes them."""
    def written(second: int) -> str:
        return str(second * 1_000_000) if database.path is not None else f"'{instant(second)}'"

    return statement.replace(":from", written(now - YEAR_S)).replace(":now", written(now))


def instant(second: int) -> str:
    return rfc3339(Instant(second * 1_000_000)).replace("+00:00", "Z")
