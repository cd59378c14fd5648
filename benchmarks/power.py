"""How often the verdict on the paradox errs, and what it can see, on simulated studies of a design.

    python -m benchmarks.power --seeds 12 --documents 200 --spread 0.05 --studies 300
"""

from __future__ import annotations

import argparse

from tellback.analysis.power import Design, in_words, rates

SIZES = (60e3, 120e3, 250e3, 500e3, 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=12, help="of each of five sizes, 60k to 1M")
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--facts", type=int, default=1, help="asked of each document")
    parser.add_argument("--spread", type=float, default=0.05, help="standard deviation of seeds of one size, as a share")
    parser.add_argument("--fall", type=float, default=0.10, help="from the smallest size to the largest, where something falls")
    parser.add_argument("--studies", type=int, default=1000, help="simulated in each of four worlds")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    design = Design(SIZES, given.seeds, given.documents, given.facts, given.spread, fall=given.fall)
    found = rates(design, given.studies, given.seed)
    for world, said in found.items():
        print(f"{world:14}" + "".join(f"  {verdict} {share:.1%}" for verdict, share in said.items()))
    print(in_words(found, design, given.studies))


if __name__ == "__main__":
    main()
