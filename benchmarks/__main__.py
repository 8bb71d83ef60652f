"""`make bench`, or `make bench ONLY=name`: every file of this folder that offers `benchmarks()`."""

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.runner import Benchmark, run


def found() -> list[Benchmark]:
    """All benchmarks of this folder, in the order of their files."""
    result: list[Benchmark] = []
    for module in sorted(info.name for info in pkgutil.iter_modules(benchmarks.__path__)):
        if module not in {"__main__", "runner"}:
            offer = getattr(importlib.import_module(f"benchmarks.{module}"), "benchmarks", None)
            result += offer() if offer else []
    return result


def main(arguments: list[str]) -> int:
    """Run those whose name begins with an argument (all without one); 2 when there is none of that name."""
    everything = found()
    chosen = [
        one for one in everything if not arguments or any(one.name.startswith(name) for name in arguments)
    ]
    if not chosen:
        print(f"No benchmark begins with {arguments}; there are: {', '.join(one.name for one in everything)}")
        return 2
    missed = run(chosen)
    print(f"{len(chosen) - missed} of {len(chosen)} goals met; written to benchmarks/latest.json")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
