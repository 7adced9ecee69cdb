"""A segment of five leaves, previewed: beside the bare statement that counts the same customers."""

from __future__ import annotations

import datetime
import json
import time

from .bench_feedback import bare_rate, with_instants
from .bench_http import Bench
from .loads import sql
from .program import LabError

LIMIT = 2.0
YEAR = {"within_days": 366}
FIVE_LEAVES = {
    "all": [
        {"fact": "lifecycle", "is_not": "former"},
        {"purchases": "count", **YEAR, "at_least": 2},
        {"purchases": "sum", **YEAR, "at_least": 5_000},
        {"purchases": "sum", **YEAR, "value_class": "high", "at_least": 1_000},
        {"purchases": "last", "within_days": 366},
    ]
}


def measure_segments(bench: Bench) -> None:
    now = int(datetime.datetime.now(datetime.timezone.utc).timestamp())
    client = bench.server.client(bench.server.token())
    made = client.post("/v1/segments", {"name": "Five leaves", "definition": FIVE_LEAVES})
    if made.status != 201:
        raise LabError(f"POST /v1/segments: {made.status}")
    path = f"/v1/segments/{json.loads(made.body)['id']}/preview"
    statement = with_instants(bench.database, sql("preview_segment.sql"), now)

    def ours() -> float:
        # A connection of this round: one that waits for its turn for long is closed.
        client = bench.server.client(bench.server.token())
        count, began = 0, time.monotonic()
        while time.monotonic() - began < bench.seconds:
            answer = client.get(path)
            if answer.status != 200:
                raise LabError(f"GET {path}: {answer.status}")
            count += 1
        return count / (time.monotonic() - began)

    ours()  # warms the caches of everybody
    rates = bench.in_turns({"bare": lambda: bare_rate(bench, statement), "ours": ours})
    ratio = rates["bare"] / rates["ours"]
    bench.table.add(
        "preview of a segment of five leaves", bench.kind, f"{1 / rates['ours']:.2f} s", f"bare SQL {1 / rates['bare']:.2f} s", ratio, f"≤ {LIMIT:g}",
        ratio <= LIMIT,
    )
