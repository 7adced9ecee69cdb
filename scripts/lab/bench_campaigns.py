"""A campaign launched to everybody, and a coupon for which everybody runs at once."""

from __future__ import annotations

import json
import threading
import time

from .bench_http import Bench
from .program import Client, LabError

LAUNCH_LIMIT_S = 10.0
CLIENTS = 16
COUPONS = 100
# More runs than there are coupons, so that some are refused.
RUNS = 10 * COUPONS

# Addresses and consents as the shop's own imports would have brought them.
ADDRESSES = {
    "sqlite": "UPDATE customers SET email = 'reader-' || hex(id) || '@example.com' WHERE email IS NULL",
    "postgres": "UPDATE customers SET email = 'reader-' || id || '@example.com' WHERE email IS NULL",
}
CONSENTS = """INSERT INTO consents (customer_id, channel, purpose, status, source, evidence, at, version, created_at, updated_at)
    SELECT id, 'email', 'marketing', 'granted', 'import', NULL, created_at, 1, created_at, created_at FROM customers
    WHERE NOT EXISTS (SELECT 1 FROM consents WHERE consents.customer_id = customers.id AND channel = 'email' AND purpose = 'marketing')"""
PLAN = {
    "name": "Everybody", "holdout_share": 0.1, "cost_per_message": 5, "rate_per_minute": 1,
    "variants": [
        {"key": key, "share": 0.5, "subject": "{{ customer.name }}, term starts soon", "html": "<p>Dear {{ customer.name }}, <a href=\"https://shop.example/\">all for school</a></p>",
         "text": "Dear {{ customer.nickname or customer.name }},\n\nhttps://shop.example/school\n\nNo more: {{ unsubscribe_url }}\n"}
        for key in ("a", "b")
    ],
}


def measure_campaigns(bench: Bench) -> None:
    measure_launch(bench)
    measure_report(bench)
    measure_race(bench)


def client_of(bench: Bench) -> Client:
    return bench.server.client(bench.server.token(), timeout_s=120)


def made(client: Client, path: str, body: object) -> dict[str, object]:
    answer = client.post(path, body)
    if answer.status not in (200, 201):
        raise LabError(f"POST {path}: {answer.status} {answer.text()}")
    return dict(answer.json())


def measure_launch(bench: Bench) -> None:
    bench.database.query(ADDRESSES[bench.kind])
    bench.database.query(CONSENTS)
    client = client_of(bench)
    everybody = made(client, "/v1/segments", {"name": "Everybody", "definition": {"not": {"fact": "tags", "has": "nobody"}}})["id"]
    seconds: list[float] = []
    for number in range(bench.rounds):
        campaign = made(client, "/v1/campaigns", {**PLAN, "name": f"Everybody {number}", "audience": {"segments_in": [everybody]}})["id"]
        began = time.monotonic()
        made(client, f"/v1/campaigns/{campaign}/launch", {})
        seconds.append(time.monotonic() - began)
        made(client, f"/v1/campaigns/{campaign}/pause", {})
        progress = json.loads(client.get(f"/v1/campaigns/{campaign}/progress").body)
        reached = sum(group["count"] for group in progress["groups"] if group["status"] in ("waiting", "held_out", "queued", "sent"))
        if reached < 0.8 * progress["audience"]:
            raise LabError(f"the launch reached {reached} of {progress['audience']}")
    slowest = max(seconds)
    bench.table.add(
        f"launch of a campaign to {progress['audience']:,}", bench.kind, f"{slowest:.2f} s at the slowest", "–", None, f"< {LAUNCH_LIMIT_S:g} s",
        slowest < LAUNCH_LIMIT_S,
    )


def measure_report(bench: Bench) -> None:
    """Of the last campaign, as if all had been sent a year ago: everybody's orders of a year."""
    client = client_of(bench)
    newest = json.loads(client.get("/v1/campaigns?limit=1").body)["data"][0]["id"]
    a_year = "31536000000000" if bench.kind == "sqlite" else "interval '365 days'"
    bench.database.query(f"UPDATE campaigns SET starts_at = starts_at - {a_year}, launched_at = launched_at - {a_year} WHERE name LIKE 'Everybody%'")
    began = time.monotonic()
    answer = client.get(f"/v1/campaigns/{newest}/report")
    seconds = time.monotonic() - began
    if answer.status != 200:
        raise LabError(f"the report: {answer.status} {answer.text()}")
    people = json.loads(answer.body)["treated"]["people"]
    bench.table.add(f"report on a campaign to {people:,}", bench.kind, f"{seconds:.2f} s", "–", None, "–", True)


def measure_race(bench: Bench) -> None:
    client = client_of(bench)
    made(client, "/v1/products", {"sku": f"RACE-{bench.kind}", "title": "A book", "price": 4500})
    batch = {"name": "Race", "kind": "amount", "amount": 100, "code": f"RACE-{bench.kind.upper()}", "total_limit": COUPONS}
    batch_id = made(client, "/v1/coupon-batches", batch)["id"]
    statuses: list[int] = []
    lock = threading.Lock()

    def run() -> None:
        mine = client_of(bench)
        for _ in range(RUNS // CLIENTS):
            order = {"channel": "web", "coupon_code": batch["code"], "lines": [{"sku": f"RACE-{bench.kind}", "quantity": 1}]}
            status = mine.post("/v1/orders", order).status
            with lock:
                statuses.append(status)

    began = time.monotonic()
    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    redeemed = json.loads(client.get(f"/v1/coupon-batches/{batch_id}").body)["redeemed"]
    others = [status for status in statuses if status not in (201, 409)]
    bench.table.add(
        f"coupons redeemed of a limit of {COUPONS} by {CLIENTS} clients", bench.kind,
        f"{redeemed} counted, {statuses.count(201)} orders, {len(statuses) / seconds:,.0f} tries/s, {len(others)} other answers", "–", None, f"= {COUPONS}",
        redeemed == COUPONS == statuses.count(201) and not others,
    )
