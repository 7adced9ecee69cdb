"""Measures speed and memory against yardsticks of the same run, and prints a Markdown table.

Started by scripts/bench, which also builds the release binary and brings the PostgreSQL cluster. A missed mark is a
result, not a failure: the exit code says only whether everything could be measured."""

from __future__ import annotations

import argparse
import shutil
import sys

from . import feedback_rows
from .bench_bulk import make_ledger, measure_import, measure_scoring
from .bench_campaigns import measure_campaigns
from .bench_feedback import measure_feedback
from .bench_http import Bench, measure_http
from .bench_segments import measure_segments
from .bench_table import Table
from .program import LabError, Program, Server, fresh_folder, postgres_program, run_checked


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000, help="how many; ten lines each (100000)")
    parser.add_argument("--feedback", type=int, default=100_000, help="how much feedback of them (100000)")
    parser.add_argument("--seconds", type=int, default=3, help="length of each measurement under load (3)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, whose medians are compared (3)")
    parser.add_argument("--only", choices=["sqlite", "postgres"], help="one database instead of both")
    parser.add_argument("--parts", default="import,scoring,http,feedback,segments,campaigns", help="some of import,scoring,http,feedback,segments,campaigns; the data is imported once in any case")
    parser.add_argument("--log", default="warn", metavar="LEVEL", help="the server's PATRON_LOG (warn)")
    options = parser.parse_args()
    parts = set(options.parts.split(","))

    try:
        program = Program("release")
        if shutil.which(postgres_program("pgbench")) is None:
            raise LabError("pgbench is missing beside the PostgreSQL server: install it (Debian, Ubuntu: apt-get install postgresql)")
        root = fresh_folder("bench")
        table = Table()
        print("Making the ledgers", file=sys.stderr)
        ledger = make_ledger(program, root, options.customers)
        tenth = make_ledger(program, root, options.customers // 10)
        for kind in [options.only] if options.only else ["sqlite", "postgres"]:
            folder = root / kind
            folder.mkdir()
            database = measure_import(program, kind, folder, ledger, options.rounds if "import" in parts else 1, table)
            if "scoring" in parts:
                measure_scoring(program, kind, folder, (database, ledger), tenth, options.rounds, table)
            else:
                program.run_well(database, "score")
            if "feedback" in parts:
                feedback_rows.load(database, folder, options.feedback)
            if parts & {"http", "feedback", "segments", "campaigns"}:
                with Server(program, database, folder / "server.log", PATRON_LOG=options.log).start() as server:
                    bench = Bench(server, database, folder, options.seconds, options.rounds, table)
                    if "feedback" in parts:
                        measure_feedback(bench)
                    if "segments" in parts:
                        measure_segments(bench)
                    if "http" in parts:
                        measure_http(bench)
                    if "campaigns" in parts:
                        measure_campaigns(bench)
                    server.stop()
    except LabError as error:
        print(f"scripts/bench: {error}", file=sys.stderr)
        return 1

    facts = [
        f"{options.customers:,} customers, {ledger.lines:,} order lines",
        run_checked([postgres_program("postgres"), "--version"]).stdout.strip(),
        f"{options.rounds} rounds of {options.seconds} s, medians",
        f"PATRON_LOG={options.log}",
    ]
    text = table.markdown(facts)
    (root / "table.md").write_text(text)
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
