"""The unified social credit code of organisations (统一社会信用代码), GB 32100-2015."""

from carbon.errors import N_, Problem

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015, table 1: I, O, S, V and Z are not used."""

LENGTH = 18


def checked_credit_code(text: str) -> str:
    """The code in capitals without spaces, its check character verified (GB 32100-2015, annex A).

    Raises:
        Problem: wrong length, a character outside the alphabet, or a check character that does not fit.
    """
    code = "".join(text.split()).upper()
    if len(code) != LENGTH:
        raise Problem(
            N_("A unified social credit code has 18 characters; {code} has {length}."),
            at="credit_code",
            code=code,
            length=len(code),
        )
    strange = sorted(set(code) - set(ALPHABET))
    if strange:
        raise Problem(
            N_(
                "A unified social credit code has no {characters}; use digits and capitals but I, O, S, V, Z."
            ),
            at="credit_code",
            characters=" ".join(strange),
        )
    expected = check_character(code[:-1])
    if code[-1] != expected:
        raise Problem(
            N_(
                "The check character of {code} is {given}, and should be {expected}; look for a slip of typing."
            ),
            at="credit_code",
            code=code,
            given=code[-1],
            expected=expected,
        )
    return code


def check_character(first_17: str) -> str:
    """The 18th character: weights 3^(i-1) mod 31, complement to 31 (GB 32100-2015, annex A, formula 1)."""
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(first_17))
    return ALPHABET[-total % 31]
