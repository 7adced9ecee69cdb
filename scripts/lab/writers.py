"""Writers that put customers, orders and payments in over the API and remember what was acknowledged.

Every request carries an Idempotency-Key, so that one whose answer was lost can be sent again: whether the first
attempt was committed or not, afterwards it must have happened exactly once."""

from __future__ import annotations

import collections
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Optional

from .program import Answer, Client, LabError, Server, new_key

SKU = "LAB-0001"
# Longer than any recovery that still counts as one.
RETRY_LIMIT_S = 30.0


@dataclass
class Request:
    path: str
    body: dict[str, Any]
    success: int = 201
    key: str = field(default_factory=new_key)

    def send(self, client: Client) -> Answer:
        return client.post(self.path, self.body, {"Idempotency-Key": self.key})


@dataclass
class Ledger:
    """What the server promised, shared by all writers."""

    promised: dict[str, Any] = field(default_factory=dict)  # a resource's path -> how it was last acknowledged
    writes: int = 0
    unanswered: list[Request] = field(default_factory=list)
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    problems: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    last_success: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, request: Request, answer: Answer) -> str:
        """Remembers the promise and returns the id of what was written."""
        body = answer.json()
        with self.lock:
            self.promised["/".join(request.path.split("/")[:3] + [body["id"]])] = body
            self.writes += 1
            self.last_success = time.monotonic()
        return str(body["id"])

    def success_after(self, moment: float) -> Optional[float]:
        """When the last write succeeded, if that was after this moment."""
        return self.last_success if self.last_success > moment else None

    def problem(self, text: str) -> None:
        with self.lock:
            self.problems.append(text)


class Writer(threading.Thread):
    """Posts a customer, an order for it and its payment, again and again, until it is told to stop.

    `patient`: a 503 is tried again with the same key (the database is away, the server is not).
    Not patient: the first lost connection ends the writer (the server has been killed)."""

    def __init__(self, name: str, server: Server, token: str, ledger: Ledger, stop: threading.Event, patient: bool) -> None:
        super().__init__(name=name, daemon=True)
        self.client, self.ledger, self.stop_event, self.patient = server.client(token), ledger, stop, patient

    def run(self) -> None:
        number = 0
        while not self.stop_event.is_set():
            number += 1
            person = {"name": f"Writer {self.name}", "email": f"{self.name}-{number}@lab.test"}
            if (customer := self.write(Request("/v1/customers", person))) is None:
                return
            if (order := self.write(Request("/v1/orders", order_for(customer)))) is None:
                return
            if self.write(Request(f"/v1/orders/{order}/pay", {}, success=200)) is None:
                return

    def write(self, request: Request) -> Optional[str]:
        """The id of what was written, or None when this writer has come to its end."""
        give_up = time.monotonic() + RETRY_LIMIT_S
        while True:
            started = time.monotonic()
            try:
                answer = request.send(self.client)
            except OSError as error:
                with self.ledger.lock:
                    self.ledger.unanswered.append(request)
                if self.patient:
                    self.ledger.problem(f"POST {request.path}: the server did not answer: {error!r}")
                return None
            with self.ledger.lock:
                self.ledger.statuses[answer.status] += 1
                self.ledger.slowest_s = max(self.ledger.slowest_s, time.monotonic() - started)
            if answer.status == request.success:
                return self.ledger.acknowledge(request, answer)
            if answer.status == 503 and self.patient and time.monotonic() < give_up:
                if fault := fault_of_503(answer):
                    self.ledger.problem(fault)
                time.sleep(0.05)
                continue
            self.ledger.problem(f"POST {request.path} answered {answer.status}: {answer.text()}")
            return None


def fault_of_503(answer: Answer) -> str:
    """What the contract promises of a 503 and this one lacks; empty when it is as it should be."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return f"a 503 that is no problem+json: {answer.headers.get('content-type')}: {answer.text()}"
    if "retry-after" not in answer.headers:
        return "a 503 without Retry-After"
    if answer.json().get("status") != 503:
        return f"a 503 whose body says otherwise: {answer.text()}"
    return ""


def order_for(customer: str) -> dict[str, Any]:
    return {
        "customer_id": customer, "type": "sale", "channel": "store", "currency": "CNY", "placed_at": "2026-06-30T08:15:00Z",
        "lines": [{"sku": SKU, "quantity": 2, "unit_price": 4950}, {"sku": SKU, "quantity": 1, "unit_price": 1200, "discount": 200}],
    }


def stock_the_shop(client: Client) -> None:
    """The one product that all orders name."""
    answer = client.post("/v1/products", {"sku": SKU, "title": "A book", "price": 4950, "currency": "CNY"})
    if answer.status != 201:
        raise LabError(f"POST /v1/products answered {answer.status}: {answer.text()}")


def start_writers(count: int, prefix: str, server: Server, token: str, ledger: Ledger, patient: bool) -> tuple[threading.Event, list[Writer]]:
    stop = threading.Event()
    writers = [Writer(f"{prefix}w{number}", server, token, ledger, stop, patient) for number in range(count)]
    for writer in writers:
        writer.start()
    return stop, writers


def join_writers(writers: list[Writer], ledger: Ledger) -> None:
    for writer in writers:
        writer.join(timeout=RETRY_LIMIT_S + 35)
        if writer.is_alive():
            ledger.problem(f"writer {writer.name} hangs: a request got no answer at all")
