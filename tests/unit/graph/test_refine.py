"""The graph corrects what a file alone could not know."""

from __future__ import annotations

from execution.atoms import cut
from execution.graph import build, refine


def test_more_than_four_direct_dependencies_fail_the_criterion() -> None:
    library = "".join(f"def f{number}(): ...\n\n\n" for number in range(6))
    four = "def four():\n    f0(), f1(), f2(), f3()\n"
    five = "def five():\n    f0(), f1(), f2(), f3(), f4()\n"
    user = f"from lib import *\n\n\n{four}\n\n{five}"
    files = {"lib.py": cut("lib.py", library.encode()), "user.py": cut("user.py", user.encode())}
    atoms = {atom.name: atom for atom in refine(files, build(files))["user.py"]}
    assert "has_few_dependencies" not in atoms["four"].failed_criteria
    assert atoms["five"].failed_criteria == ("has_few_dependencies",)
    assert atoms["five"].atomicity == 0.9
