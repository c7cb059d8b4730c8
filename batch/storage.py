"""Files on this machine and in Amazon S3, by one interface: a name is an absolute path, or s3://BUCKET/KEY."""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from pyarrow import NativeFile, fs

from command_line import CommandError
from digits.s3 import S3_URI, invalid_uri
from training.files import write_atomically

AWS_ERROR = re.compile(r"AWS Error (?P<code>\w+)")
AWS_HINTS = {
    "NO_SUCH_BUCKET": "there is no such bucket. Check its name",
    "ACCESS_DENIED": "access denied. Use credentials that may read and write it",
    "NETWORK_CONNECTION": "S3 does not respond. Check the connection, and AWS_ENDPOINT_URL if it is set",
}

type Place = tuple[fs.FileSystem, str]


def absolute(name: str) -> str:
    """Return an absolute path or an s3:// URI. Raises CommandError for a URI that is neither."""
    if not name.startswith("s3://"):
        return os.path.abspath(name)
    if not S3_URI.fullmatch(name):
        raise CommandError(f"{invalid_uri(name)}.")
    return name.rstrip("/")


def is_on_s3(name: str) -> bool:
    return name.startswith("s3://")


def place(name: str) -> Place:
    """Return the file system of a name, and the path in it."""
    if not is_on_s3(name):
        return fs.LocalFileSystem(), name
    path = name.removeprefix("s3://")
    return _bucket(path.partition("/")[0]), path


@cache
def _bucket(bucket: str) -> fs.S3FileSystem:
    """Connect to the endpoint of the environment, or else to AWS in the environment's or the bucket's region."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region and not endpoint:
        region = fs.resolve_s3_region(bucket)
    return fs.S3FileSystem(region=region, endpoint_override=endpoint, connect_timeout=5, request_timeout=30)


@contextmanager
def readable_errors(name: str) -> Iterator[None]:
    """Raise CommandError with one line instead of Arrow's errors of S3."""
    try:
        yield
    except OSError as error:
        if not is_on_s3(name):
            hint = " Free some space, then go on with --resume." if error.errno == errno.ENOSPC else ""
            reason = " ".join(str(error.strerror or error).split())
            raise CommandError(f"{name} cannot be read or written ({reason}).{hint}") from None
        match = AWS_ERROR.search(str(error))
        reason = AWS_HINTS.get(match["code"], match["code"]) if match else str(error).splitlines()[0]
        raise CommandError(f"{name}: {reason}.") from None


def open_file(name: str) -> NativeFile:
    """Open a file for reading at any position. Raises OSError."""
    system, path = place(name)
    return system.open_input_file(path)


def read(name: str, size: int) -> bytes:
    """Return the first `size` bytes of a file, or all of a shorter one. Raises OSError."""
    if is_on_s3(name):
        with open_file(name) as file:
            content: bytes = file.read(min(size, file.size()))  # read(size) would allocate `size` bytes first
            return content
    with open(name, "rb") as local:  # takes half the time of Arrow's
        return local.read(min(size, os.fstat(local.fileno()).st_size))


def files(name: str) -> list[fs.FileInfo]:
    """Return the files below a folder or prefix, at any depth, by name; none if there is no such folder."""
    system, path = place(name)
    infos = system.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True))
    return sorted((info for info in infos if info.type == fs.FileType.File), key=lambda info: info.path)


def info(name: str) -> fs.FileInfo:
    """Return type, size (bytes) and time of a file or folder."""
    system, path = place(name)
    return system.get_file_info(path)


def exists(name: str) -> bool:
    return bool(info(name).type != fs.FileType.NotFound)


def has_bucket(name: str) -> bool:
    """Return whether the bucket of an s3:// URI exists: a listing of one that does not is empty."""
    bucket = name.removeprefix("s3://").partition("/")[0]
    return exists(f"s3://{bucket}")


def full_name(name: str, path: str) -> str:
    """Return the name of a path in the file system of `name`."""
    return f"s3://{path}" if is_on_s3(name) else path


def make_folder(name: str) -> None:
    """Create a local folder; S3 has none."""
    if not is_on_s3(name):
        Path(name).mkdir(parents=True, exist_ok=True)


def write(name: str, content: memoryview) -> None:
    """Write a file atomically: S3 shows an object once it is whole."""
    if not is_on_s3(name):
        write_atomically(Path(name), lambda temporary: temporary.write_bytes(content))
        return
    system, path = place(name)
    with system.open_output_stream(path) as stream:
        stream.write(content)


def delete(name: str) -> None:
    """Delete a file."""
    system, path = place(name)
    system.delete_file(path)


def delete_folder(name: str) -> None:
    """Delete a folder without files, if there is one; on S3, the empty object that Arrow makes for it."""
    system, path = place(name)
    system.delete_dir_contents(path, missing_dir_ok=True)
    if exists(name):
        system.delete_dir(path)
