"""Exceptions that a user can put right, as sentences: settings, homes, files, disks. No command has to catch them."""

from orchestration.file_errors import FileUnusable, duckdb_sentence, first_line, is_damage, os_sentence
from orchestration.settings import SettingsError


def known_problem(error: BaseException | None) -> str | None:
    """What is wrong and what to do; None for what nobody foresaw.

    What a library wrapped into an error of its own is looked for in it, and in a group of errors that of the first.
    """
    while error is not None:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if sentence := _sentence(error):
            return sentence
        error = error.__cause__
    return None


def _sentence(error: BaseException) -> str | None:
    import duckdb

    from orchestration.build.invocation import TransformFailed
    from orchestration.file_errors import WarehouseBusy
    from orchestration.home import WrongHome
    from orchestration.release.open import NothingPublished

    if isinstance(error, FileUnusable | NothingPublished | SettingsError | TransformFailed | WarehouseBusy | WrongHome):
        return str(error)
    if isinstance(error, duckdb.Error):
        if is_damage(str(error)):
            return f"a file of the warehouse is damaged: {first_line(error)}. `warehouse status` looks at each of them"
        return duckdb_sentence(str(error))
    # Those of requests are of this kind, too, and no matter of files.
    if isinstance(error, OSError) and type(error).__module__ == "builtins":
        return os_sentence(error)
    return None
