"""How a file comes in: as multipart field `file`, or as the raw body with `?file_name=`."""

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from accounts.enterprise.reading import FILE_BYTES
from carbon.errors import N_, Problem
from web.api.answers import XLSX

UPLOAD_TYPES = ("multipart/form-data", "application/octet-stream", "text/csv", "application/json", XLSX)
UPLOAD_LIMIT_BYTES = FILE_BYTES + 64 * 1024
"""The largest file with its multipart frame; reading sets narrower limits by kind."""

_NAMES = {"application/json": "activities.json", "text/csv": "activities.csv", XLSX: "activities.xlsx"}


@dataclass(frozen=True)
class Upload:
    """A file's name as its sender calls it, and its bytes."""

    file_name: str
    content: bytes


async def upload_of(request: Request[Any, Any, Any]) -> Upload:
    """The file of this request.

    Raises:
        Problem: no field `file`.
    """
    content_type = request.content_type[0]
    if content_type != "multipart/form-data":
        name = request.query_params.get("file_name") or _NAMES.get(content_type, "activities")
        return Upload(name, await request.body())
    file = (await request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise Problem(N_("Choose a file to upload."), at="file")
    return Upload(file.filename, await file.read())


@dataclass
class UploadOperation(Operation):
    """The description of such a body for OpenAPI."""

    def __post_init__(self) -> None:
        """Multipart with one file, or the bytes themselves."""
        binary = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": binary}, required=["file"])
        self.request_body = RequestBody(
            required=True,
            content={
                kind: OpenAPIMediaType(schema=form if kind == "multipart/form-data" else binary)
                for kind in UPLOAD_TYPES
            },
        )
