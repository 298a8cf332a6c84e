"""Running generated code, which is hostile until proven otherwise. Entry points: ``runs.run`` and ``isolation``."""
