"""Five domains of the planning competitions, each with a generator of its problems.

They are written from their published descriptions: blocks (IPC 2000), gripper (IPC 1998), ferry,
logistics (IPC 1998 and 2000, one plane and vans) and miconic (IPC 2000), a lift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

BLOCKS = """(define (domain blocks)
  (:requirements :strips)
  (:predicates (on ?above ?below) (on-table ?block) (clear ?block) (holding ?block) (hand-empty))
  (:action pick-up
    :parameters (?block)
    :precondition (and (clear ?block) (on-table ?block) (hand-empty))
    :effect (and (holding ?block)
      (not (clear ?block)) (not (on-table ?block)) (not (hand-empty))))
  (:action put-down
    :parameters (?block)
    :precondition (holding ?block)
    :effect (and (clear ?block) (on-table ?block) (hand-empty) (not (holding ?block))))
  (:action stack
    :parameters (?block ?below)
    :precondition (and (holding ?block) (clear ?below))
    :effect (and (on ?block ?below) (clear ?block) (hand-empty)
      (not (holding ?block)) (not (clear ?below))))
  (:action unstack
    :parameters (?block ?below)
    :precondition (and (on ?block ?below) (clear ?block) (hand-empty))
    :effect (and (holding ?block) (clear ?below)
      (not (on ?block ?below)) (not (clear ?block)) (not (hand-empty)))))"""

GRIPPER = """(define (domain gripper)
  (:requirements :strips :typing)
  (:types room ball hand)
  (:predicates (robot-in ?room - room) (in ?ball - ball ?room - room)
    (free ?hand - hand) (carries ?hand - hand ?ball - ball))
  (:action move
    :parameters (?from ?to - room)
    :precondition (robot-in ?from)
    :effect (and (robot-in ?to) (not (robot-in ?from))))
  (:action pick
    :parameters (?ball - ball ?room - room ?hand - hand)
    :precondition (and (in ?ball ?room) (robot-in ?room) (free ?hand))
    :effect (and (carries ?hand ?ball) (not (in ?ball ?room)) (not (free ?hand))))
  (:action drop
    :parameters (?ball - ball ?room - room ?hand - hand)
    :precondition (and (carries ?hand ?ball) (robot-in ?room))
    :effect (and (in ?ball ?room) (free ?hand) (not (carries ?hand ?ball)))))"""

FERRY = """(define (domain ferry)
  (:requirements :strips :typing :equality :negative-preconditions)
  (:types car port)
  (:predicates (ferry-at ?port - port) (at ?car - car ?port - port) (aboard ?car - car) (empty))
  (:action sail
    :parameters (?from ?to - port)
    :precondition (and (ferry-at ?from) (not (= ?from ?to)))
    :effect (and (ferry-at ?to) (not (ferry-at ?from))))
  (:action board
    :parameters (?car - car ?port - port)
    :precondition (and (at ?car ?port) (ferry-at ?port) (empty))
    :effect (and (aboard ?car) (not (at ?car ?port)) (not (empty))))
  (:action debark
    :parameters (?car - car ?port - port)
    :precondition (and (aboard ?car) (ferry-at ?port))
    :effect (and (at ?car ?port) (empty) (not (aboard ?car)))))"""

LOGISTICS = """(define (domain logistics)
  (:requirements :strips :typing)
  (:types vehicle parcel - thing van plane - vehicle place city - object airport - place)
  (:predicates (at ?thing - thing ?place - place) (within ?parcel - parcel ?vehicle - vehicle)
    (of ?place - place ?city - city))
  (:action load
    :parameters (?parcel - parcel ?vehicle - vehicle ?place - place)
    :precondition (and (at ?parcel ?place) (at ?vehicle ?place))
    :effect (and (within ?parcel ?vehicle) (not (at ?parcel ?place))))
  (:action unload
    :parameters (?parcel - parcel ?vehicle - vehicle ?place - place)
    :precondition (and (within ?parcel ?vehicle) (at ?vehicle ?place))
    :effect (and (at ?parcel ?place) (not (within ?parcel ?vehicle))))
  (:action drive
    :parameters (?van - van ?from ?to - place ?city - city)
    :precondition (and (at ?van ?from) (of ?from ?city) (of ?to ?city))
    :effect (and (at ?van ?to) (not (at ?van ?from))))
  (:action fly
    :parameters (?plane - plane ?from ?to - airport)
    :precondition (at ?plane ?from)
    :effect (and (at ?plane ?to) (not (at ?plane ?from)))))"""

MICONIC = """(define (domain miconic)
  (:requirements :strips :typing)
  (:types passenger floor)
  (:predicates (waits-on ?who - passenger ?floor - floor) (goes-to ?who - passenger ?floor - floor)
    (below ?lower ?upper - floor) (lift-at ?floor - floor)
    (boarded ?who - passenger) (served ?who - passenger))
  (:action board
    :parameters (?who - passenger ?floor - floor)
    :precondition (and (lift-at ?floor) (waits-on ?who ?floor))
    :effect (boarded ?who))
  (:action depart
    :parameters (?who - passenger ?floor - floor)
    :precondition (and (lift-at ?floor) (goes-to ?who ?floor) (boarded ?who))
    :effect (and (served ?who) (not (boarded ?who))))
  (:action up
    :parameters (?from ?to - floor)
    :precondition (and (lift-at ?from) (below ?from ?to))
    :effect (and (lift-at ?to) (not (lift-at ?from))))
  (:action down
    :parameters (?from ?to - floor)
    :precondition (and (lift-at ?from) (below ?to ?from))
    :effect (and (lift-at ?to) (not (lift-at ?from)))))"""

Draw = Callable[[np.random.Generator, int], tuple[dict[str, Iterable[str]], list[str], list[str]]]
"""Objects by type, facts that hold at first, and the goal's, of so many things to be moved."""


def _blocks(
    rng: np.random.Generator, count: int
) -> tuple[dict[str, Iterable[str]], list[str], list[str]]:
    names = _named("b", count)
    init, goal = (_stacks(rng, names) for _ in range(2))
    tops = [f"clear {name}" for name in names if not any(f.endswith(f" {name}") for f in init[0])]
    facts = [*init[0], *init[1], *tops, "hand-empty"]
    return {"": names}, facts, goal[0] or goal[1]


def _stacks(rng: np.random.Generator, names: list[str]) -> tuple[list[str], list[str]]:
    """What lies on what, and what on the table."""
    on, table, below = list[str](), list[str](), ""
    for place in rng.permutation(len(names)):
        name = names[place]
        if below and rng.random() < 0.7:
            on.append(f"on {name} {below}")
        else:
            table.append(f"on-table {name}")
        below = name
    return on, table


def _gripper(
    rng: np.random.Generator, count: int
) -> tuple[dict[str, Iterable[str]], list[str], list[str]]:
    balls, rooms = _named("ball", count), _named("room", 2)
    facts = [f"robot-in {_one(rng, rooms)}", "free left", "free right"]
    facts += [f"in {ball} {_one(rng, rooms)}" for ball in balls]
    goal = [f"in {ball} {_one(rng, rooms)}" for ball in balls]
    return {"ball": balls, "room": rooms, "hand": ["left", "right"]}, facts, goal


def _ferry(
    rng: np.random.Generator, count: int
) -> tuple[dict[str, Iterable[str]], list[str], list[str]]:
    cars, ports = _named("car", count), _named("port", 3)
    facts = [f"ferry-at {_one(rng, ports)}", "empty"]
    facts += [f"at {car} {_one(rng, ports)}" for car in cars]
    return {"car": cars, "port": ports}, facts, [f"at {car} {_one(rng, ports)}" for car in cars]


def _logistics(
    rng: np.random.Generator, count: int
) -> tuple[dict[str, Iterable[str]], list[str], list[str]]:
    parcels, cities = _named("parcel", count), _named("city", 2)
    airports, shops = ([f"{kind}-{city}" for city in cities] for kind in ("airport", "shop"))
    vans = [f"van-{city}" for city in cities]
    places = [*airports, *shops]
    facts = [f"of {place} {place.partition('-')[2]}" for place in places]
    facts += [
        f"at {van} {kind[n]}"
        for n, van in enumerate(vans)
        for kind in [_pair(rng, airports, shops)]
    ]
    facts += [f"at plane {_one(rng, airports)}"]
    facts += [f"at {parcel} {_one(rng, places)}" for parcel in parcels]
    objects: dict[str, Iterable[str]] = {
        "parcel": parcels,
        "city": cities,
        "airport": airports,
        "place": shops,
        "van": vans,
        "plane": ["plane"],
    }
    return objects, facts, [f"at {parcel} {_one(rng, places)}" for parcel in parcels]


def _pair(rng: np.random.Generator, first: list[str], second: list[str]) -> list[str]:
    return first if rng.random() < 0.5 else second


def _miconic(
    rng: np.random.Generator, count: int
) -> tuple[dict[str, Iterable[str]], list[str], list[str]]:
    people, floors = _named("p", count), _named("f", count + 2)
    facts = [f"below {a} {b}" for n, a in enumerate(floors) for b in floors[n + 1 :]]
    facts.append(f"lift-at {_one(rng, floors)}")
    for who in people:
        start, end = rng.choice(len(floors), 2, replace=False)
        facts += [f"waits-on {who} {floors[start]}", f"goes-to {who} {floors[end]}"]
    return {"passenger": people, "floor": floors}, facts, [f"served {who}" for who in people]


WORLDS: dict[str, tuple[str, Draw]] = {
    "blocks": (BLOCKS, _blocks),
    "gripper": (GRIPPER, _gripper),
    "ferry": (FERRY, _ferry),
    "logistics": (LOGISTICS, _logistics),
    "miconic": (MICONIC, _miconic),
}


def drawn(rng: np.random.Generator, world: str, count: int) -> tuple[str, str]:
    """A domain, and a problem of it that is drawn.

    Args:
        world: one of ``WORLDS``.
        count: of blocks, balls, cars, parcels or passengers.
    """
    domain, draw = WORLDS[world]
    objects, facts, goal = draw(rng, count)
    listed = " ".join(
        f"{' '.join(names)} - {kind}" if kind else " ".join(names)
        for kind, names in objects.items()
    )
    problem = (
        f"(define (problem {world}-{count}) (:domain {world}) (:objects {listed})"
        f" (:init {' '.join(f'({fact})' for fact in facts)})"
        f" (:goal (and {' '.join(f'({fact})' for fact in goal)})))"
    )
    return domain, problem


def _named(stem: str, count: int) -> list[str]:
    return [f"{stem}{number}" for number in range(1, count + 1)]


def _one(rng: np.random.Generator, names: list[str]) -> str:
    return names[int(rng.integers(len(names)))]
