"""What no schema says about valid and invalid data, named one by one.

Loaded by schemathesis; see scripts/lab/contract.py."""

from __future__ import annotations

import re

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.hooks import HookContext
from schemathesis.openapi.checks import EnsureResourceAvailability, RejectedPositiveData

ENTITY_TAGS = re.compile(r"""\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*""")
ids_of_dry_runs: set[str] = set()


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    """A dry run answers with what would have been made, its id too; asked for that id, 404 is right."""
    if str((case.query or {}).get("validate_only")).lower() == "true" and response.status_code == 200:
        made = response.json()
        ids_of_dry_runs.update(str(made[name]) for name in ("id", "number") if name in made)


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case, response: Response) -> bool:
    """Whether the failure counts."""
    if isinstance(failure, RejectedPositiveData) and response.status_code == 400:
        problem = response.json()
        # Only cursors that the server itself gave out are valid.
        is_made_up_cursor = problem["code"] == "invalid_cursor"
        # Refused in any text whatever, which the spec says once for all of them.
        has_nul = "U+0000" in problem["detail"]
        # The coverage phase cuts headers to length without regard to their pattern.
        has_cut_tags = problem["code"] == "malformed_request" and has_ill_formed_tags(case)
        return not (is_made_up_cursor or has_nul or has_cut_tags)
    if isinstance(failure, AcceptedNegativeData) and case.operation.path.endswith("/batch"):
        # The items of a batch answer for themselves: one that is refused in its place is refused.
        return not any(result["status"] >= 400 for result in response.json()["results"])
    if isinstance(failure, EnsureResourceAvailability):
        return ids_of_dry_runs.isdisjoint(str(value) for value in (case.path_parameters or {}).values())
    return True


def has_ill_formed_tags(case: Case) -> bool:
    headers = case.headers or {}
    tags = [str(headers[name]) for name in ("If-Match", "If-None-Match") if name in headers]
    return any(not ENTITY_TAGS.fullmatch(tag) for tag in tags)
