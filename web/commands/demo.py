"""`carbon demo` (= `make run`): everything on one machine, with a sample city to try it on."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.status import Status
from rich.table import Table

from accounts.database.bootstrap import prepared_database, server_url
from accounts.database.pool import pool
from accounts.database.roles import Role
from accounts.database.settings import settings_from_environment
from accounts.sample.citizens import settle_now, spend_some
from accounts.sample.city import LoadedCity, load_city
from web.commands.processes import (
    Children,
    answers,
    children,
    stop_signals,
    usable_port,
    wait_for_stop,
    wait_until,
)
from web.commands.serving import environment_of, granian_arguments, refuse_unready
from web.settings import StartRefused, WebSettings

HOST = "127.0.0.1"
console = Console()


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Default 8000, or a free one when that is taken.")
def command(port: int | None) -> None:
    """Set up, load the sample city, start web and scheduler; Ctrl-C stops everything."""
    os.environ["CARBON_LOCAL_TRIAL"] = "1"
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell may have had us ignore SIGINT
        signal.signal(number, signal.default_int_handler)
    settings = WebSettings(database=settings_from_environment(), local_trial=True, log_level="WARNING")
    try:
        with console.status("Starting PostgreSQL …") as status, server_url(settings.database) as server:
            settings, city = prepared_city(settings, server, status)
            run(settings, city, port, status)
    except KeyboardInterrupt:
        console.print("Stopped.")


def prepared_city(settings: WebSettings, server: str, status: Status) -> tuple[WebSettings, LoadedCity]:
    """A migrated database with the sample city in it; two copies starting at once take turns."""

    async def prepare() -> tuple[WebSettings, LoadedCity]:
        tell_step(status, "Migrating")
        url = await prepared_database(server, settings.database)
        running = replace(settings, database=replace(settings.database, database_url=url))
        async with pool(url, Role.WEB, running.database):
            city = await load_city(settings.database.home, report=lambda text: tell_step(status, text))
        tell_step(status, "Settling the citizens' month")
        async with pool(url, Role.SCHEDULER, running.database):
            await settle_now()
        async with pool(url, Role.WEB, running.database):
            await spend_some(settings.database.home)
        return running, city

    with alone(settings.database.home, status):
        return asyncio.run(prepare())


@contextmanager
def alone(home: Path, status: Status) -> Iterator[None]:
    """One process of this home at a time; the lock ends with the process, however it ends."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "setup.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell_step(status, "Waiting for another copy that is setting up")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def tell_step(status: Status, text: str) -> None:
    """What is being done: beside the spinner, or line by line where there is no terminal."""
    status.update(f"{text} …")
    if not console.is_terminal:
        console.print(f"{text} …", highlight=False)


def run(settings: WebSettings, city: LoadedCity, port: int | None, status: Status) -> None:
    """Web and scheduler until a signal.

    Raises:
        StartRefused: one of them ended by itself.
    """
    refuse_unready(settings)
    number = usable_port(HOST, port)
    address = f"http://{HOST}:{number}"
    with stop_signals() as stop, children(environment_of(settings)) as started:
        tell_step(status, "Starting web and scheduler")
        start_both(started, number)
        healthy = wait_until(
            lambda: answers(f"{address}/api/v1/health", host=HOST), stop=stop, watched=started, limit_s=60
        )
        status.stop()
        if healthy:
            tell(address, city)
        ended = wait_for_stop(stop=stop, watched=started)
        console.print("Stopping …")
    if ended is not None:
        raise StartRefused(f"The {ended} process ended by itself; its last lines above say why.")
    console.print("Stopped. Run it again and everything is still there.")


def start_both(started: Children, port: int) -> None:
    """The two processes of a running city."""
    started.start("web", granian_arguments(HOST, port, workers=1))
    started.start("scheduler", ["scheduler"])


def tell(address: str, city: LoadedCity) -> None:
    """The address, who can sign in, and where the story begins."""
    console.print(f"\n[bold]{address}[/bold]   API: {address}/api/v1/openapi.json", highlight=False)
    if city.sign_ins:
        table = Table(title="Sample sign-ins (this installation only)", title_justify="left")
        table.add_column("Login", no_wrap=True)
        table.add_column("Password", no_wrap=True)
        table.add_column("Organisation", overflow="fold")
        for person in city.sign_ins:
            table.add_row(person.login, person.password, f"{person.organisation_zh} {person.organisation_en}")
        console.print(table)
    if city.workbook is not None:
        console.print(
            f"To upload as [bold]enterprise[/bold]: {city.workbook}", highlight=False, soft_wrap=True
        )
    if city.note:
        console.print(city.note)
    console.print("Ctrl-C stops everything.", style="dim")
