"""Codes of passes: one form is good; every other gives its reason."""

import json

import cwt
import pytest
import segno
from hypothesis import given, strategies as st

from maillage.passport import base45, cbor, tokens
from maillage.passport.choices import Reason
from maillage.passport.tokens import Claims, Trust, sign, verify
from tests.passport import make_vectors as made

FILES = sorted(path.name for path in made.FOLDER.glob("*.json") if path.stem != "trust")
TRUST = Trust.from_list(made.TRUST)


def cases(name):
    return json.loads((made.FOLDER / name).read_text(encoding="utf-8"))["cases"]


def test_the_vectors_in_the_repository_are_those_that_are_made():
    kept = {
        path.name: path.read_text(encoding="utf-8") for path in made.FOLDER.iterdir()
    }

    assert kept == made.files()


@pytest.mark.parametrize("name", FILES)
def test_every_vector_gets_the_answer_that_is_written_beside_it(name):
    wrong = {}
    for each in cases(name):
        verdict = verify(each["text"], trust=TRUST, now=each["now"]).as_json()
        wanted = {key: each[key] for key in ("ok", "reason", "claims")}
        if verdict != wanted:
            wrong[each["name"]] = (verdict, wanted)

    assert wrong == {}


def test_there_is_a_vector_for_every_reason_that_a_code_alone_can_give():
    seen = {each["reason"] for name in FILES for each in cases(name)}

    # the others depend on the place and on what was used before
    assert seen == {
        "", Reason.UNREADABLE, Reason.OTHER_VERSION, Reason.WRONG_ALGORITHM,
        Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE, Reason.REVOKED, Reason.EXPIRED,
        Reason.NOT_YET_VALID,
    }  # fmt: skip


def test_another_library_reads_what_we_write():
    public = made.key(made.REGION).public_key().public_bytes_raw()
    key = cwt.COSEKey.new(
        {1: 1, -1: 6, -2: public, 3: -8, 2: bytes.fromhex(made.kid(made.REGION))}
    )

    found = cwt.decode(base45.decode(made.GOOD[4:]), key)

    assert found == {
        1: "hdf", 4: made.EXP, 5: made.NBF, 7: bytes.fromhex(made.BASE.cti),
        -65537: ["P", "12-17", "59350", 1],
    }  # fmt: skip


def test_the_longest_code_fits_a_small_qr():
    longest = Claims("a" * 12, 2**32 - 1, 2**31, "ab" * 12, "P", "12-17", "59350", 999)
    text = sign(longest, key=made.key(1), kid=made.kid(1))

    assert len(text) == 228
    assert segno.make(text, error="m", boost_error=False).version == 9
    assert segno.make(text, error="m", boost_error=False).mode == "alphanumeric"


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"),
     (b"ietf!", "QED8WEX0")],
)  # fmt: skip
def test_base45_writes_as_the_standard_does(data, text):
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@given(st.binary(max_size=200))
def test_base45_gives_back_what_it_was_given(data):
    assert base45.decode(base45.encode(data)) == data


values = st.recursive(
    st.integers(-(2**53), 2**53 - 1) | st.binary(max_size=40) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.integers(-(2**40), 2**40), inner, max_size=4)
    ),
    max_leaves=6,
)


@given(st.lists(values, max_size=3))
def test_cbor_gives_back_what_it_was_given(value):
    try:
        written = cbor.decode(cbor.encode(value))
    except cbor.BadCbor as no:
        assert str(no) == "too deep"  # noqa: PT017 -- the only one there may be
    else:
        assert written == value


@given(st.binary(max_size=60))
def test_whatever_is_read_is_written_the_same_way(data):
    try:
        value = cbor.decode(data)
    except cbor.BadCbor:
        return
    assert cbor.encode(value) == data


@given(st.text(max_size=500) | st.binary(max_size=160).map(made.text_of))
def test_no_text_makes_an_accident(text):
    assert verify(text, trust=TRUST, now=made.NOW).reason in tokens.Reason.values
