"""The result of scripts/bench: one Markdown row for each mark."""

from __future__ import annotations

import datetime
import os
import platform
import sys
from typing import Optional

HEADINGS = ("what", "database", "measured", "yardstick", "ratio", "target", "verdict")


class Table:
    """Rows in the order in which they were measured; each is told on stderr as soon as it is known."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, ...]] = []

    def add(self, what: str, kind: str, measured: str, yardstick: str, ratio: Optional[float], target: str, reached: bool) -> None:
        row = (what, kind, measured, yardstick, "–" if ratio is None else f"{ratio:.2f}", target, "ok" if reached else "MISSED")
        self.rows.append(row)
        print("  ".join(row), file=sys.stderr, flush=True)

    def markdown(self, facts: list[str]) -> str:
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
        machine = f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}) shared by server, database and load generator"
        lines = [f"Measured on {today}: {machine}; {'; '.join(facts)}.", "", "| " + " | ".join(HEADINGS) + " |", "|" + " --- |" * len(HEADINGS)]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        missed = sum(row[-1] != "ok" for row in self.rows)
        return "\n".join([*lines, "", f"{len(self.rows) - missed} of {len(self.rows)} marks reached."]) + "\n"
