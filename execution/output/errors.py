"""What can go wrong with a workspace, said in the words of the person who has to mend it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from common.errors import Conflict, InvalidInput, NotFound, ServiceUnavailable

_HINTS: Final[dict[int, str]] = {
    errno.ENOSPC: "The disk is full: free some space, then resume the plan.",
    errno.EDQUOT: "The disk quota is used up: free some space, then resume the plan.",
    errno.EROFS: "The file system is read-only: make it writable or choose another workspace folder.",
    errno.EACCES: "The process may not write there: correct the owner or permissions of the workspace folder.",
    errno.EPERM: "The process may not write there: correct the owner or permissions of the workspace folder.",
    errno.EISDIR: "A folder stands where a file of the project belongs: move it away.",
    errno.ENOTDIR: "A file stands where a folder of the project belongs: move it away.",
    errno.ENOTEMPTY: "A folder stands where a file of the project belongs: move it away.",
    errno.EEXIST: "A file stands where a folder of the project belongs: move it away.",
    errno.EIO: "The disk reports an error: check it, then resume the plan.",
    errno.EMFILE: "The process has too many files open: raise its limit.",
    errno.ENAMETOOLONG: "The workspace folder is nested too deeply for the names of the project.",
}


class WorkspaceNotWritable(ServiceUnavailable):
    code = "workspace_not_writable"
    title = "The workspace cannot be written"


class WorkspaceBusy(ServiceUnavailable):
    code = "workspace_busy"
    title = "The workspace is in use"


class WorkspaceInconsistent(Conflict):
    code = "workspace_inconsistent"
    title = "The workspace is half-written"


class TagTaken(Conflict):
    code = "tag_taken"
    title = "The tag marks another commit"


class NoSuchRevision(NotFound):
    code = "no_such_revision"
    title = "No such revision"


class GitFailed(ServiceUnavailable):
    code = "git_failed"
    title = "Git did not do its work"


class UnsupportedProject(InvalidInput):
    code = "unsupported_project"
    title = "This type of project is not supported"


@contextmanager
def translate_os_errors(root: Path) -> Iterator[None]:
    """Turns an ``OSError`` of the disk into ``WorkspaceNotWritable`` with a hint for what to do."""
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "See the reason above.")
        place = error.filename if isinstance(error.filename, str) else str(root)
        raise WorkspaceNotWritable(
            f"Writing {place} failed: {error.strerror or error}.", hint=hint, workspace=str(root)
        ) from error
