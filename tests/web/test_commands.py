"""The command line as an operator meets it: in a process of its own, with an embedded database in a folder of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CARBON = [sys.executable, "-c", "from web.commands import main; main(prog_name='carbon')"]
LONG_S = 240
pytestmark = pytest.mark.timeout(600)


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CARBON_", "DATABASE_URL"))
    }
    return {**kept, "CARBON_HOME": str(home), "PYTHONUNBUFFERED": "1", "COLUMNS": "200", **more}


def carbon(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CARBON, *arguments],
        env=environment(home, **more),
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )


@contextmanager
def running(home: Path, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*CARBON, *arguments],
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def address_said_by(process: subprocess.Popen[str]) -> str:
    ends_s = time.monotonic() + LONG_S
    said = []
    assert process.stdout is not None
    while time.monotonic() < ends_s:
        line = process.stdout.readline()
        said.append(line)
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return found.group()
        if not line and process.poll() is not None:
            break
    raise AssertionError("".join(said))


def is_healthy(address: str) -> bool:
    with urllib.request.urlopen(f"{address}/api/v1/health", timeout=10) as answer:  # noqa: S310 - our own
        return answer.status == 200


def stopped(process: subprocess.Popen[str], signal_number: int) -> tuple[int, str]:
    process.send_signal(signal_number)
    rest, _ = process.communicate(timeout=LONG_S)
    return process.returncode, rest


def test_help_names_every_command(tmp_path):
    said = carbon(tmp_path, "--help").stdout
    for name in ["administrator", "calculate", "check-books", "demo", "jobs", "migrate", "serve"]:
        assert name in said


def test_calculating_needs_neither_server_nor_web_framework():
    code = "import sys, web.commands.calculate; print({'litestar', 'granian'} & set(sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG_S, check=True
    )
    assert "granian" not in said.stdout


def test_serving_without_a_database_is_refused_with_the_remedy(tmp_path):
    done = carbon(tmp_path, "serve")
    assert done.returncode == 1
    assert "CARBON_LOCAL_TRIAL=1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_trial_is_not_served_to_the_network(tmp_path):
    done = carbon(tmp_path, "serve", "--host", "192.0.2.1", CARBON_LOCAL_TRIAL="1")
    assert done.returncode == 1
    assert "loopback" in done.stderr


def test_serving_an_unmigrated_database_is_refused_with_the_remedy(tmp_path):
    done = carbon(tmp_path, "serve", CARBON_LOCAL_TRIAL="1")
    assert done.returncode == 1
    assert "carbon migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    assert carbon(home, "migrate").returncode == 0
    return home


def test_the_first_administrator_is_made_by_a_code_that_works_once(migrated):
    code = re.search(r"code: (\S+)", carbon(migrated, "administrator", "code").stdout).group(1)
    create = ["administrator", "create", "--code", code, "--login", "first", "--name", "First"]
    create += ["--organisation", "示例市生态环境局", "--password", "a bridge over two rivers"]
    assert carbon(migrated, *create).returncode == 0
    again = carbon(migrated, *create)
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    assert carbon(migrated, "administrator", "code").returncode == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_ends_cleanly_and_soon_on_a_signal(migrated, number):
    with running(migrated, "serve", CARBON_LOCAL_TRIAL="1") as process:
        address = address_said_by(process)
        assert is_healthy(address)
        started_s = time.monotonic()
        status, said = stopped(process, number)
        assert status == 0, said
        assert time.monotonic() - started_s < 16


def test_a_taken_port_is_avoided_unless_it_was_asked_for(tmp_path):
    from web.commands.processes import usable_port

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert usable_port("127.0.0.1", None, preferred=number) != number
        with pytest.raises(OSError, match="in use"):
            usable_port("127.0.0.1", number)


def test_books_and_scheduled_work_are_looked_after_from_the_command_line(migrated):
    books = carbon(migrated, "check-books")
    assert books.returncode == 0, books.stderr
    assert "laws" in books.stdout
    once = carbon(migrated, "jobs", "once", CARBON_LOCAL_TRIAL="1")
    assert once.returncode == 0, once.stderr
    listed = carbon(migrated, "jobs", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    runs = json.loads(listed.stdout)
    assert {run["state"] for run in runs} == {"done"}
    again = carbon(migrated, "jobs", "rerun", runs[0]["series"], runs[0]["due_at"], CARBON_LOCAL_TRIAL="1")
    assert again.returncode == 0, again.stderr
    assert carbon(migrated, "jobs", "rerun", runs[0]["series"], "2001-01-01T00:00").returncode == 1
