"""Planning in the admin: read here, changed through services only."""

from planning.admin import changes, conversations, discoveries, hierarchy, masterplans

__all__ = ["changes", "conversations", "discoveries", "hierarchy", "masterplans"]
