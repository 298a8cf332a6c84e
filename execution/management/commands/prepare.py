"""``manage.py prepare``: what generated projects need is fetched once, at set-up, so that no build waits for it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from common.configuration import configuration
from common.errors import DevMatrixError
from execution.output.requirements import requirements_for, usual_requirements
from execution.validation.auditing import BANDIT
from execution.validation.environments import environment_for
from execution.validation.type_checking import prime
from planning.stacks import STACKS


class Command(BaseCommand):
    help = "Build the environments of generated projects."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for stack in STACKS:
            try:
                environment = environment_for(requirements_for(stack), configuration().environments_dir)
                # Level 4 installs each project by itself: what that needs is in uv's cache from here on.
                environment_for(usual_requirements(stack), configuration().environments_dir)
                prime(python=environment.python, cache=configuration().caches_dir / "types" / environment.key)
            except DevMatrixError as error:
                self.stderr.write(f"error: {error}")
                sys.exit(1)
            self.stdout.write(f"environment of {stack} projects: {environment.path}")
        try:
            environment_for(BANDIT, configuration().environments_dir)
        except DevMatrixError as error:  # an audit says that it was not run
            self.stderr.write(f"note: there is no bandit: {error}")
