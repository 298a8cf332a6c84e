"""The levels above the atom: a task's module, a milestone's component, the whole system. Their results are kept."""
