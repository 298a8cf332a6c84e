"""Starts, heals and stops everything one machine needs: PostgreSQL, Redis, Chroma, the web server and the workers.

`python -m devmatrix_project.services up|down|status|run|env|demo`. Needs no Django: the data services must run before
Django can be set up. See `docs/decisions/0002-services-without-installing.md`.
"""
