"""What unified-planning says of a plan: a second judge, where the extra ``pddl`` is installed."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from hrm_toolkit.adapters.space.pddl.puzzle import PddlPuzzle
from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import MissingExtraError


@dataclass(frozen=True)
class Opinion:
    """What the other validator says.

    Attributes:
        valid: whether it takes the plan; None where it does not take the problem.
        says: its reason, or why it does not take the problem.
    """

    valid: bool | None
    says: str = ""


def validate(puzzle: PddlPuzzle, plan: Plan) -> Opinion:
    """Let unified-planning replay a plan.

    It takes no problem with costs that are not said for every choice of objects, such as lengths
    of roads that exist: of those nothing is said.

    Raises:
        MissingExtraError: without the extra ``pddl``.
    """
    try:
        from unified_planning.engines import SequentialPlanValidator
        from unified_planning.environment import get_environment
        from unified_planning.exceptions import UPException
        from unified_planning.io import PDDLReader
    except ImportError:
        raise MissingExtraError("pddl", "unified-planning") from None
    # Its validator takes problems of this environment alone. An object may be called as a type is.
    environment = get_environment()
    strict, environment.error_used_name = environment.error_used_name, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reader = PDDLReader()
            problem = reader.parse_problem_string(puzzle.domain, puzzle.problem)
            written = reader.parse_plan_string(problem, "\n".join(plan.actions))
            found = SequentialPlanValidator().validate(problem, written)
    except (UPException, AssertionError) as error:
        return Opinion(None, f"{type(error).__name__}: {error}")
    finally:
        environment.error_used_name = strict
    valid = found.status.name == "VALID"
    return Opinion(valid, "" if valid else f"{found.reason}: {found.inapplicable_action or ''}")
