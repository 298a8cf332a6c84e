"""Proof that a project works: its tests run in the sandbox, its start, and whom to blame when tests are red.

Entry points: ``testing.run_tests``, ``blame.suspects``, ``starting.start_project``.
"""
