"""Requests a second of the running server, beside pgbench or the server's own cheapest answer.

Subject and yardstick take turns, round by round, and medians are compared: the machine is shared and moody, and
only what was measured in the same minutes can be compared."""

from __future__ import annotations

import urllib.parse
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Callable

from .bench_bulk import export_ids
from .bench_table import Table
from .loads import Load, pgbench_insert, pgbench_select, wrk
from .program import Database, LabError, Server

GET_FLOOR = 0.40
SCORE_FLOOR = 0.5
SCORE_P99_LIMIT_MS = 10.0
POST_FLOOR = {"postgres": 0.5, "sqlite": 0.15}
POST_SLOWEST_LIMIT_MS = 100.0
PAGE_LIMIT = 1.3
MEMORY_LIMIT_MIB = 100.0
ID_COUNT = 10_000
PAGE = 1000


@dataclass(frozen=True)
class Bench:
    """What all the measurements here need."""

    server: Server
    database: Database
    folder: Path
    seconds: int
    rounds: int
    table: Table

    @property
    def kind(self) -> str:
        return self.database.kind

    def in_turns(self, measurements: dict[str, Callable[[], float]]) -> dict[str, float]:
        """Medians over the rounds, in each of which everything is measured once."""
        results: dict[str, list[float]] = defaultdict(list)
        for _ in range(self.rounds):
            for name, measure in measurements.items():
                results[name].append(measure())
        return {name: median(values) for name, values in results.items()}


def measure_http(bench: Bench) -> None:
    ids = export_ids(bench.database, ID_COUNT)
    id_file = bench.folder / "ids.txt"
    id_file.write_text("\n".join(ids) + "\n")
    measure_reads(bench, ids, id_file)
    for name in ("customers", "orders"):
        measure_pages(bench, name)
    measure_writes(bench, id_file)
    memory = bench.server.memory_mib()
    bench.table.add(
        "memory of the server at its peak", bench.kind, f"{memory['VmHWM']:.0f} MiB ({memory['RssFile']:.0f} MiB of them mapped files)",
        "–", None, f"< {MEMORY_LIMIT_MIB:g} MiB", memory["VmHWM"] < MEMORY_LIMIT_MIB,
    )


def get(bench: Bench, path: str, ids: Path, connections: int = 16) -> Load:
    # A token each time, because a whole run takes longer than one lives.
    load = wrk(bench.server, "get.lua", bench.server.token(), bench.seconds, connections, path, ids)
    if load.refused or load.broken:
        raise LabError(f"GET {path} under load: {load.refused} answers of 400 and above, {load.broken} broken connections")
    return load


def measure_reads(bench: Bench, ids: list[str], id_file: Path) -> None:
    p99_ms: list[float] = []

    def score() -> float:
        load = get(bench, "/v1/customers/{id}/value-score", id_file)
        p99_ms.append(load.p99_ms)
        return load.per_second

    def customer() -> float:
        return get(bench, "/v1/customers/{id}", id_file).per_second

    def yardstick() -> float:
        if bench.kind == "postgres":
            return pgbench_select(bench.database, ids, bench.seconds, bench.folder)
        return get(bench, "/healthz", id_file).per_second

    customer()  # warms the caches of everybody
    rates = bench.in_turns({"yardstick": yardstick, "customer": customer, "score": score})
    name = "pgbench's select" if bench.kind == "postgres" else "/healthz"
    ratio = rates["customer"] / rates["yardstick"]
    bench.table.add(
        "GET customer by id", bench.kind, f"{rates['customer']:,.0f}/s", f"{name} {rates['yardstick']:,.0f}/s", ratio,
        f"≥ {GET_FLOOR:.2f}", ratio >= GET_FLOOR,
    )
    ratio = rates["score"] / rates["customer"]
    bench.table.add(
        "GET value-score", bench.kind, f"{rates['score']:,.0f}/s", f"GET customer {rates['customer']:,.0f}/s", ratio,
        f"≥ {SCORE_FLOOR:g}", ratio >= SCORE_FLOOR,
    )
    p99 = median(p99_ms)
    bench.table.add("GET value-score, p99 of 16 clients", bench.kind, f"{p99:.1f} ms", "–", None, f"< {SCORE_P99_LIMIT_MS:g} ms", p99 < SCORE_P99_LIMIT_MS)


def measure_pages(bench: Bench, name: str) -> None:
    """One client at a time, so that the rate is nothing but the inverse of the page's own time."""
    first = f"/v1/{name}?limit=50"
    number, late = walk_to_page(bench, first)

    def rate(path: str) -> float:
        return get(bench, path, Path(), connections=1).per_second

    rates = bench.in_turns({first: lambda: rate(first), late: lambda: rate(late)})
    ratio = rates[first] / rates[late]
    bench.table.add(
        f"list of 50 {name}, page {number:,}", bench.kind, f"{1000 / rates[late]:.2f} ms", f"page 1 {1000 / rates[first]:.2f} ms", ratio,
        f"≤ {PAGE_LIMIT:g}", ratio <= PAGE_LIMIT,
    )


def walk_to_page(bench: Bench, first: str) -> tuple[int, str]:
    """Number and path of page 1,000, or of the last one where there are not so many (a run with few customers)."""
    client = bench.server.client(bench.server.token())
    number, path = 1, first
    while number < PAGE:
        page = client.get(path)
        if page.status != 200:
            raise LabError(f"GET {path} answered {page.status}: {page.text()}")
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
        number, path = number + 1, f"{first}&cursor={urllib.parse.quote(cursor, safe='')}"
    return number, path


def measure_writes(bench: Bench, id_file: Path) -> None:
    clients = 64 if bench.kind == "sqlite" else 16
    posts: list[Load] = []

    def post() -> float:
        run = f"{bench.kind}-{len(posts)}"
        posts.append(wrk(bench.server, "post_customer.lua", bench.server.token(), bench.seconds, clients, run=run))
        return posts[-1].per_second

    def yardstick() -> float:
        if bench.kind == "postgres":
            return pgbench_insert(bench.database, bench.seconds)
        return get(bench, "/v1/customers/{id}", id_file).per_second

    rates = bench.in_turns({"yardstick": yardstick, "post": post})
    name = "pgbench's insert" if bench.kind == "postgres" else "GET customer"
    ratio, floor = rates["post"] / rates["yardstick"], POST_FLOOR[bench.kind]
    bench.table.add(
        f"POST customer, {clients} clients", bench.kind, f"{rates['post']:,.0f}/s", f"{name} {rates['yardstick']:,.0f}/s", ratio,
        f"≥ {floor:g}", ratio >= floor,
    )
    slowest = max(load.max_ms for load in posts)
    refused = sum(load.refused + load.broken for load in posts)
    locked = bench.server.log.read_text(errors="replace").count("database is locked")
    if bench.kind == "sqlite":
        bench.table.add(
            f"slowest POST of {clients} clients", bench.kind, f"{slowest:.0f} ms", "–", None,
            f"≤ {POST_SLOWEST_LIMIT_MS:g} ms", slowest <= POST_SLOWEST_LIMIT_MS,
        )
    bench.table.add(
        f"POSTs refused or \"database is locked\", {clients} clients", bench.kind, f"{refused} refused, {locked} locked", "–", None,
        "0", refused + locked == 0,
    )
