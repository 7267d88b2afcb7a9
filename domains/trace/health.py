"""Whether the published files are what the database says."""

from __future__ import annotations

from domains.extensions.extension import CheckResult
from domains.trace import reads
from domains.trace.published import store


def data_files() -> CheckResult:
    """Every file of the current publication exists with the bytes that were published."""
    current = reads.current_publication()
    served = store.current_folder()
    if current is None:
        if served:
            return CheckResult("warn", f"Readers get {served}, of which the database knows nothing. Run the export.")
        return CheckResult("warn", "Nothing has been exported yet.")
    if served != current.folder:
        found = f"readers get {served}" if served else "readers get nothing"
        return CheckResult("fail", f"{current.folder} should be published, but {found}. Run the export.")
    return _compare(current.folder)


def _compare(folder: str) -> CheckResult:
    try:
        bad, total = store.damaged(folder), len(store.read_index(folder)["files"])
    except FileNotFoundError:
        return CheckResult("fail", f"The index of {folder} is gone. Run the export.")
    if bad:
        return CheckResult("fail", f"Missing or altered: {', '.join(bad[:5])}. Run the export.", len(bad), "files")
    return CheckResult("pass", f"{total} published files are complete.", total, "files")
