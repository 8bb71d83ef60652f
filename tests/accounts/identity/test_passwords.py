import pytest

from accounts.identity import passwords
from carbon.errors import Problem


@pytest.mark.parametrize(
    "password",
    [
        "password", "P@ssw0rd123!", "qwertyuiop", "Qwerty123456", "12345678", "87654321", "aaaaaaaa", "abcabcabc",
        "iloveyou2024", "woaini1314", "1qaz2wsx", "19900101", "Dragon!!", "letmein99", "Chongqing2026",
        "carbon123", "admin@123", "5201314520", "Sunshine#1", "M0nkey12",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_refused(password):
    with pytest.raises(Problem):
        passwords.check_password(password)


@pytest.mark.parametrize("password", ["7 chars", "", "x" * 129])
def test_length_is_from_8_to_128(password):
    with pytest.raises(Problem) as refused:
        passwords.check_password(password)
    assert str(len(password)) in str(refused.value)


@pytest.mark.parametrize("password", ["wanghaiyan1", "Haiyan.Wang!", "jiangbei-paper"])
def test_login_and_names_are_words_anyone_would_try(password):
    with pytest.raises(Problem):
        passwords.check_password(
            password, context=("haiyan.wang", "wanghaiyan", "Jiangbei Paper", "jiangbei")
        )


@pytest.mark.parametrize(
    "password",
    [
        "Teal otters weigh 7 kg",
        "三只水獭在湖边散步吃鱼",
        "x7#kQ!vb",
        "  spaces stay  ",
        "🦦🦦 otters 🦦🦦",
        "a" * 60 + "b" * 68,
    ],
)
def test_any_characters_make_a_good_password(password):
    passwords.check_password(password, context=("haiyan.wang", "Li"))


async def test_a_password_matches_its_hash_in_either_unicode_form_and_no_other():
    stored = await passwords.hash_password("cafe\u0301 au lait")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify_password(stored, "caf\u00e9 au lait")
    assert not await passwords.verify_password(stored, "cafe au lait")
    assert not await passwords.verify_password(None, "caf\u00e9 au lait")
    assert not await passwords.verify_password("not a hash", "caf\u00e9 au lait")


async def test_two_hashes_of_one_password_differ():
    assert await passwords.hash_password("Teal otters") != await passwords.hash_password("Teal otters")
