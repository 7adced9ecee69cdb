"""Asks one path over and over and remembers what was answered when."""

from __future__ import annotations

import threading
import time
from typing import Optional

from .program import Client

PAUSE_S = 0.05


class Watch(threading.Thread):
    """Starts at once; an answer that is not `allowed`, or none at all, is a problem."""

    def __init__(self, client: Client, path: str, allowed: set[int]) -> None:
        super().__init__(daemon=True)
        self.client, self.path, self.allowed = client, path, allowed
        self.seen: list[tuple[float, float, int]] = []  # sent, answered, status
        self.problems: list[str] = []
        self.stop_event = threading.Event()
        self.start()

    def run(self) -> None:
        while not self.stop_event.wait(PAUSE_S):
            sent = time.monotonic()
            try:
                status = self.client.get(self.path).status
            except OSError as error:
                self.problems.append(f"GET {self.path}: {error!r}")
                continue
            self.seen.append((sent, time.monotonic(), status))
            if status not in self.allowed:
                self.problems.append(f"GET {self.path} answered {status}")

    def stop(self) -> None:
        self.stop_event.set()
        self.join(timeout=self.client.connection.timeout)
        if self.is_alive():
            self.problems.append(f"GET {self.path} got no answer at all")

    def first(self, status: int, since: float) -> Optional[float]:
        """When this status was first answered to a request sent after that moment."""
        return next((answered for sent, answered, seen in list(self.seen) if sent >= since and seen == status), None)

    def count(self, status: int) -> int:
        return sum(seen == status for _, _, seen in self.seen)

    @property
    def slowest_s(self) -> float:
        return max((answered - sent for sent, answered, _ in self.seen), default=0.0)
