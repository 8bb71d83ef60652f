"""The command line as an operator meets it: in a process of its own, with an embedded database in a folder of its own."""

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


def test_the_first_administrator_is_made_by_a_code_that_works_once(tmp_path):
    assert carbon(tmp_path, "migrate").returncode == 0
    code = re.search(r"code: (\S+)", carbon(tmp_path, "administrator", "code").stdout).group(1)
    create = ["administrator", "create", "--code", code, "--login", "first", "--name", "First"]
    create += ["--organisation", "示例市生态环境局", "--password", "a bridge over two rivers"]
    assert carbon(tmp_path, *create).returncode == 0
    again = carbon(tmp_path, *create)
    assert again.returncode == 1
    assert "Traceback" not in again.stderr
    assert carbon(tmp_path, "administrator", "code").returncode == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_ends_cleanly_and_soon_on_a_signal(tmp_path, number):
    assert carbon(tmp_path, "migrate").returncode == 0
    with running(tmp_path, "serve", CARBON_LOCAL_TRIAL="1") as process:
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
