"""Command line of the services."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict

from dotenv import load_dotenv

from common.errors import DevMatrixError
from devmatrix_project.services.demo import run_demo
from devmatrix_project.services.layout import PROJECT, Layout, plain_write_errors
from devmatrix_project.services.processes import in_foreground
from devmatrix_project.services.stack import Stack, python_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status. Every expected failure is one plain message."""
    load_dotenv(PROJECT / ".env")  # as the settings do: it may give DATABASE_URL; the environment goes first
    options = _parser().parse_args(arguments)
    try:
        layout = Layout.of_project()
        with plain_write_errors(layout.root):
            return int(options.run(Stack(layout, wanted_port=options.port), options))
    except DevMatrixError as error:
        print(f"{error.detail.rstrip()}\n{error.hint}".rstrip(), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; start again to go on, `make down` to stop what runs.", file=sys.stderr)
        return 130


def _up(stack: Stack, options: argparse.Namespace) -> int:
    if options.data_only:
        stack.up_data()
    else:
        stack.up(lambda line: print(f"  {line}", flush=True))
        print(f"  page: {stack.web().url}/")
    return 0


def _down(stack: Stack, options: argparse.Namespace) -> int:
    stack.down()
    print("  everything is stopped; data stay")
    return 0


def _status(stack: Stack, options: argparse.Namespace) -> int:
    found = stack.status()
    if options.json:
        print(json.dumps([asdict(status) for status in found], default=str, indent=2))
    else:
        for status in found:
            print(f"  {status.name:<15} {status.state:<9} {status.pid or '':>8}  {status.where}")
    return 0 if all(status.state == "running" for status in found) else 1


def _run(stack: Stack, options: argparse.Namespace) -> int:
    words = [word for word in options.words if word != "--"]
    if not words:
        print("Say what to run, for example: run -- manage.py shell", file=sys.stderr)
        return 2
    stack.up_data()
    command = python_command(words)
    return in_foreground(command, environment={**os.environ, **stack.addresses()})


def _env(stack: Stack, options: argparse.Namespace) -> int:
    for name, value in stack.addresses().items():
        print(f"export {name}='{value}'")
    return 0


def _demo(stack: Stack, options: argparse.Namespace) -> int:
    return run_demo(stack, request=options.request)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m devmatrix_project.services", description="The services.")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000", help="wanted by the page")
    commands = parser.add_subparsers(required=True)
    up = commands.add_parser("up", help="start everything that does not run, mend what was killed")
    up.add_argument("--data-only", action="store_true", help="PostgreSQL and Redis only")
    up.set_defaults(run=_up)
    commands.add_parser("down", help="stop everything; data stay").set_defaults(run=_down)
    status = commands.add_parser("status", help="exit status 1 unless everything runs")
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=_status)
    run = commands.add_parser("run", help="run a command that finds the services, starting the data services")
    run.add_argument("words", nargs=argparse.REMAINDER)
    run.set_defaults(run=_run)
    commands.add_parser("env", help="print what `run` sets, for a shell to eval").set_defaults(run=_env)
    demo = commands.add_parser("demo", help="start everything and build a sample request")
    demo.add_argument("--request", default="", help="your own words instead of the sample")
    demo.set_defaults(run=_demo)
    return parser


if __name__ == "__main__":
    sys.exit(main())
