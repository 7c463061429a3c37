"""The law of sources: one look at a source brings its new files into the spool, bounded and whole.

A folder gives its files in the order of their sequences, those that were taken before left out.
An address gives one file, asked for conditionally (ETag, Last-Modified). Names say what the files
are (`file_names`); an address may say it by `Content-Disposition`.
"""

import asyncio
import os
import stat
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from holdfast.flights.domain.delivery import Delivery
from holdfast.flights.entrypoints.ingest.file_names import FileName, file_name_of
from holdfast.flights.entrypoints.ingest.settings import Source
from holdfast.flights.entrypoints.ingest.spool import CHUNK_BYTES, PlainFile, Spool

MAX_ENTRIES = 10_000
"""Entries of a folder that one look regards."""
READ_S = 30.0
"""An address sends its next bytes within that time."""
CONNECT_S = 10.0
MAX_REDIRECTS = 3


class SourceFault(Exception):
    """A look at a source that brought nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a look brought: its envelope, its content, what to call it in logs."""

    delivery: Delivery
    file: PlainFile
    name: str


@dataclass(slots=True)
class Memory:
    """What is known of a source from earlier looks: files that were dealt with, and validators."""

    seen: set[tuple[str, int, int]] = field(default_factory=set)
    etag: str = ""
    last_modified: str = ""


async def stays_at_its_host(answer: httpx.Response) -> None:
    """A hook of the client: whoever runs a source cannot send us to another host, where only we
    may be let in. Raises `SourceFault`."""
    if not answer.has_redirect_location:
        return
    asked = answer.request.url
    try:
        there = asked.join(answer.headers["location"])
    except httpx.InvalidURL:
        raise SourceFault("it sends on to what is no address") from None
    is_kept = there.scheme in (asked.scheme, "https")
    if there.host != asked.host or not is_kept:
        raise SourceFault(f"it sends on to another host, {there.host[:100]}")


def looked_at(
    source: Source, memory: Memory, spool: Spool, client: httpx.AsyncClient
) -> AsyncGenerator[Found, None]:
    """The new files of a source, one after another; each is the caller's to `drop`. Raises
    `SourceFault`, `BadPacking`, `SpoolFull`. What was yielded and not raised is remembered."""
    if source.url.startswith("file:"):
        return _folder(source, memory, spool)
    return _address(source, memory, spool, client)


async def _folder(source: Source, memory: Memory, spool: Spool) -> AsyncGenerator[Found, None]:
    folder = Path(unquote(urlsplit(source.url).path))
    listed = await asyncio.to_thread(lambda: list(_entries(folder, source.airline)))
    memory.seen &= {key for _, key, _ in listed}
    for name, key, path in listed:
        if key in memory.seen:
            continue
        plain = await asyncio.to_thread(_copied, path, name, spool)
        produced_at = datetime.fromtimestamp(key[1] / 1e9, UTC)
        delivery = name.delivery(produced_at, plain.sha256, plain.size_bytes)
        yield Found(delivery, plain, path.name)
        memory.seen.add(key)


def _entries(folder: Path, airline: str) -> Iterator[tuple[FileName, tuple[str, int, int], Path]]:
    """Regular files with a name of ours, in the order in which they are taken."""
    try:
        entries = [entry for entry, _ in zip(os.scandir(folder), range(MAX_ENTRIES), strict=False)]
    except OSError as error:
        raise SourceFault(f"the folder cannot be read: {error.strerror}") from None
    found = []
    for entry in entries:
        name = file_name_of(entry.name)
        if name is None or name.airline != airline:
            continue
        facts = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(facts.st_mode):
            key = (entry.name, facts.st_mtime_ns, facts.st_size)
            found.append((name.feed, name.sequence or 0, key[1], name, key, Path(entry.path)))
    found.sort(key=lambda one: one[:3])
    for *_, name, key, path in found:
        yield name, key, path


def _copied(path: Path, name: FileName, spool: Spool) -> PlainFile:
    """The file in the spool: what the airline does with its own meanwhile does not matter."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise SourceFault(f"{path.name} cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        _check_size(size, spool)
        spool.check_room(name.airline, size)
        upload = spool.open(name.airline, _in_spool(name), 0)
        try:
            left = spool.limits.file
            while left and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                upload.write(chunk)
        finally:
            upload.close()
    return spool.finish(name.airline, _in_spool(name), packed=name.is_packed)


async def _address(
    source: Source, memory: Memory, spool: Spool, client: httpx.AsyncClient
) -> AsyncGenerator[Found, None]:
    headers = {"accept-encoding": "gzip, identity"}
    if memory.etag:
        headers["if-none-match"] = memory.etag
    if memory.last_modified:
        headers["if-modified-since"] = memory.last_modified
    try:
        async with client.stream("GET", source.url, headers=headers) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return
            if answer.status_code != httpx.codes.OK:
                raise SourceFault(f"it answered {answer.status_code}")
            name = _name_of(answer)
            if name is None or name.airline != source.airline:
                raise SourceFault("its name does not say which feed it is")
            await _received(answer, name, spool)
    except httpx.HTTPError as error:
        raise SourceFault(f"it cannot be reached: {type(error).__name__}") from None
    is_coded = answer.headers.get("content-encoding", "").strip().lower() == "gzip"
    plain = await asyncio.to_thread(
        spool.finish, name.airline, _in_spool(name), packed=name.is_packed or is_coded
    )
    modified = _date_of(answer)
    yield Found(name.delivery(modified, plain.sha256, plain.size_bytes), plain, source.url)
    memory.etag = answer.headers.get("etag", "")[:200]
    memory.last_modified = answer.headers.get("last-modified", "")[:100]


async def _received(answer: httpx.Response, name: FileName, spool: Spool) -> None:
    """The body as it was sent, packed or not, into the spool."""
    declared = answer.headers.get("content-length", "")
    size = int(declared) if declared.isdigit() and len(declared) < 16 else 0
    _check_size(size, spool)
    await asyncio.to_thread(spool.check_room, name.airline, size or spool.limits.file)
    upload = await asyncio.to_thread(spool.open, name.airline, _in_spool(name), 0)
    came = 0
    try:
        async for chunk in answer.aiter_raw(CHUNK_BYTES):
            came += len(chunk)
            _check_size(came, spool)
            await asyncio.to_thread(upload.write, chunk)
    finally:
        await asyncio.shield(asyncio.to_thread(upload.close))


def _check_size(size: int, spool: Spool) -> None:
    if size > spool.limits.file:
        raise SourceFault(f"the file is larger than {spool.limits.file} bytes")


def _name_of(answer: httpx.Response) -> FileName | None:
    _, _, told = answer.headers.get("content-disposition", "").partition("filename=")
    told = told.partition(";")[0].strip().strip('"')
    return file_name_of(told or unquote(answer.url.path.rpartition("/")[2]))


def _date_of(answer: httpx.Response) -> datetime:
    """When the file was made, as far as the server says."""
    for header in ("last-modified", "date"):
        try:
            found = parsedate_to_datetime(answer.headers.get(header, ""))
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    raise SourceFault("it does not say when the file was made (Last-Modified, Date)")


def _in_spool(name: FileName) -> str:
    """Uploads are named by numbers, so this is nobody's."""
    return f"{name.feed}.fetched"
