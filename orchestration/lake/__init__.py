"""One working store that several machines share: a DuckLake, with its catalogue in PostgreSQL and its rows on S3.

Belongs here: its settings, attaching it, leases, the shared landing files and releases, moving a home into it. Not
here: what is in the raw tables (`orchestration.raw`); code that reads and writes them does not know where they are.
"""
