"""Writers that put customers and orders in over the API and remember what was acknowledged.

Every request carries an Idempotency-Key, so that one whose answer was lost can be sent again: whether the first
attempt was committed or not, afterwards there must be exactly one of it."""

from __future__ import annotations

import collections
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from .program import Answer, Client, LabError, Server, new_key

SKU = "LAB-0001"
# Longer than any recovery that still counts as one.
RETRY_LIMIT_S = 30.0


@dataclass
class Request:
    path: str
    body: dict[str, Any]
    key: str = field(default_factory=new_key)

    def send(self, client: Client) -> Answer:
        return client.post(self.path, self.body, {"Idempotency-Key": self.key})


@dataclass
class Ledger:
    """What the server promised, shared by all writers."""

    file: Path
    customers: dict[str, str] = field(default_factory=dict)  # id -> e-mail
    orders: list[str] = field(default_factory=list)
    unanswered: list[Request] = field(default_factory=list)
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    problems: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    last_success: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acknowledge(self, request: Request, answer: Answer) -> str:
        identifier = str(answer.json()["id"])
        with self.lock:
            if request.path == "/v1/customers":
                self.customers[identifier] = request.body["email"]
            else:
                self.orders.append(identifier)
            self.last_success = time.monotonic()
            with self.file.open("a") as file:
                file.write(f"{request.path}/{identifier}\n")
        return identifier

    def problem(self, text: str) -> None:
        with self.lock:
            self.problems.append(text)

    def acknowledged(self) -> list[str]:
        return [f"/v1/customers/{id}" for id in self.customers] + [f"/v1/orders/{id}" for id in self.orders]


class Writer(threading.Thread):
    """Posts a customer, then an order for it, until it is told to stop.

    `patient`: a 503 is tried again with the same key (the database is away, the server is not).
    Not patient: the first lost connection ends the writer (the server has been killed)."""

    def __init__(self, name: str, server: Server, token: str, ledger: Ledger, stop: threading.Event, patient: bool) -> None:
        super().__init__(name=name, daemon=True)
        self.client, self.ledger, self.stop_event, self.patient = server.client(token), ledger, stop, patient

    def run(self) -> None:
        number = 0
        while not self.stop_event.is_set():
            number += 1
            email = f"{self.name}-{number}@lab.test"
            customer = self.write(Request("/v1/customers", {"kind": "individual", "name": f"Writer {self.name}", "email": email}))
            if customer is None:
                return
            if self.write(Request("/v1/orders", order_for(customer))) is None:
                return

    def write(self, request: Request) -> Optional[str]:
        """The new id, or None when this writer has come to its end."""
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
            if answer.status == 201:
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
