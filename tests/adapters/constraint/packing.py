"""LZString's packing, for tests: a text that ``unpacked`` makes this one of."""

from __future__ import annotations

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def packed(text: str) -> str:
    """A text that packs this one, with the dictionary that its reader will have by then."""
    raw = text.encode("utf-16-le", "surrogatepass")
    units = "".join(chr(raw[k] | raw[k + 1] << 8) for k in range(0, len(raw), 2))
    known: dict[str, int] = {}
    bits: list[int] = []
    width, count, at, last = 2, 4, 0, ""

    def put(value: int, size: int) -> None:
        bits.extend(value >> k & 1 for k in range(size))

    while at < len(units):
        # The reader also knows the word that it is about to learn: the last with its first again.
        words = {**known, last + last[:1]: count} if last else known
        word = units[at]
        while at + len(word) < len(units) and word + units[at + len(word)] in words:
            word += units[at + len(word)]
        if word in words:
            put(words[word], width)
        else:
            put(int(ord(word) >= 256), width)
            put(ord(word), 16 if ord(word) >= 256 else 8)
            known[word] = count if last else 3
            count += bool(last)
        if last:
            known.setdefault(last + word[0], count)
            count += 1
        at, last = at + len(word), word
        width = max(width, 3, count.bit_length())
    put(2, width)
    bits += [0] * (-len(bits) % 6)
    sixes = [bits[k : k + 6] for k in range(0, len(bits), 6)]
    out = "".join(SIGNS[int("".join(map(str, six)), 2)] for six in sixes)
    return out + "=" * (-len(out) % 4)
