"""PDDL: what texts mean, which actions there are, what plans cost, and how both are written."""

from collections import deque
from functools import cache

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.formats import read_puzzles, read_text
from hrm_toolkit.adapters.space.pddl.grounding.heuristic import Estimates
from hrm_toolkit.adapters.space.pddl.puzzle import PddlPuzzle, action_of, begun, estimates
from hrm_toolkit.adapters.space.pddl.worlds import WORLDS, drawn
from hrm_toolkit.core import InputError

BAG = """(define (domain Bag) ; things go where the bag goes
  (:requirements :adl)
  (:types thing place)
  (:constants home - place)
  (:predicates (at ?x - thing ?p - place) (in ?x - thing) (bag ?p - place) (seen ?p - place))
  (:action move :parameters (?m ?l - place)
    :precondition (and (bag ?m) (not (= ?m ?l)))
    :effect (and (bag ?l) (not (bag ?m)) (seen ?l)
      (forall (?z - thing) (when (in ?z) (and (at ?z ?l) (not (at ?z ?m)))))))
  (:action put :parameters (?x - thing ?l - place)
    :precondition (and (not (in ?x)) (at ?x ?l) (bag ?l) (or (seen ?l) (= ?l home)))
    :effect (in ?x))
  (:action take-all :parameters ()
    :precondition (exists (?x - thing) (in ?x))
    :effect (forall (?x - thing) (not (in ?x)))))"""
TRIP = """(define (problem Trip) (:domain bag) (:objects Pen Cup - thing shop - place)
  (:init (at pen home) (at cup home) (bag home))
  (:goal (and (at pen shop) (at cup home) (bag home) (forall (?x - thing) (not (in ?x))))))"""
ROADS = """(define (domain roads) (:requirements :strips :typing :action-costs)
  (:types city) (:predicates (at ?c - city) (road ?a ?b - city))
  (:functions (total-cost) - number (miles ?a ?b - city) - number)
  (:action go :parameters (?a ?b - city) :precondition (and (at ?a) (road ?a ?b))
    :effect (and (at ?b) (not (at ?a)) (increase (total-cost) (miles ?a ?b)))))"""
TO_C = """(define (problem to-c) (:domain roads) (:objects a b c d - city)
  (:init (at a) (road a b) (road b c) (road a c) (= (total-cost) 0)
    (= (miles a b) 1) (= (miles b c) 1.5) (= (miles a c) 4))
  (:goal (at c)) (:metric minimize (total-cost)))"""


def pddl():
    return get_adapter("pddl")


def puzzle_of(domain, problem):
    return PddlPuzzle(domain=domain, problem=problem)


def small(actions, init="(p)", goal="(q)", predicates="(p) (q) (r)"):
    return puzzle_of(
        f"(define (domain d) (:predicates {predicates}) {actions})",
        f"(define (problem x) (:domain d) (:init {init}) (:goal {goal}))",
    )


@cache
def all_costs(puzzle):
    """Every state that can be reached with what its rest costs, by relaxation over all of them."""
    adapter = pddl()
    start = adapter.start(puzzle)
    edges, queue, seen = [], deque([start]), {start}
    while queue:
        state = queue.popleft()
        for action in adapter.actions(state):
            after = adapter.step(state, action)
            edges.append((state, adapter.cost(state, action), after))
            if after not in seen:
                seen.add(after)
                queue.append(after)
    cost = {state: 0.0 if adapter.is_goal(state) else float("inf") for state in seen}
    changed = True
    while changed:
        changed = False
        for state, own, after in edges:
            if own + cost[after] < cost[state]:
                cost[state] = own + cost[after]
                changed = True
    return cost


def unsolved(world):
    for seed in range(20):
        texts = drawn(np.random.default_rng(seed), world, 2)
        if not pddl().is_goal(begun(puzzle_of(*texts))):
            return texts
    raise AssertionError(f"every problem of {world} is drawn solved")


def examples():
    return [(BAG, TRIP), (ROADS, TO_C), *map(unsolved, WORLDS)]


@pytest.mark.parametrize("texts", examples(), ids=["bag", "roads", *WORLDS])
def test_bounds_are_bounds_and_searches_find_what_costs_least(texts):
    adapter, puzzle = pddl(), puzzle_of(*texts)
    costs = all_costs(puzzle)
    for state, cost in costs.items():
        least = adapter.heuristic(state)
        # It is 0 at goals alone.
        assert cost == least == 0 or 0 < least <= cost + 1e-9
        if cost < float("inf"):
            assert estimates(state.ground).guess(state.facts) < float("inf")
    found = adapter.exact(puzzle)
    verdict = adapter.rules.check(puzzle, found.answer)
    assert (verdict.valid, verdict.optimal) == (True, True)
    assert verdict.cost == pytest.approx(costs[adapter.start(puzzle)])


@pytest.mark.parametrize("texts", examples(), ids=["bag", "roads", *WORLDS])
def test_a_puzzle_on_the_way_has_the_actions_of_the_problem_read_anew(texts):
    adapter, puzzle = pddl(), puzzle_of(*texts)
    for state in list(all_costs(puzzle))[:20]:
        later = adapter.at(puzzle, state)
        assert adapter.start(later) == state
        alone = begun.__wrapped__(PddlPuzzle(domain=later.domain, problem=later.problem))
        assert {*adapter.actions(alone)} == {*adapter.actions(state)}
        assert adapter.parse(adapter.render(later)) == later


def test_facts_that_the_problem_never_reaches_have_it_written_out_anew():
    actions = "(:action a :precondition (p) :effect (and (q) (not (p))))"
    more = actions + "(:action b :precondition (r) :effect (p))"
    adapter, puzzle = pddl(), small(more)
    assert adapter.actions(adapter.start(puzzle)) == ["(a)"]
    other = small(more, init="(r)")
    assert adapter.exact(other).answer.actions == ("(b)", "(a)")


def test_quantifiers_conditions_and_alternatives_mean_what_they_say():
    adapter, puzzle = pddl(), puzzle_of(BAG, TRIP)
    plan = adapter.exact(puzzle).answer
    assert plan.actions == (
        "(put pen home)", "(move home shop)", "(take-all)", "(move shop home)",
    )  # fmt: skip
    start = adapter.start(puzzle)
    assert "(take-all)" not in adapter.actions(start)
    state = start
    for action in plan.actions[:2]:
        state = adapter.step(state, action)
    holding = state.ground.holding(state.facts)
    assert ("at", "pen", "shop") in holding
    assert ("at", "cup", "home") in holding
    assert ("at", "pen", "home") not in holding


def test_what_an_action_deletes_and_adds_holds():
    puzzle = small("(:action a :effect (and (not (p)) (p) (q)))", goal="(and (p) (q))")
    assert pddl().exact(puzzle).answer.actions == ("(a)",)
    denied = small(
        "(:action a :effect (and (not (p)) (when (q) (p)) (q)))"
        "(:action b :precondition (not (p)) :effect (r))",
        goal="(and (r) (p))",
    )
    assert pddl().exact(denied).answer.actions == ("(a)", "(b)", "(a)")


@pytest.mark.parametrize("nothing", ["", ":precondition ()", ":precondition (and)"])
def test_no_precondition_is_written_in_three_ways(nothing):
    puzzle = small(f"(:action a :parameters () {nothing} :effect (q))")
    assert pddl().exact(puzzle).answer.actions == ("(a)",)


def test_costs_are_those_of_roads_that_exist():
    adapter, puzzle = pddl(), puzzle_of(ROADS, TO_C)
    direct = adapter.parse_answer(puzzle, "(go a c)")
    verdict = adapter.rules.check(puzzle, direct)
    assert (verdict.valid, verdict.cost, verdict.optimal) == (True, 4.0, False)
    plain = puzzle_of(ROADS, TO_C.replace("(:metric minimize (total-cost))", ""))
    assert adapter.rules.check(plain, direct).optimal is True
    # Without the roads, what says no cost cannot be done.
    free = puzzle_of(ROADS.replace("(road ?a ?b))\n", ")\n"), TO_C)
    assert [o.name for o in adapter.start(free).ground.operators] == [
        "(go a b)", "(go a c)", "(go b c)",
    ]  # fmt: skip


def test_actions_whose_needs_exclude_each_other_are_left_out():
    adapter = pddl()
    ground = adapter.start(puzzle_of(*drawn(np.random.default_rng(0), "blocks", 4))).ground
    names = {operator.name for operator in ground.operators}
    assert len(names) == 4 + 4 + 2 * 4 * 3
    assert "(stack b1 b1)" not in names


def test_no_plan_is_proved():
    found = pddl().exact(small("(:action a :precondition (r) :effect (q))"))
    assert (found.answer, found.unsolvable) == (None, True)
    both = small("(:action a :effect (and (q) (not (p))))", goal="(and (p) (q))")
    assert pddl().exact(both).unsolvable


def test_many_rules_are_bounded_more_simply(monkeypatch):
    from hrm_toolkit.adapters.space.pddl.grounding import heuristic

    monkeypatch.setattr(heuristic, "_MOST_RULES", 0)
    puzzle = puzzle_of(*drawn(np.random.default_rng(1), "ferry", 2))
    for state, cost in all_costs(puzzle).items():
        ground = state.ground
        simple = Estimates(len(ground.atoms), ground.operators, ground.goal).least(state.facts)
        assert (0 < simple <= cost) or cost == simple == 0


def test_a_plan_is_read_in_the_forms_of_plan_files():
    adapter, puzzle = pddl(), puzzle_of(BAG, TRIP)
    plan = adapter.exact(puzzle).answer
    timed = "\n".join(f"{n}.000: {a.upper()} [1.000]" for n, a in enumerate(plan.actions))
    calls = "put(pen, home)\nmove(home, shop)\ntake-all()\nmove(shop, home)"
    bare = ["put pen home", "move home shop", "take-all", "move shop home"]
    remarked = "\n".join(["; cost = 4 (unit cost)", *plan.actions])
    for text in (timed, calls, remarked):
        assert adapter.parse_answer(puzzle, text) == plan
    assert adapter.coerce_answer(puzzle, {"actions": bare}) == plan
    assert adapter.parse_answer(puzzle, adapter.render(puzzle, plan)) == plan
    assert action_of("") == ""
    with pytest.raises(InputError, match="a problem and no plan"):
        adapter.parse_answer(puzzle, TRIP)


def test_a_plan_that_fails_says_where():
    adapter, puzzle = pddl(), puzzle_of(BAG, TRIP)
    says = adapter.rules.check(puzzle, adapter.parse_answer(puzzle, "(move home shop)"))
    assert says.violations[0].message == (
        "the goal is not reached after 1 action: (bag home) does not hold, "
        "(at pen shop) does not hold"
    )
    says = adapter.rules.check(puzzle, adapter.parse_answer(puzzle, "(put pen shop)"))
    assert says.violations[0].message.startswith(
        'action 1, "(put pen shop)", is not possible; possible there: '
    )


def test_a_problem_finds_its_domain_beside_it(tmp_path):
    problem = tmp_path / "trip.pddl"
    problem.write_text(TRIP)
    with pytest.raises(InputError, match="there is no domain bag beside the problem"):
        read_puzzles(problem)
    (tmp_path / "bag-domain.pddl").write_text(BAG)
    (tmp_path / "roads-domain.pddl").write_text(ROADS)
    loaded = read_puzzles(problem)
    assert loaded.notes == ("the domain is that of bag-domain.pddl beside the problem",)
    assert loaded.puzzles[0] == puzzle_of(BAG, TRIP)
    (tmp_path / "bag2-domain.pddl").write_text(BAG)
    with pytest.raises(
        InputError, match=r"the domain bag is in bag-domain\.pddl, bag2-domain\.pddl"
    ):
        read_puzzles(problem)
    (tmp_path / "domain.pddl").write_text(BAG)
    assert read_puzzles(problem).notes == ("the domain is that of domain.pddl beside the problem",)
    with pytest.raises(InputError, match="this is a domain alone"):
        read_puzzles(tmp_path / "domain.pddl")


def test_both_texts_in_one_are_a_puzzle():
    one = puzzle_of(BAG, TRIP)
    assert read_text(f"; a remark\n{TRIP}\n{BAG}").puzzles[0] == one
    assert read_text(one.model_dump_json()).puzzles[0] == one
    assert read_text(one.model_dump_json(exclude={"task"})).puzzles[0] == one
    with pytest.raises(InputError, match="a problem without its domain"):
        read_text(TRIP)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (":adl", ":durative-actions", ":durative-actions is not read here"),
        ("(:types", "(:derived (in ?x) (bag ?x)) (:types", ":derived is not read here"),
        ("(in ?x))\n", "(inn ?x))\n", "the effect of put has (inn ?x), which is not declared"),
        ("?m ?l - place", "?m ?l - places", "the type places, which is not declared"),
        ("(in ?z)", "(in ?y)", "?y in (in ?y), which is not declared"),
        ("(at ?z ?l)", "(at ?z)", "has (at ?z); expected 2 names after at"),
        ("(seen ?l)\n", "(increase (fuel) 1)\n", "(increase (fuel) 1) in the effect of move"),
        ("thing place)", "thing place - thing thing - place)", "the type thing is above itself"),
        ("(:action put", "(:action move", "has 3 actions of 2 names"),
        ("(in ?x)))))", "(in ?x))))", 'line 1: "(" is not closed'),
    ],
)
def test_a_domain_that_is_not_read_says_why(old, new, says):
    assert old in BAG
    with pytest.raises(InputError) as caught:
        read_text(f"{BAG.replace(old, new)}\n{TRIP}")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("(:domain bag)", "(:domain sack)", "is of the domain sack; expected a problem of bag"),
        ("(bag home))", "(bag moon))", ":init has moon in (bag moon), which is not declared"),
        ("(bag home))", "(at 5 (bag home)))", "has 5 in (at 5 (bag home)), which is not declared"),
        ("(:goal", "(:constraints (and)) (:goal", ":constraints is not read here"),
        ("shop - place)", "shop - palace)", "the type palace, which is not declared; did you mean"),
    ],
)
def test_a_problem_that_is_not_read_says_why(old, new, says):
    assert old in TRIP
    with pytest.raises(InputError) as caught:
        read_text(f"{BAG}\n{TRIP.replace(old, new)}")
    assert says in str(caught.value)


def test_costs_that_no_plan_can_be_compared_by_are_refused():
    adapter = pddl()
    with pytest.raises(InputError, match="total-time"):
        puzzle_of(ROADS, TO_C.replace("minimize (total-cost)", "minimize (total-time)"))
    with pytest.raises(InputError, match=r"the action \(go a b\) costs 0; expected"):
        adapter.start(puzzle_of(ROADS, TO_C.replace("(miles a b) 1)", "(miles a b) 0)")))


def test_a_problem_that_is_too_large_is_refused_before_it_is_written_out():
    names = " ".join(f"o{n}" for n in range(300))
    large = puzzle_of(
        "(define (domain d) (:predicates (p ?a ?b ?c))"
        "(:action a :parameters (?a ?b ?c) :effect (p ?a ?b ?c)))",
        f"(define (problem x) (:domain d) (:objects {names}) (:init) (:goal (p o1 o2 o3)))",
    )
    with pytest.raises(InputError, match="too large to be written out: more than 20,000 actions"):
        pddl().start(large)


def test_places_of_problems_of_one_domain_share_words_and_relations():
    adapter = pddl()
    seen = []
    for count in (2, 4):
        puzzle = puzzle_of(*drawn(np.random.default_rng(0), "blocks", count))
        tokens, structure = adapter.codec.encode(puzzle), adapter.structure(puzzle)
        state = adapter.start(puzzle)
        kinds = {adapter.kind(action) for action in adapter.actions(state)}
        assert kinds <= {*adapter.kinds}
        seen.append({adapter.codec.spec.vocabulary[token] for token in tokens})
        # Each fact of two objects has a first and a second, which read it in turn.
        facts = [atom for atom in state.ground.atoms if atom[0] != "not"]
        by_name = {relation.name: relation for relation in structure.relations}
        assert len(by_name["its second"].source) == sum(len(atom) > 2 for atom in facts)
        assert len(by_name["first of"].source) == sum(len(atom) > 1 for atom in facts)
    names = [{word for word in words if word.startswith("is")} for words in seen]
    assert names[0] & names[1]


def test_the_adapter_keeps_the_laws():
    check_adapter(pddl(), samples=2).require()


@pytest.mark.parametrize("texts", [(BAG, TRIP), *examples()[2:]], ids=["bag", *WORLDS])
def test_unified_planning_agrees(texts):
    pytest.importorskip("unified_planning")
    from hrm_toolkit.adapters.space.pddl.unified import validate

    adapter, puzzle = pddl(), puzzle_of(*texts)
    plan = adapter.exact(puzzle).answer
    assert validate(puzzle, plan).valid is True
    short = adapter.plan_of(plan.actions[:-1])
    assert validate(puzzle, short).valid is False
    assert validate(puzzle, adapter.plan_of(plan.actions[1:])).valid == bool(
        adapter.rules.check(puzzle, adapter.plan_of(plan.actions[1:]))
    )


def test_unified_planning_has_no_opinion_on_costs_of_some_roads():
    pytest.importorskip("unified_planning")
    from hrm_toolkit.adapters.space.pddl.unified import validate

    adapter, puzzle = pddl(), puzzle_of(ROADS, TO_C)
    said = validate(puzzle, adapter.exact(puzzle).answer)
    assert said.valid is None
    assert "validate" in said.says
