"""Rules of a Sudoku in sentences, as setters write them: known ones, or none at all.

A drawing says a rule only together with such a sentence. A sentence that is not known may change
everything, so it is refused.
"""

from __future__ import annotations

import re

from hrm_toolkit.adapters.constraint.numbers.links.unread import unread

MOST = 10_000
"""Characters of rules that are looked at."""
_PLAIN = str.maketrans({"\u2018": "'", "\u2019": "'", "`": "'", "\u00d7": "x", "\u2013": "-"})
_NOT = r"(?:can ?not|can't|may not|must not|do not|don't|never)"
_MUST = r"(?:(?:must|should|will) )?"
_DIGITS = r"(?:(?:the )?(?:digits|numbers|values))"
_CAGES = r"(?:(?:a|an|the|each|every|any) )?(?:killer )?cages?"
_CORNER = (
    r"(?: (?:given|shown|written|indicated|found))?(?: in (?:the|its|their) (?:top|upper)[ -]left"
    r"(?:[ -]hand)?(?: corner)?(?: of (?:the|each|that) cage)?)?(?: \(?(?:if|where|when) given\)?)?"
)
_SUM = (
    r"(?:sum|add up|add) to the (?:small |given )?(?:clue|number|total|value|digit|sum)" + _CORNER
)
_THERMO = r"(?:(?:a|an|the|each|every|any) )?(?:grey |gray )?thermo(?:meter)?s?"
_BULB = r"from the (?:round )?bulb(?: end)?(?: to the (?:tip|other end|flat end))?"
_GROW = (
    rf"{_MUST}(?:strictly )?increase(?: in value)?"
    rf"(?:,? (?:moving|going|starting))?(?: away)? {_BULB}"
)
_APART = r"(?: (?:apart|away|from each other|of each other|\(in chess\)))*"
_SAME = r"(?:contain|have|be) (?:the same|identical|equal) (?:digits?|numbers?|values?)"
_MARKED = r"(?:(?:marked|main|long|major|indicated|blue|two|grey|gray) )*"
_BLUE = r"(?: \((?:marked|indicated|shown)(?: in blue)?\))?"
_REPEAT = rf"{_NOT} (?:be )?repeat(?:ed)?"
_LINES = r"(?:every |each )?row,? (?:and )?(?:every |each )?column,?"
_BOX = r"(?:(?:marked|outlined|bold|bold-outlined|irregular|\d+ ?x ?\d+) )?(?:box|region|block)"
_RANGE = r"(?:from )?1(?: to |-)(?P<most>\d+)"
_ONCE = r"(?:,? (?:exactly )?once(?: each)?)?"


def _moves(piece: str) -> list[str]:
    move = rf"(?:a |an )?(?:chess )?{piece}'?s?[ -]move{_APART}"
    return [
        rf"(?:cells|digits) (?:(?:that|which) are )?(?:separated by |within )?{move} "
        rf"{_NOT} {_SAME}",
        rf"(?:two )?(?:identical|equal|the same) (?:digits|numbers) {_NOT} (?:be |appear )?"
        rf"(?:separated by |within )?{move}",
        rf"anti-?{piece}(?:'?s)?(?: move)?(?: (?:rules?|constraint))?(?: appl(?:y|ies))?",
    ]


_KNOWN = {
    "usual": [
        r"(?:normal|standard|classic|regular|usual) (?:(?P<most>\d+) ?x ?\d+ )?"
        r"(?:irregular |jigsaw )?sudoku(?: rules)?(?: apply)?",
        rf"(?:place|write|put|enter) {_DIGITS} {_RANGE}{_ONCE} (?:in|into) {_LINES} and {_BOX}",
        rf"(?:every|each) row,? column,? and {_BOX} {_MUST}contains? (?:{_DIGITS} )?"
        rf"{_RANGE}{_ONCE}",
        rf"{_RANGE} {_MUST}(?:appear|be placed) (?:once )?in (?:each|every) row,? column,? and "
        rf"{_BOX}",
        rf"fill the grid with {_DIGITS} {_RANGE} so that {_DIGITS} {_REPEAT} in any row,? "
        rf"column,? (?:and|or) {_BOX}",
    ],
    "sums": [
        rf"{_DIGITS} in {_CAGES} {_MUST}{_SUM}",
        rf"in {_CAGES},? {_DIGITS} {_MUST}{_SUM}",
        r"cages (?:show|give) their (?:sums?|totals?)|the cage shows its (?:sum|total)",
    ],
    "differ": [
        rf"{_DIGITS} {_REPEAT} (?:in|within|inside) {_CAGES}",
        rf"(?:in|within) {_CAGES},? {_DIGITS} {_REPEAT}",
    ],
    "sums differ": [
        rf"{_DIGITS} {_REPEAT} (?:in|within) {_CAGES},? (?:which|and cages) show their "
        r"(?:sums?|totals?)",
        rf"{_DIGITS} in {_CAGES} {_REPEAT},? and {_MUST}{_SUM}",
        rf"{_DIGITS} {_REPEAT} (?:in|within) {_CAGES},? and {_MUST}{_SUM}",
        rf"{_DIGITS} in {_CAGES} {_MUST}{_SUM},? and {_REPEAT}",
        rf"in {_CAGES},? {_DIGITS} {_MUST}{_SUM},? and {_REPEAT}",
    ],
    "thermometers": [
        rf"(?:along|on) {_THERMO},? {_DIGITS} {_GROW}",
        rf"{_DIGITS} (?:along|on) {_THERMO} {_GROW}",
        rf"{_DIGITS} {_MUST}increase (?:along|on) {_THERMO},? (?:starting )?{_BULB}",
    ],
    "diagonals": [
        rf"{_DIGITS} {_REPEAT} (?:along|on|in) (?:(?:either|each|both) (?:of )?)?(?:the )?"
        rf"(?:two )?(?:main|long|major) diagonals{_BLUE}",
        rf"{_DIGITS} {_REPEAT} (?:along|on|in) (?:either|each) (?:main|long|major) diagonal{_BLUE}",
        rf"(?:along|on) each (?:main|long|major) diagonal{_BLUE},? {_DIGITS} {_REPEAT}",
        rf"each (?:main|long|major) diagonal{_BLUE} {_NOT} contain (?:a )?repeated digits?",
    ],
    "diagonal": [rf"{_DIGITS} {_REPEAT} (?:along|on|in) the {_MARKED}diagonal{_BLUE}"],
    "diagonals drawn": [
        rf"{_DIGITS} {_REPEAT} (?:along|on|in) (?:(?:either|each|both) (?:of )?)?(?:the )?"
        rf"{_MARKED}diagonals?{_BLUE}",
    ],
    "anti_knight": _moves("knight"),
    "anti_king": _moves("king"),
    "silent": [
        r"no rules(?: (?:provided|given))?(?: for this puzzle)?|none",
        r"please check the related video or website for rules",
    ],
}
_PATTERNS = [(name, re.compile(one)) for name, known in _KNOWN.items() for one in known]


def said(text: str, side: int) -> frozenset[str]:
    """What sentences say: ``usual`` for the rules of a Sudoku, and the names of others.

    Args:
        side: of the board; a rule of other digits is refused.

    Raises:
        InputError: for a sentence that is not known, by its words.

    Example:
        >>> sorted(said("Normal sudoku rules apply. Digits cannot repeat in a cage.", 9))
        ['differ', 'usual']
    """
    if len(text) > MOST:
        raise unread(f"rules of {len(text):,} characters", f"at most {MOST:,}")
    found: set[str] = set()
    plain = text.lower().translate(_PLAIN).replace("\\n", "\n")
    plain = re.sub(r"(sudoku rules apply),? and ", r"\1. ", plain)
    for sentence in re.split(r"[.!;](?:\s+|$)|\n+|<br ?/?>", plain):
        words = " ".join(sentence.split()).strip(" .*-")
        if not words:
            continue
        for name, pattern in _PATTERNS:
            match = pattern.fullmatch(words)
            if match is not None and match.groupdict().get("most") in (None, str(side)):
                found.update(name.split())
                break
        else:
            raise unread(f"rules: {words}", "the rules of known variants, in usual words")
    return frozenset(found)
