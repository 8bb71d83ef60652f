"""Style, script and pictures of ours, and Plotly's script from the installed package.

Addresses carry a digest of the content, so browsers may keep a file for a year and still never show an old one.
"""

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import plotly
from litestar import Request, Response, get
from litestar.params import FromPath

from carbon.errors import N_, NotFound

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
PLOTLY = "plotly.min.js"
YEAR_S = 365 * 24 * 3600


@cache
def _content(name: str) -> bytes | None:
    """The bytes of a known file; only names listed in `web/static` and Plotly's own exist."""
    if name == PLOTLY:
        return (Path(plotly.__file__).parent / "package_data" / PLOTLY).read_bytes()
    known = {entry.name: entry for entry in (files("web") / "static").iterdir()}
    return known[name].read_bytes() if name in known and Path(name).suffix in TYPES else None


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(_content(name) or b"", 6, mtime=0)


@cache
def asset_address(name: str) -> str:
    """Where a page finds the file.

    Raises:
        KeyError: no such file; a page names one that was not written.
    """
    content = _content(name)
    if content is None:
        raise KeyError(name)
    return f"/static/{hashlib.sha256(content).hexdigest()[:12]}/{name}"


@get(
    "/static/{digest:str}/{name:str}",
    opt={"public": "style, script and pictures of every page"},
    include_in_schema=False,
    sync_to_thread=False,
)
def read_asset(
    request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """One file; under another digest than today's it does not exist."""
    content = _content(name)
    if content is None or asset_address(name) != f"/static/{digest}/{name}":
        raise NotFound(N_("There is nothing here for you."))
    headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        content = _packed(name)
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=TYPES[Path(name).suffix], headers=headers)
