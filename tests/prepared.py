"""What `manage.py prepare` makes: there already after `make setup`, so that no test needs a network."""

from __future__ import annotations

from functools import cache

from common.configuration import configuration
from execution.output.requirements import requirements_for
from execution.validation.environments import Environment, environment_for
from execution.validation.type_checking import prime


@cache
def prepared_environment(stack: str = "fastapi") -> Environment:
    """The environment that projects of a stack are judged in, with what the type checker knows of it."""
    environment = environment_for(requirements_for(stack), configuration().environments_dir)
    prime(python=environment.python, cache=configuration().caches_dir / "types" / environment.key)
    return environment
