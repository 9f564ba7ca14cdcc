"""``python -m benchmarks``: print every figure of the project in one table, measured in one run.

Absolute times depend on the machine and on what else it does; ratios are taken side by side.
"""

from __future__ import annotations

from benchmarks import evals, requests, setup, start
from benchmarks.table import print_table


def main() -> None:
    for part in (setup, start, requests, evals):
        print_table(part.__doc__ or "", part.measure())


if __name__ == "__main__":
    main()
