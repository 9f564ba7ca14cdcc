"""``python -m benchmarks [--quick] [PART …]``: print the figures of the project, measured in one run.

Absolute times depend on the machine and on what else it does; ratios are taken side by side.
"""

from __future__ import annotations

import argparse

from benchmarks import (
    batch,
    cells,
    display,
    effort,
    evals,
    explorer,
    memory,
    peers,
    prefix,
    requests,
    setup,
    start,
    stop,
    suggest,
    utilisation,
    verify,
)
from benchmarks.table import print_table

PARTS = {
    part.__name__.rpartition(".")[2]: part
    for part in (
        setup,
        start,
        requests,
        evals,
        peers,
        utilisation,
        stop,
        prefix,
        memory,
        cells,
        display,
        explorer,
        suggest,
        batch,
        verify,
    )
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Print the figures of the project.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these, of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="measure just enough to see that it works")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if options.quick:
        effort.set_quick()
    for name in options.parts or PARTS:
        print_table(PARTS[name].__doc__ or "", PARTS[name].measure())


if __name__ == "__main__":
    main()
