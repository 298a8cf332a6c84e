"""Validators: files in, diagnostics out. Nothing here knows plans, atoms' rows or the database.

Entry points: ``judging.judge_tree``, ``judging.judge_text``, ``conditions.check``, ``charging.charge`` and
``environments.environment_for``.
"""
