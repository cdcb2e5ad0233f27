"""Files that survive a power cut: flushed to disk before a name points to them."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FLUSHED_AT_ONCE = 16
"""A file system writes what several wait for in one go: one after another, each would wait for a write of its own."""


def make_durable(path: Path) -> None:
    """Make a file read-only and flush it."""
    path.chmod(0o444)
    flush(path)


def make_all_durable(folder: Path) -> None:
    """The same for every file of a folder and of those below; their folders are flushed, too.

    A file that is read-only was flushed before: by `make_durable`, or with the release that it belonged to first.
    """
    below = list(folder.rglob("*"))
    files = [path for path in below if path.is_file() and path.stat().st_mode & 0o222]
    folders = [folder, *(path for path in below if path.is_dir())]
    with ThreadPoolExecutor(FLUSHED_AT_ONCE, thread_name_prefix="flush") as pool:
        list(pool.map(make_durable, files))
        list(pool.map(flush, folders))


def write_whole(path: Path, text: str) -> None:
    """Write a small file: after a power cut, or on a full disk, it is whole, or as it was before."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        flush(unfinished)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    flush(path.parent)


def flush(path: Path) -> None:
    """Have the disk store a file's content, or a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
