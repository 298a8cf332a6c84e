"""What runs inside the sandbox, in the interpreter of the project: pytest's plugin and the start check.

Only the standard library, pytest and coverage may be imported here.
"""
