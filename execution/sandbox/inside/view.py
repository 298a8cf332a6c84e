"""The file system a command sees: system directories and Python read-only, its workspace, nothing else of the host."""

from __future__ import annotations

import os

from execution.sandbox.inside import kernel
from execution.sandbox.inside.copying import copy_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from execution.sandbox.inside.order import Order

WORKSPACE = "/workspace"
HOME = "/home/sandbox"
USER = 1000
SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
_SETTINGS = ("ld.so.cache", "ld.so.conf", "mime.types", "services", "protocols")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_WRITTEN = {
    "passwd": f"root:x:0:0:root:/root:/bin/sh\nsandbox:x:{USER}:{USER}:sandbox:{HOME}:/bin/sh\n",
    "group": f"root:x:0:\nsandbox:x:{USER}:\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def build_view(order: Order, owner: int) -> None:
    """Makes the new root and moves into it. Must run in fresh mount and pid namespaces.

    ``owner`` is the user id, as the launcher sees it, that the command will have.
    """
    kernel.mount("none", "/", flags=kernel.RECURSIVE | kernel.PRIVATE)
    kernel.mount("tmpfs", "/tmp", "tmpfs", kernel.NOSUID | kernel.NODEV, "size=64k,mode=755")  # noqa: S108 - a base
    os.mkdir("/tmp/old")  # noqa: S108 - on the file system mounted above
    os.mkdir("/tmp/new")  # noqa: S108
    kernel.pivot_root("/tmp", "/tmp/old")  # noqa: S108
    os.chdir("/")
    inodes = max(10_000, order.disk // 16384)
    kernel.mount("tmpfs", "/new", "tmpfs", kernel.NOSUID, f"size={order.disk},nr_inodes={inodes},mode=755")
    _bind_system()
    _write_settings()
    _make_devices(owner)
    for source, target in order.binds:
        _bind(source, target)
    for path, mode in ((WORKSPACE, 0o755), (HOME, 0o700), ("/tmp", 0o1777)):  # noqa: S108 - of the new root
        os.makedirs(f"/new{path}", exist_ok=True)
        os.chmod(f"/new{path}", mode)
    copy_tree(f"/old{order.workspace}", f"/new{WORKSPACE}", frozenset(order.skipped), owner)
    for path in (WORKSPACE, HOME):
        os.chown(f"/new{path}", owner, owner)
    os.mkdir("/new/proc")
    kernel.mount("proc", "/new/proc", "proc", kernel.NOSUID | kernel.NODEV)
    os.chdir("/new")
    kernel.pivot_root(".", ".")
    kernel.detach(".")
    os.chdir(WORKSPACE)


def _bind_system() -> None:
    for name in SYSTEM:
        if os.path.islink(f"/old/{name}"):
            os.symlink(os.readlink(f"/old/{name}"), f"/new/{name}")
        elif os.path.isdir(f"/old/{name}"):
            _bind(f"/{name}", f"/{name}")


def _bind(source: str, target: str) -> None:
    """Shows ``source`` of the host at ``target``; skipped when a directory bound before already shows it."""
    if os.path.lexists(f"/new{target}") and os.path.realpath(f"/new{target}") != f"/new{target}":
        return
    os.makedirs(f"/new{target}", exist_ok=True)
    kernel.mount(f"/old{source}", f"/new{target}", flags=kernel.BIND | kernel.RECURSIVE)
    kernel.make_read_only(f"/new{target}")


def _write_settings() -> None:
    os.mkdir("/new/etc")
    for name in _SETTINGS:
        if os.path.isfile(f"/old/etc/{name}"):
            with open(f"/old/etc/{name}", "rb") as file:
                _write(f"/new/etc/{name}", file.read())
    for name, text in _WRITTEN.items():
        _write(f"/new/etc/{name}", text.encode())


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)


def _make_devices(owner: int) -> None:
    os.makedirs("/new/dev/shm")
    os.chown("/new/dev/shm", owner, owner)
    for name in _DEVICES:
        _write(f"/new/dev/{name}", b"")
        kernel.mount(f"/old/dev/{name}", f"/new/dev/{name}", flags=kernel.BIND)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(target, f"/new/dev/{name}")
