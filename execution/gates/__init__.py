"""Acceptance tests and Gate S: criteria become tests, tests are run, a wave or the end is held up by what failed."""
