"""Handles: short names that stand for puzzles and states."""

from __future__ import annotations

import threading

import pytest

from hrm_toolkit.adapters.maze import MazeAdapter
from hrm_toolkit.adapters.maze.rules import MazePuzzle
from hrm_toolkit.core import InputError
from hrm_toolkit.planner.handles import Handles, is_handle


def corridor(length: int) -> MazePuzzle:
    return MazeAdapter().parse("S" + "." * length + "G")


def test_the_same_content_has_the_same_handle_and_comes_back() -> None:
    handles = Handles()
    first, second = handles.put(corridor(1)), handles.put(corridor(2))
    assert handles.put(corridor(1)) == first != second
    assert len(handles) == 2
    assert handles.get(first).puzzle == corridor(1)
    assert len(first) == len("puzzle:7f3a")


def test_a_handle_is_known_however_it_is_quoted() -> None:
    handles = Handles()
    handle = handles.put(corridor(1))
    for written in (f" {handle}\n", f'"{handle}"', f"`{handle.upper()}`"):
        assert is_handle(written)
        assert handles.get(written).puzzle == corridor(1)


@pytest.mark.parametrize("text", ["S.G", "puzzle", "puzzle:", "graph:12", "puzzle: a b"])
def test_other_text_is_no_handle(text: str) -> None:
    assert not is_handle(text)


def test_hashes_that_begin_alike_have_longer_handles() -> None:
    handles = Handles(client_most=2_000)
    puzzles = [corridor(length) for length in range(1, 800)]
    names = [handles.put(puzzle) for puzzle in puzzles]
    assert len(set(names)) == len(names)
    assert {len(name) for name in names} == {len("puzzle:7f3a"), len("puzzle:7f3a1")}
    assert [handles.get(name).puzzle for name in names] == puzzles


def test_an_unknown_handle_is_refused_and_no_other_is_suggested() -> None:
    handles = Handles()
    handle = handles.put(corridor(1))
    with pytest.raises(InputError, match="load the puzzle again with load_puzzle") as refused:
        handles.get(handle[:-1] + "x")
    assert handle not in str(refused.value)
    with pytest.raises(InputError, match="load the puzzle again with load_puzzle"):
        handles.get("puzzle:zzzz", client="somebody else")


def test_clients_do_not_see_each_other_s_puzzles() -> None:
    handles = Handles()
    handle = handles.put(corridor(1), client="ann")
    with pytest.raises(InputError):
        handles.get(handle, client="bob")


def test_what_was_longest_unused_makes_room() -> None:
    handles = Handles(client_most=2)
    first, second = handles.put(corridor(1)), handles.put(corridor(2))
    handles.get(first)
    third = handles.put(corridor(3))
    assert len(handles) == 2
    assert handles.get(first)
    assert handles.get(third)
    with pytest.raises(InputError):
        handles.get(second)


@pytest.mark.parametrize("bounds", [{"client_most": 3}, {"characters": 2_500}])
def test_one_client_cannot_push_out_another_s(bounds: dict[str, int]) -> None:
    handles = Handles(**bounds)
    kept = [handles.put(corridor(length), client="ann") for length in (1, 600)]
    for length in range(500, 550):
        last = handles.put(corridor(length), client="bob")
    for handle, length in zip(kept, (1, 600), strict=True):
        assert handles.get(handle, client="ann").puzzle == corridor(length)
    assert handles.get(last, client="bob").puzzle == corridor(549)
    assert 4 <= len(handles) <= 5


def test_the_whole_is_bounded_in_clients_and_in_characters() -> None:
    handles = Handles(clients=5)
    for length in range(1, 20):
        handles.put(corridor(length), client=str(length))
    assert len(handles) == 5
    assert handles.get(handles.put(corridor(19), client="19"), client="19")
    handles = Handles(characters=2_000)
    for length in range(500, 510):
        handles.put(corridor(length))
    assert len(handles) == 3
    handles = Handles(characters=1_000)
    *_, last = (handles.put(corridor(900), client=client) for client in ("ann", "bob"))
    assert len(handles) == 1
    assert handles.get(last, client="bob").puzzle == corridor(900)


def test_entries_go_when_they_have_not_been_used_for_long() -> None:
    now = [0.0]
    handles = Handles(ttl=10.0, clock=lambda: now[0])
    old, used = handles.put(corridor(1)), handles.put(corridor(2))
    now[0] = 8.0
    handles.get(used)
    now[0] = 12.0
    assert handles.get(used)
    with pytest.raises(InputError):
        handles.get(old)
    assert len(handles) == 1
    now[0] = 30.0
    handles.expire()
    assert len(handles) == 0


def test_threads_may_share_it() -> None:
    handles = Handles(client_most=8)
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for length in range(1, 60):
                handle = handles.put(corridor(length), client=name)
                assert handles.get(handle, client=name).puzzle == corridor(length)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(handles) == 6 * 8
