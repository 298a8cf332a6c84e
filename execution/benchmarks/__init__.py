"""Benchmarks that `manage.py bench` runs: each compares two things in one run, or counts work per unit."""
