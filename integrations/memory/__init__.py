"""Memory: what earlier plans and tasks teach later ones. Used through `remember`, `recall` and `conclude_uses`
of ``integrations.memory.learning``."""
