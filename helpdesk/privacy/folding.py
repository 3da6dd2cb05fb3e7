"""One simple form of a text in which every character keeps its place, so that findings can be cut from the original."""

import unicodedata

# Stand between the digits of a number without ending it: keycap emoji and joined characters are digits to a reader.
_INVISIBLE = {"\N{ZERO WIDTH JOINER}", "\N{VARIATION SELECTOR-16}", "\N{COMBINING ENCLOSING KEYCAP}", "\t"}
_DASHES = {"\N{MINUS SIGN}", "\N{SOFT HYPHEN}"}
# Matches no pattern: what was found already, or stands in the text as a marker.
BARRIER = "\x00"

Span = tuple[int, int]


def fold(text: str) -> str:
    """Return `text` in half width and lower case, any digit as 0-9, any space as a blank, any dash as a hyphen."""
    return "".join(map(_folded, text))


def _folded(character: str) -> str:
    # Most characters are none of the cases below.
    if character.isascii():
        return " " if character == "\t" else character.lower()
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category == "Zs" or character in _INVISIBLE:
        return " "
    if category == "Pd" or character in _DASHES:
        return "-"
    simple = unicodedata.normalize("NFKC", character).lower()
    return simple if len(simple) == 1 else character


def blank(folded: str, spans: list[Span]) -> str:
    """Return `folded` with barriers over the spans."""
    for start, end in spans:
        folded = folded[:start] + BARRIER * (end - start) + folded[end:]
    return folded
