import asyncio
import datetime as dt
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from scheduler.feeds.breaker import FAILURES, REST_SECONDS, Breaker
from scheduler.feeds.client import Destination, FeedProblem, fetch
from tests.scheduler.feeds.server import plain, serving


def local(url, **limits):
    return Destination("trial", url, local=True, first_wait_seconds=0.01, **limits)


async def test_a_body_arrives_whole_and_nothing_packed_is_asked_for():
    async with serving(plain(b"quotes")) as asked:
        assert await fetch(local(asked.url()), Breaker()) == b"quotes"
    assert b"accept-encoding: identity" in asked.heads[0].lower()
    assert f"host: 127.0.0.1:{asked.port}".encode() in asked.heads[0].lower()


async def test_plain_http_is_refused_unless_the_destination_is_listed_as_local():
    async with serving(plain(b"quotes")) as asked:
        with pytest.raises(FeedProblem, match="must begin with https://"):
            await fetch(Destination("feed", asked.url()), Breaker())
    assert asked.heads == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "10.0.0.8", "169.254.169.254", "[::1]", "[fd00::1]", "[::ffff:127.0.0.1]"],
)
async def test_an_address_that_is_not_public_is_not_dialled(host):
    with pytest.raises(FeedProblem, match="no public address"):
        await fetch(Destination("feed", f"https://{host}/x"), Breaker())


@pytest.mark.parametrize(
    "url", ["https:///x", "https://user:secret@example.org/", "ftp://example.org/", "https://[x"]
)
async def test_an_address_of_another_kind_is_refused_and_no_password_repeated(url):
    with pytest.raises(FeedProblem) as told:
        await fetch(Destination("feed", url), Breaker())
    assert "secret" not in str(told.value)


async def test_proxy_settings_of_the_environment_are_not_obeyed(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(plain(b"quotes")) as asked:
        assert await fetch(local(asked.url()), Breaker()) == b"quotes"


async def test_a_redirect_is_not_followed():
    answer = plain(b"", status="302 Found", headers="Location: http://127.0.0.1:1/\r\n")
    async with serving(answer) as asked:
        with pytest.raises(FeedProblem, match="HTTP 302 instead of 200"):
            await fetch(local(asked.url()), Breaker())
    assert len(asked.heads) == 1


async def test_a_passing_failure_is_tried_again():
    async with serving(plain(b"", status="503 Busy"), plain(b"quotes")) as asked:
        assert await fetch(local(asked.url()), Breaker()) == b"quotes"
    assert len(asked.heads) == 2


async def test_attempts_are_bounded_and_the_last_reason_told():
    async with serving(plain(b"", status="500 Broken")) as asked:
        with pytest.raises(FeedProblem, match="3 attempts failed; the last one: HTTP 500"):
            await fetch(local(asked.url()), Breaker())
    assert len(asked.heads) == 3


async def test_more_bytes_than_allowed_are_not_read():
    async with serving(plain(b"x" * 200_000)) as asked:
        with pytest.raises(FeedProblem, match="larger than 1000 bytes"):
            await fetch(local(asked.url(), max_bytes=1000), Breaker())


async def test_a_packed_answer_is_refused_before_it_is_unpacked():
    async with serving(plain(b"\x1f\x8b", headers="Content-Encoding: gzip\r\n")) as asked:
        with pytest.raises(FeedProblem, match=r"packed \(gzip\)"):
            await fetch(local(asked.url()), Breaker())


async def test_an_answer_that_drips_is_cut_off_in_total():
    async def drip(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(drip) as asked:
        with pytest.raises(FeedProblem, match=r"no complete answer within 0\.3 seconds"):
            await fetch(local(asked.url(), total_seconds=0.3), Breaker())


async def test_an_answer_that_never_begins_is_cut_off_by_the_reading_limit():
    async def silence(writer):
        await writer.wait_closed()

    async with serving(silence) as asked:
        with pytest.raises(FeedProblem, match="1 attempts failed; the last one: ReadTimeout"):
            await fetch(local(asked.url(), read_seconds=0.1, attempts=1), Breaker())


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    async with serving(plain(b"quotes"), tls=self_signed(tmp_path)) as asked:
        with pytest.raises(FeedProblem, match="ConnectError"):
            await fetch(local(asked.url(scheme="https"), attempts=1), Breaker())
    assert asked.heads == []


def self_signed(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


async def test_a_system_that_keeps_failing_is_left_alone_for_a_while():
    now = [1000.0]
    breaker = Breaker(clock=lambda: now[0])
    async with serving(*[plain(b"", status="404 Gone")] * FAILURES, plain(b"quotes")) as asked:
        for _ in range(FAILURES):
            with pytest.raises(FeedProblem, match="HTTP 404"):
                await fetch(local(asked.url()), breaker)
        with pytest.raises(FeedProblem, match="asked again in 60 seconds"):
            await fetch(local(asked.url()), breaker)
        assert len(asked.heads) == FAILURES
        now[0] += REST_SECONDS
        assert await fetch(local(asked.url()), breaker) == b"quotes"
        assert breaker.rests_for("trial") == 0
