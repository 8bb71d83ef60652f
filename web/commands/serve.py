"""`carbon serve`: API and pages, and nothing else."""

import click
from rich.console import Console

from web.commands.processes import answers, children, stop_signals, usable_port, wait_for_stop, wait_until
from web.commands.serving import environment_of, granian_arguments, refuse_unready, served_database
from web.settings import LOOPBACK_HOSTS, StartRefused, web_settings_from_environment


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default 8000, or a free one when that is taken.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Worker processes.")
def command(host: str, port: int | None, workers: int) -> None:
    """Serve API and pages until SIGTERM or Ctrl-C; accepted requests are finished within 15 s."""
    settings = web_settings_from_environment()
    if settings.local_trial and host not in LOOPBACK_HOSTS | {"::1"}:
        raise StartRefused(f"A local trial listens on loopback only, not {host}; unset CARBON_LOCAL_TRIAL.")
    console = Console()
    with served_database(settings) as running, stop_signals() as stop:
        refuse_unready(running)
        number = usable_port(host, port)
        with children(environment_of(running)) as started:
            started.start("web", granian_arguments(host, number, workers))
            health = f"http://{host}:{number}/api/v1/health"
            if wait_until(
                lambda: answers(health, host=min(running.hosts)), stop=stop, watched=started, limit_s=60
            ):
                console.print(f"Serving on http://{host}:{number}", highlight=False)
            ended = wait_for_stop(stop=stop, watched=started)
    if ended is not None:
        raise StartRefused(f"The {ended} process ended by itself; its last lines above say why.")
