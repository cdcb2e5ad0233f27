"""One machine of a lake, as a process: it loads landing files, a transaction per file, or reads until stopped.

`python -m tests.lake.worker load FOLDER [PART OF]`: the files of FOLDER, oldest first; with PART and OF, every OF-th.
`python -m tests.lake.worker read SECONDS`: counts rows again and again; a response that is there in part is torn.
It prints a line per transaction, before and after.
"""

import sys
import time
from pathlib import Path

from orchestration.ingest.landing import Landing
from orchestration.raw.load import load
from orchestration.raw.working_file import connect, prepare
from orchestration.settings import Settings
from tests.lake.events import EVENTS, ROWS


def load_all(folder: Path, part: int, of: int) -> None:
    found = [stored for i, stored in enumerate(Landing(folder).all("acme")) if i % of == part]
    with connect(Settings.load().working_file) as connection:
        prepare(connection, [EVENTS])
        for stored in found:
            print("begin", stored.response_id, flush=True)
            loaded = load(connection, EVENTS, [stored], folder)
            print("done", stored.response_id, loaded.rows_new, flush=True)


def read(seconds: float) -> None:
    until = time.monotonic() + seconds
    reads = torn = 0
    with connect(Settings.load().working_file, read_only=True) as connection:
        while time.monotonic() < until:
            found = connection.execute(
                "select (select count(*) from raw.acme_events), "
                f"(select count(*) * {ROWS} from raw.responses where source = 'acme')"
            ).fetchall()
            torn += found[0][0] != found[0][1]
            reads += 1
    print("reads", reads, torn, flush=True)


if __name__ == "__main__":
    doing, *words = sys.argv[1:]
    if doing == "load":
        load_all(Path(words[0]), *(int(word) for word in words[1:] or ("0", "1")))
    else:
        read(float(words[0]))
