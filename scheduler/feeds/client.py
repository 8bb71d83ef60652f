"""The only way out: one builder for every request to another system (SECURITY_REQUIREMENTS OUT-1, OUT-2).

https with verified certificates, no proxies or settings from the environment, no redirects, limits on time and
bytes, a few retries with growing waits. A name is looked up once, each of its addresses must be public, and the
address that was checked is the one that is dialled. `Destination.local` opens one address of a test or trial.
"""

import asyncio
import ipaddress
import math
import random
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from carbon.errors import N_, Problem
from scheduler.feeds.breaker import Breaker

_BREAKER = Breaker()
_TRY_AGAIN = {429, 500, 502, 503, 504}


class FeedProblem(Problem):
    """Another system gave no usable answer; what was in force stays in force."""

    code = "feed-unusable"


@dataclass(frozen=True)
class Destination:
    """One outside address we may ask, and how much of it we stand."""

    name: str
    url: str
    local: bool = False
    max_bytes: int = 1_000_000
    connect_seconds: float = 5.0
    read_seconds: float = 10.0
    total_seconds: float = 30.0
    attempts: int = 3
    first_wait_seconds: float = 0.5
    body: bytes | None = None
    """What is sent there as plain text, if anything; it must do no harm to arrive twice."""


async def fetch(destination: Destination, breaker: Breaker = _BREAKER) -> bytes:
    """The body at the destination, complete and within its limits.

    Raises:
        FeedProblem: the address may not be dialled, or no good answer came; says which limit or status it was.
    """
    rest = breaker.rests_for(destination.name)
    if rest:
        raise FeedProblem(
            N_("{feed}: failed too often just now; it is asked again in {seconds} seconds."),
            feed=destination.name,
            seconds=math.ceil(rest),
        )
    try:
        body = await _within_time(destination)
    except FeedProblem:
        breaker.failed(destination.name)
        raise
    breaker.succeeded(destination.name)
    return body


async def _within_time(destination: Destination) -> bytes:
    try:
        async with asyncio.timeout(destination.total_seconds):
            host = _checked_host(destination)
            address = await _address_of(destination, host)
            return await _with_retries(destination, address)
    except TimeoutError:
        raise FeedProblem(
            N_("{feed}: no complete answer within {seconds} seconds."),
            feed=destination.name,
            seconds=destination.total_seconds,
        ) from None


def _checked_host(destination: Destination) -> str:
    try:
        parts = urlsplit(destination.url)
        httpx.URL(destination.url)
    except (ValueError, httpx.InvalidURL):
        raise FeedProblem(
            N_("{feed}: the address is no URL; correct the setting."), feed=destination.name
        ) from None
    if parts.scheme != "https" and not (destination.local and parts.scheme == "http"):
        raise FeedProblem(
            N_("{feed}: the address must begin with https://; it is {url}."),
            feed=destination.name,
            url=destination.url,
        )
    if not parts.hostname or parts.username or parts.password:
        raise FeedProblem(
            N_("{feed}: the address needs a host and no user name; it is {url}."),
            feed=destination.name,
            url=f"{parts.scheme}://{parts.hostname or ''}",
        )
    return parts.hostname


async def _address_of(destination: Destination, host: str) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise FeedProblem(
            N_("{feed}: the name {host} is not known to the name service."), feed=destination.name, host=host
        ) from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    private = [address for address in addresses if not ipaddress.ip_address(address).is_global]
    if private and not destination.local:
        raise FeedProblem(
            N_("{feed}: {host} leads to {address}, which is no public address."),
            feed=destination.name,
            host=host,
            address=private[0],
        )
    return addresses[0]


def _client(destination: Destination) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=True,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(destination.read_seconds, connect=destination.connect_seconds),
        # Nothing packed is asked for and nothing packed is taken: the bytes counted are the bytes kept.
        headers={"Accept-Encoding": "identity", "User-Agent": "inclusive-carbon"},
    )


async def _with_retries(destination: Destination, address: str) -> bytes:
    async with _client(destination) as client:
        for attempt in range(1, destination.attempts + 1):
            try:
                return await _ask(client, destination, address)
            except _TransientError as error:
                if attempt == destination.attempts:
                    raise FeedProblem(
                        N_("{feed}: {attempts} attempts failed; the last one: {reason}."),
                        feed=destination.name,
                        attempts=destination.attempts,
                        reason=str(error),
                    ) from error
            wait = destination.first_wait_seconds * 2 ** (attempt - 1)
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
    raise AssertionError("unreachable")


class _TransientError(Exception):
    """Worth another attempt."""


async def _ask(client: httpx.AsyncClient, destination: Destination, address: str) -> bytes:
    url = httpx.URL(destination.url)
    sent = {} if destination.body is None else {"Content-Type": "text/plain; charset=utf-8"}
    request = client.build_request(
        "GET" if destination.body is None else "POST",
        url.copy_with(host=address),
        content=destination.body,
        headers={"Host": url.netloc.decode("ascii"), **sent},
        extensions={"sni_hostname": url.host},
    )
    try:
        response = await client.send(request, stream=True)
        try:
            _check_status(destination, response)
            return await _read(destination, response)
        finally:
            await response.aclose()
    except httpx.TransportError as error:
        raise _TransientError(type(error).__name__) from error


def _check_status(destination: Destination, response: httpx.Response) -> None:
    if response.status_code in _TRY_AGAIN:
        raise _TransientError(f"HTTP {response.status_code}")
    if response.status_code != httpx.codes.OK:
        raise FeedProblem(
            N_("{feed}: answered HTTP {status} instead of 200; redirects are not followed."),
            feed=destination.name,
            status=response.status_code,
        )
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise FeedProblem(
            N_("{feed}: the answer is packed ({encoding}), which was not asked for."),
            feed=destination.name,
            encoding=response.headers["content-encoding"],
        )


async def _read(destination: Destination, response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > destination.max_bytes:
            raise FeedProblem(
                N_("{feed}: the answer is larger than {limit} bytes."),
                feed=destination.name,
                limit=destination.max_bytes,
            )
    return bytes(body)
