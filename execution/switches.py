"""Which parts of the engine a run uses: a copy of the flags, made when it starts and never changed after."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from common.flags import Flags


@dataclass(frozen=True)
class Switches:
    """What each does when it is off stands in docs/decisions/0014."""

    ast_atomization: bool = True
    dependency_graph: bool = True
    hierarchical_validation: bool = True
    wave_execution: bool = True
    retry_feedback: bool = True
    human_review: bool = True
    fallback_to_mvp_on_error: bool = True

    @classmethod
    def of(cls, flags: Flags) -> Switches:
        return cls(
            ast_atomization=flags.enable_ast_atomization,
            dependency_graph=flags.enable_dependency_graph,
            hierarchical_validation=flags.enable_hierarchical_validation,
            wave_execution=flags.enable_wave_execution,
            retry_feedback=flags.enable_retry_feedback,
            human_review=flags.enable_human_review,
            fallback_to_mvp_on_error=flags.fallback_to_mvp_on_error,
        )

    def as_json(self) -> dict[str, bool]:
        return asdict(self)
