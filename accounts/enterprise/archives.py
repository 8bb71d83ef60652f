"""Whether a zip archive is safe to open, read from its directory before anything is unpacked (INP-5)."""

import io
import zipfile

from carbon.errors import N_, Problem, TooLarge

MEMBERS = 1_000
RATIO = 100
UNPACKED_BYTES = 100 * 1024 * 1024
ROOM_FOR_SMALL_MEMBERS_BYTES = 1024 * 1024
"""A member this small may be packed tighter than `RATIO`: empty style sheets often are."""

_NESTED = (".zip", ".gz", ".7z", ".rar", ".xz", ".bz2", ".tar", ".jar", ".xlsx", ".xlsm", ".docx")


def check_archive(content: bytes, name: str) -> None:
    """Refuse an archive that is broken, encrypted, nested, or unpacks to more than the limits.

    The sizes come from the directory; a member that lies about its size is stopped by the memory limit of
    the child process that unpacks it.

    Raises:
        Problem, TooLarge: which limit, the size found, and what to do.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Problem(
            N_(
                "{name} is damaged and cannot be opened as a workbook. Open it in Excel or WPS and save it again."
            ),
            name=name,
        ) from error
    if len(members) > MEMBERS:
        raise TooLarge(
            N_("{name} holds {count} parts; a workbook may hold {limit}. Copy the rows into a new workbook."),
            name=name,
            count=len(members),
            limit=MEMBERS,
        )
    for member in members:
        _check_member(member, name)
    _check_total(sum(member.file_size for member in members), len(content), name)


def _check_member(member: zipfile.ZipInfo, name: str) -> None:
    if member.flag_bits & 0x1:
        raise Problem(
            N_("{name} is protected by a password. Save it without one and upload again."), name=name
        )
    if member.filename.lower().endswith(_NESTED):
        raise Problem(
            N_("{name} holds another file, {member}. Remove the embedded file and upload again."),
            name=name,
            member=member.filename[-100:],
        )
    if member.file_size > max(ROOM_FOR_SMALL_MEMBERS_BYTES, RATIO * max(member.compress_size, 1)):
        raise _too_tight(name, member.file_size)


def _check_total(unpacked: int, packed: int, name: str) -> None:
    if unpacked > UNPACKED_BYTES:
        raise _too_tight(name, unpacked)
    if unpacked > max(ROOM_FOR_SMALL_MEMBERS_BYTES, RATIO * packed):
        raise _too_tight(name, unpacked)


def _too_tight(name: str, unpacked: int) -> TooLarge:
    return TooLarge(
        N_(
            "{name} would unpack to {unpacked_mb} MB, more than the {limit_mb} MB or {ratio} times its size "
            "allowed. Delete empty formatted rows and pictures, or save the rows as CSV."
        ),
        name=name,
        unpacked_mb=round(unpacked / 1024 / 1024),
        limit_mb=UNPACKED_BYTES // 1024 // 1024,
        ratio=RATIO,
    )
