"""What is on disk: files and folders as a whole or not at all, the runs of a folder, where results come from.

disk: ordinary files, written for good · folder: results folders and the files in them · runs: stored runs ·
manifest: versions, digests, seeds, machine, time
"""

from experiments.store.disk import StoreError, check_ordinary, read_bytes, read_json, reason
from experiments.store.folder import (
    CONFIG,
    INVENTORY,
    LOCK,
    MANIFEST,
    RUNS,
    alone,
    check_nothing_foreign,
    check_writable,
    files_in,
    finish_replacing,
    inventory,
    mend,
    read_table,
    replacing,
    write_bytes,
    write_csv,
    write_json,
    write_parquet,
    write_table,
    write_toml,
)

__all__ = [
    "CONFIG",
    "INVENTORY",
    "LOCK",
    "MANIFEST",
    "RUNS",
    "StoreError",
    "alone",
    "check_nothing_foreign",
    "check_ordinary",
    "check_writable",
    "files_in",
    "finish_replacing",
    "inventory",
    "mend",
    "read_bytes",
    "read_json",
    "read_table",
    "reason",
    "replacing",
    "write_bytes",
    "write_csv",
    "write_json",
    "write_parquet",
    "write_table",
    "write_toml",
]
