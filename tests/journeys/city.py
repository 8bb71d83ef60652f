"""A whole city running as `carbon demo` runs it: PostgreSQL, web and scheduler in a home of its own."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import memory_folder

START_S = 90
STOP_S = 30


@dataclass(frozen=True)
class City:
    """Where the city is served, and who can sign in."""

    address: str
    home: Path

    def password_of(self, login: str) -> str:
        return str(json.loads((self.home / "sample-sign-ins.json").read_text())[login])


@contextmanager
def running_city() -> Iterator[City]:
    """Start the demo on a free port, wait until it names its address, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="carbon-city-", dir=memory_folder()) as folder:
        home = Path(folder) / "home"
        output = Path(folder) / "output.txt"
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        environment |= {"CARBON_HOME": str(home), "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
        with output.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-c", "from web.commands import main; main()", "demo", "--port", "0"],
                env=environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            yield City(_address(process, output), home)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    ends_s = time.monotonic() + START_S
    while time.monotonic() < ends_s:
        said = output.read_text(errors="replace")
        found = re.search(r"^(http://127\.0\.0\.1:\d+)\s", said, re.MULTILINE)
        if found:
            return found.group(1)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"The city did not start:\n{output.read_text(errors='replace')}")
