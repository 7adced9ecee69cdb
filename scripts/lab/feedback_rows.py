"""A queue of feedback as a busy year leaves it, and the way into either database.

The rows are such as the server itself would have stored; they are made here because a hundred thousand complaints are
not taken in, answered and resolved one by one before each measurement."""

from __future__ import annotations

import csv
import datetime
import random
import sqlite3
import uuid
from pathlib import Path
from typing import Any, Iterator

from .program import Database, LabError, postgres_program, run_checked

DAY_S = 86_400
TYPES = {"complaint": 30, "inquiry": 25, "review": 25, "return_request": 10, "suggestion": 6, "praise": 4}
CHANNELS = {"web": 35, "mobile": 20, "phone": 15, "email": 15, "in_store": 13, "fax": 2}
PRIORITIES = {"low": 10, "normal": 70, "high": 15, "urgent": 5}
TIERS = {"most_valuable": 20, "growth": 30, "ordinary": 40, "prospect": 10}
RATINGS = {5: 45, 4: 25, 3: 12, 2: 8, 1: 10}
# Working seconds that are promised: for the first answer, and for the resolution.
PROMISE_S = {"low": (64_800, 324_000), "normal": (32_400, 162_000), "high": (7_200, 64_800), "urgent": (3_600, 32_400)}
# A day has nine working hours, so that working time is about so much longer on the wall.
WALL = 24 / 9 * 7 / 5
TABLES = ("feedback", "feedback_texts", "feedback_tags", "feedback_events")


# What the server keeps of it with each customer.
SATISFACTION = """UPDATE customers SET
    open_complaints = (SELECT count(*) FROM feedback f WHERE f.customer_id = customers.id AND f.feedback_type = 'complaint' AND f.status <> 'closed'),
    last_rating = (SELECT f.rating FROM feedback f WHERE f.customer_id = customers.id AND f.rating IS NOT NULL ORDER BY f.created_at DESC LIMIT 1)
    WHERE id IN (SELECT customer_id FROM feedback)"""


class Instant(int):
    """Microseconds since 1970."""


Row = dict[str, Any]


def make(count: int, customers: list[str], products: list[str], seed: int = 1) -> Iterator[tuple[str, Row]]:
    """Tables and rows of `count` feedbacks of the last year, the oldest first."""
    dice = random.Random(seed)
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp())
    staff = [str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(20)]
    for second in sorted(dice.randrange(now - 365 * DAY_S, now - 60) for _ in range(count)):
        yield from one(dice, second, now, staff, customers, products)


def one(dice: random.Random, came: int, now: int, staff: list[str], customers: list[str], products: list[str]) -> Iterator[tuple[str, Row]]:
    number = uuid.UUID(int=(came * 1000 << 80) | (7 << 76) | (dice.getrandbits(12) << 64) | (2 << 62) | dice.getrandbits(62))
    is_known = dice.random() < 0.9
    keys = {"customer_id": dice.choice(customers) if is_known else str(number), "feedback_id": str(number)}
    kind, priority = pick(dice, TYPES), pick(dice, PRIORITIES)
    answer_target, target = PROMISE_S[priority]
    answer_s, took_s = int(answer_target * dice.lognormvariate(-0.8, 0.8)), int(target * dice.lognormvariate(-0.7, 0.8))
    took_s = max(took_s, answer_s)
    answered, resolved = came + int(answer_s * WALL), came + int(took_s * WALL)
    is_answered, is_resolved = answered < now, resolved < now and dice.random() < 0.98
    closed = resolved + int(dice.random() * 7 * DAY_S)
    is_closed = is_resolved and closed < now
    outcome = pick(dice, {"helped": 60, "silence": 34, "not_helped": 6}) if is_closed else None
    if outcome == "not_helped":
        is_resolved = is_closed = False
    is_waiting = not is_resolved and is_answered and dice.random() < 0.2
    status = "closed" if is_closed else "resolved" if is_resolved else "reopened" if outcome else "in_progress" if is_answered else "open"
    due = came + int(target * WALL)
    overdue = due < now
    changed = max([came, *(at for at, it in ((answered, is_answered), (resolved, is_resolved), (closed, is_closed)) if it)])
    yield "feedback", {
        "customer_id": keys["customer_id"], "id": str(number), "feedback_type": kind, "channel": pick(dice, CHANNELS), "priority": priority,
        "tier": pick(dice, TIERS) if is_known else None, "order_id": None, "line_no": None,
        "product_id": dice.choice(products) if kind == "review" or dice.random() < 0.5 else None,
        "rating": pick(dice, RATINGS) if kind == "review" else None, "status": status,
        "clock": "stopped" if is_resolved else "paused" if is_waiting else "running",
        "assignee_id": dice.choice(staff) if is_answered else None,
        "first_answer_due_at": at(came + int(answer_target * WALL)), "due_at": at(due),
        "breach_at": at(due) if not (is_resolved or is_waiting or overdue) and is_answered else None,
        "first_answered_at": at(answered) if is_answered else None, "waiting_since": at(now - 50) if is_waiting else None,
        "resolved_at": at(resolved) if is_resolved else None, "closes_at": at(resolved + 7 * DAY_S) if is_resolved and not is_closed else None,
        "closed_at": at(closed) if is_closed else None, "paused_seconds": 0, "first_answer_seconds": answer_s if is_answered else None,
        "resolution_seconds": took_s if is_resolved else None, "first_answer_breached": answer_s > answer_target,
        "resolution_breached": took_s > target if is_resolved else overdue, "reopened_count": 1 if outcome == "not_helped" or dice.random() < 0.04 else 0,
        "outcome": outcome, "version": 4 if is_resolved else 2, "created_at": at(came), "updated_at": at(changed),
    }
    yield "feedback_texts", {
        **keys, "subject": "The order", "body": "It came late, and one corner was bent. " * dice.randrange(1, 12), "attachments": "[]",
        "tags": '["delivery"]' if number.int % 5 == 0 else "[]", "external_refs": "[]", "resolution": "Sent again." if is_resolved else None, "outcome_comment": None,
    }
    if number.int % 5 == 0:
        yield "feedback_tags", {**keys, "tag": "delivery"}
    yield "feedback_events", {
        **keys, "seq": 1, "at": at(came), "kind": "created", "from_status": None, "to_status": "open", "actor_kind": "client", "actor_id": staff[0], "details": "{}",
    }


def pick(dice: random.Random, weights: dict[Any, int]) -> Any:
    return dice.choices(list(weights), list(weights.values()))[0]


def at(second: int) -> Instant:
    return Instant(second * 1_000_000)


def load(database: Database, folder: Path, count: int) -> None:
    """Fills a database that has customers and products but no feedback."""
    customers = ids(database, "customers")
    products = ids(database, "products")
    if not customers or not products:
        raise LabError("feedback is of customers and products: there are none")
    rows = make(count, customers, products)
    if database.path is not None:
        load_file(database.path, rows)
    else:
        load_server(database, folder, rows)
    database.query(SATISFACTION)


def ids(database: Database, table: str) -> list[str]:
    column = "hex(id)" if database.path is not None else "id"
    return [str(uuid.UUID(line)) for line in database.query(f"SELECT {column} FROM {table} ORDER BY id").split()]


def load_file(path: Path, rows: Iterator[tuple[str, Row]]) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144")
    with connection:
        for table, row in rows:
            holders = ", ".join("?" * len(row))
            values = [uuid.UUID(value).bytes if value and is_id(name) else value for name, value in row.items()]
            connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({holders})", values)
    connection.execute("ANALYZE")
    connection.close()


def load_server(database: Database, folder: Path, rows: Iterator[tuple[str, Row]]) -> None:
    paths = {table: folder / f"{table}.csv" for table in TABLES}
    files = {table: path.open("w", newline="") for table, path in paths.items()}
    columns: dict[str, str] = {}
    for table, row in rows:
        columns.setdefault(table, ", ".join(row))
        csv.writer(files[table]).writerow("" if value is None else rfc3339(value) if isinstance(value, Instant) else value for value in row.values())
    for file in files.values():
        file.close()
    copies = [f"\\copy {table} ({columns[table]}) FROM '{paths[table]}' WITH (FORMAT csv)" for table in TABLES if table in columns]
    commands = [argument for copy in [*copies, "VACUUM ANALYZE"] for argument in ("-c", copy)]
    run_checked([postgres_program("psql"), "--no-psqlrc", "-qX", "-v", "ON_ERROR_STOP=1", "-d", database.url, *commands])


def is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def rfc3339(instant: Instant) -> str:
    return datetime.datetime.fromtimestamp(instant / 1_000_000, datetime.timezone.utc).isoformat()
