"""What the web process is told at start, and when it refuses to start (SECURITY_REQUIREMENTS OPS-1)."""

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from accounts.database.settings import DatabaseSettings, settings_from_environment
from accounts.identity.encryption import NoKeys, keyring

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


class StartRefused(RuntimeError):  # noqa: N818 - the name is said to a person
    """The program will not start like this; the message is one sentence with the remedy."""


@dataclass(frozen=True)
class WebSettings:
    """Read once at start.

    `hosts` are the names (without port) under which browsers reach us; `proxies` the addresses or networks of
    front proxies whose `X-Forwarded-For` is believed (AUT-6); `local_trial` serves plain HTTP on loopback.
    """

    database: DatabaseSettings
    hosts: frozenset[str] = LOOPBACK_HOSTS
    local_trial: bool = False
    debug: bool = False
    proxies: tuple[str, ...] = ()
    body_deadline_s: float = 30.0
    log_level: str = "INFO"
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        """Refuse what cannot be served safely.

        Raises:
            StartRefused: with the remedy.
        """
        if self.debug and not self.local_trial:
            raise StartRefused("CARBON_DEBUG is set outside a local trial; unset it.")
        if not self.hosts:
            raise StartRefused("No host is allowed; set CARBON_HOSTS to the names this site is reached by.")
        for host in self.hosts:
            if "*" in host or "/" in host or host != host.strip().lower():
                raise StartRefused(f"CARBON_HOSTS holds {host!r}; list plain lower-case host names by comma.")
        if self.local_trial and not self.hosts <= LOOPBACK_HOSTS:
            raise StartRefused(
                "A local trial speaks plain HTTP and only on loopback; "
                "unset CARBON_LOCAL_TRIAL to serve other hosts behind TLS."
            )
        if not self.local_trial:
            _refuse_weak_database_url(self.database.database_url)
        if self.log_level not in LOG_LEVELS:
            raise StartRefused(f"CARBON_LOG_LEVEL is {self.log_level!r}; use one of {', '.join(LOG_LEVELS)}.")
        try:
            networks = tuple(ipaddress.ip_network(proxy) for proxy in self.proxies)
        except ValueError as error:
            raise StartRefused(
                f"CARBON_PROXIES is not a list of addresses or networks: {error}; write e.g. 10.0.0.0/8."
            ) from error
        object.__setattr__(self, "networks", networks)

    @property
    def session_cookie(self) -> str:
        """The cookie's name; the `__Host-` prefix needs TLS, which a local trial has not (AUT-10)."""
        return "session" if self.local_trial else "__Host-session"


def _refuse_weak_database_url(url: str) -> None:
    """The database roles' passwords derive from the administrator's, so an empty or short one is refused."""
    if not url:
        raise StartRefused(
            "DATABASE_URL is empty; name a PostgreSQL, or set CARBON_LOCAL_TRIAL=1 to try the embedded one."
        )
    parts = urlsplit(url)
    over_socket = not parts.hostname
    if not over_socket and len(parts.password or "") < 12:
        raise StartRefused(
            "The password in DATABASE_URL is missing or shorter than 12 characters; give the user a longer one."
        )


def web_settings_from_environment() -> WebSettings:
    """`CARBON_HOSTS`, `CARBON_LOCAL_TRIAL`, `CARBON_DEBUG`, `CARBON_PROXIES`, `CARBON_LOG_LEVEL`, and the database's."""
    local_trial = _switched_on("CARBON_LOCAL_TRIAL")
    if not local_trial:
        _refuse_without_field_keys()
    return WebSettings(
        database=settings_from_environment(),
        hosts=frozenset(_listed("CARBON_HOSTS")) or LOOPBACK_HOSTS,
        local_trial=local_trial,
        debug=_switched_on("CARBON_DEBUG"),
        proxies=tuple(_listed("CARBON_PROXIES")),
        log_level=os.environ.get("CARBON_LOG_LEVEL", "INFO").strip().upper(),
    )


def _refuse_without_field_keys() -> None:
    """Phone numbers and second factors are encrypted; better found out now than by the first citizen (DAT-6)."""
    try:
        keyring()
    except NoKeys as error:
        raise StartRefused(str(error)) from error


def _listed(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def _switched_on(name: str) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in {"", "0", "1", "true", "false", "yes", "no"}:
        raise StartRefused(f"{name} is {value!r}; set it to 1 or 0.")
    return value in {"1", "true", "yes"}
