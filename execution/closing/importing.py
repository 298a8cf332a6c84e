"""Whether the names that tasks promised can really be imported: one run in the sandbox for the whole project."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from execution.acceptance.serving import django_environment
from execution.drafts.checks import module_of
from execution.sandbox.limits import Limits
from execution.sandbox.runs import run
from execution.validation.environments import Environment

_RESULTS = ".devmatrix-imports.json"
_SCRIPT = """
import importlib, json, os, sys
wanted = json.loads(sys.argv[1])
problems = {}
if "DJANGO_SETTINGS_MODULE" in os.environ:
    try:
        import django
        django.setup()
    except BaseException:
        pass  # each import says it
for module, names in wanted.items():
    try:
        loaded = importlib.import_module(module)
        missing = [name for name in names if not hasattr(loaded, name)]
        problems.update({f"{module}:{name}": "the module has no such name" for name in missing})
    except BaseException as error:
        problems.update({f"{module}:{name}": f"{type(error).__name__}: {error}" for name in names or [""]})
with open(sys.argv[2], "w") as target:
    json.dump(problems, target)
"""


def import_problems(
    root: Path, environment: Environment, promised: Mapping[str, Sequence[str]]
) -> Mapping[str, str] | None:
    """Why names do not import, by ``module:name``; ``None`` when it could not be tried.

    ``promised``: path to names. A module of which no name is asked is imported too; its key ends with the colon.
    """
    wanted = {module_of(path): list(names) for path, names in promised.items() if path.endswith(".py")}
    outcome = run(
        [str(environment.python), "-c", _SCRIPT, json.dumps(wanted), _RESULTS],
        workspace=root,
        limits=Limits(wall=60.0, cpu=60),
        environment={**django_environment(root), "PYTHONPATH": "."},
        python=environment.python,
        collect=[_RESULTS],
    )
    content = outcome.files.get(_RESULTS)
    if content is None:
        return None
    problems: dict[str, str] = json.loads(content)
    return problems
