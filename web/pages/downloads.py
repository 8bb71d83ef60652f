"""Files handed out: as attachments with a safe name (INP-7)."""

from urllib.parse import quote

from litestar import Response

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(content: bytes, name: str, media_type: str = XLSX) -> Response[bytes]:
    """The file under an RFC 6266 name, an ASCII one beside it for old programs."""
    plain = name.encode("ascii", "ignore").decode().replace('"', "").replace("\\", "").strip(" .") or "file"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})
