"""A whole plan as one JSON document, and back: what is exported, imported and exported again is equal.

The kernel knows no plan: each app says in its module ``exported`` which of its rows belong to one (``SECTIONS``) and
which of its models do not, and why (``LEFT_OUT``). See docs/decisions/0022.
"""
