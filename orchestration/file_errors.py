"""Files that can't be opened, read or written: the problem as a sentence with a next step.

This module knows the errors of DuckDB, of SQLite (which Dagster keeps its records in) and of the operating system;
callers add advice about their own files.
"""

import errno
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

DAMAGE = re.compile(
    r"corrupt database|not a valid DuckDB database|could not read enough bytes|stored checksum|failed to deserialize",
    re.I,
)
IN_USE = "Could not set lock on file"
NEWER = re.compile(r"newer (version|DuckDB)|version number|storage version", re.IGNORECASE)
"""A file of a newer DuckDB; it is not damaged."""
SPACE = "free some space on that disk and try again"
RIGHTS = "make it writable for this user, or set WAREHOUSE_HOME to a folder that is"
PATH = "check the path, and WAREHOUSE_HOME"
ADVICE = {
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EFBIG: "this process may not write files of that size: raise the limit (`ulimit -f`)",
    errno.EROFS: RIGHTS,
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.ENOENT: PATH,
    errno.ENOTDIR: PATH,
    errno.EISDIR: PATH,
    errno.EEXIST: PATH,
    errno.ENAMETOOLONG: PATH,
    errno.ELOOP: PATH,
    errno.EMFILE: "too many files are open: raise the limit (`ulimit -n`)",
    errno.EIO: "the disk could not be read or written: look at the system's log",
}
DUCKDB_ADVICE = {
    "No space left on device": SPACE,
    "Disk quota exceeded": SPACE,
    "File too large": ADVICE[errno.EFBIG],
    "Read-only file system": RIGHTS,
    "Permission denied": RIGHTS,
    "Operation not permitted": RIGHTS,
    "No such file or directory": PATH,
    "Not a directory": PATH,
    "Is a directory": PATH,
    "Input/output error": ADVICE[errno.EIO],
}
RECORDS = "Dagster's records (the folder `dagster` of the home, or WAREHOUSE_DAGSTER_HOME)"
RECORDS_DAMAGED = "move that folder away and run again: the history of runs is lost, no figure is in it"
SQLITE_ADVICE = {
    "SQLITE_FULL": SPACE,
    "SQLITE_IOERR": "free some space on that disk if it is full, else look at the system's log",
    "SQLITE_READONLY": RIGHTS,
    "SQLITE_CANTOPEN": RIGHTS,
    "SQLITE_CORRUPT": RECORDS_DAMAGED,
    "SQLITE_NOTADB": RECORDS_DAMAGED,
}
"""By the first words of the name of SQLite's error."""


class WarehouseBusy(Exception):
    """Another process holds the working file; the message names its pid."""


class FileUnusable(Exception):
    """A file of the warehouse that can't be used as it is; the message gives the reason and the next step."""


class FileDamaged(FileUnusable):
    """A file that is not, or no longer, a DuckDB file; the message names the way to restore it."""


def is_in_use(text: str) -> bool:
    """Whether this error of DuckDB means that another process holds the file."""
    return IN_USE in text


def is_damage(text: str) -> bool:
    """Whether this error of DuckDB means a damaged file."""
    return DAMAGE.search(text) is not None and IN_USE not in text and NEWER.search(text) is None


def first_line(error: object) -> str:
    return (str(error).strip() or "no reason given").splitlines()[0]


def os_sentence(error: OSError) -> str | None:
    """The operating system's error with a next step; None for errors that are not about files."""
    advice = ADVICE.get(error.errno or 0)
    if advice is None:
        return None
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror}: {advice}"


def duckdb_sentence(text: str) -> str | None:
    """The operating system's error that DuckDB reports, with a next step; None for anything else."""
    if NEWER.search(text) and "file" in text:
        return f"{first_line(text)}: install the DuckDB that wrote it"
    advice = next((advice for words, advice in DUCKDB_ADVICE.items() if words in text), None)
    return f"{first_line(text).removeprefix('IO Error: ')}: {advice}" if advice else None


def sqlite_sentence(error: "sqlite3.Error") -> str | None:
    """SQLite's error about its file, with a next step; None for an error of a statement."""
    name = getattr(error, "sqlite_errorname", "")
    advice = next((advice for words, advice in SQLITE_ADVICE.items() if name.startswith(words)), None)
    return f"{RECORDS}: {first_line(error)}: {advice}" if advice else None
