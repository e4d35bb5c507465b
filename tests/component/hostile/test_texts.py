"""Texts made to cost, to pass for another, or to break out of where they stand."""

from __future__ import annotations

import gzip
import json
import time
import zipfile
from email.message import Message
from io import BytesIO

import bcrypt
import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib.core.errors import Invalid
from chalicelib.schemas.auth import Email
from chalicelib.services.exports.cells import as_text, encode_rows, from_text
from chalicelib.services.imports.reading import MAX_LINE, Layout, read_records
from chalicelib.services.media_links import disposition, safe_filename
from chalicelib.services.passwords import hash_password, is_password
from tests.component.api_client import ApiClient
from tests.component.members import EMAIL, PASSWORD, sign_in, sign_up

# Combining letters in the wrong order: putting n of them into order takes some n² steps.
SLOW = "a" + "\u0301" * 60_000 + "\u0323" * 60_000
CSV = {"Content-Type": "text/csv"}
JSON = {"Content-Type": "application/json"}


def raw(body: dict[str, str]) -> bytes:
    """Return a body whose letters are sent as they are: escaped, fewer would fit."""
    return json.dumps(body, ensure_ascii=False).encode()


class TestTextsThatCost:
    """A text of Unicode's combining letters is judged by its length before it is composed."""

    @pytest.mark.parametrize("field", ["email", "password", "code"])
    def test_sign_in(self, api: ApiClient, field: str) -> None:
        """A quarter of a megabyte of them costs a sign-in no more than any wrong password."""
        body = {"email": EMAIL, "password": PASSWORD, field: SLOW}
        begun = time.process_time()
        answer = api.acting_as(None).post("/api/auth/login", content=raw(body), headers=JSON)
        assert answer.status in {401, 422}
        assert time.process_time() - begun < 3

    def test_sign_up(self, api: ApiClient) -> None:
        """Nor a sign-up, which names the field."""
        body = {"business_name": "B", "name": "N", "email": "n@b.example", "password": SLOW}
        begun = time.process_time()
        answer = api.acting_as(None).post("/api/auth/register", content=raw(body), headers=JSON)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "password")
        assert time.process_time() - begun < 3

    def test_import(self, api: ApiClient) -> None:
        """Nor a title or a cell of an import."""
        begun = time.process_time()
        for body in (f"phone,{SLOW[:9_000]}\n1,2\n", f"phone,name\n1,{SLOW[:9_000]}\n"):
            api.post("/api/contacts/imports", content=body.encode(), headers=CSV)
        assert time.process_time() - begun < 3


class TestPasswords:
    """bcrypt sees all of a password, or it is refused."""

    @pytest.mark.parametrize(
        "password", ["a" * 73, "ü" * 37, "good enough\0", "\0" * 20, "🔑" * 19, "a" * 100_000]
    )
    def test_refused(self, password: str) -> None:
        """Over 72 bytes, or with a NUL, which bcrypt takes for the end: refused when it is set,
        and never right.
        """
        with pytest.raises(Invalid):
            hash_password(password)
        hashed = hash_password(PASSWORD)
        assert not is_password(password, hashed)

    def test_72_bytes_count_to_the_last(self) -> None:
        """The last byte of the longest password counts."""
        longest = "a" * 72
        hashed = hash_password(longest)
        assert is_password(longest, hashed)
        assert not is_password("a" * 71 + "b", hashed)
        assert not is_password(longest + "a", hashed)

    def test_truncated_is_not_right(self, api: ApiClient) -> None:
        """What a cut would make equal is not: a right password with anything behind it is wrong."""
        sign_up(api)
        for more in ("\0", "\0x", " " * 60 + "x", "x" * 500, "\u0301" * 1_000):
            assert sign_in(api, password=PASSWORD + more).status == 401

    def test_unknown_e_mail_costs_one_check(
        self, api: ApiClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Known or not, right or wrong, too long or not: one bcrypt check each."""
        sign_up(api)
        checks: list[int] = []
        real = bcrypt.checkpw

        def counted(secret: bytes, hashed: bytes) -> bool:
            checks.append(int(hashed.split(b"$")[2]))
            return real(secret, hashed)

        monkeypatch.setattr(bcrypt, "checkpw", counted)
        for email in (EMAIL, "nobody@bakery.example"):
            for password in ("wrong password", "x" * 90, "y" * 1_000, "z\0zzzzzzzzzzzz"):
                checks.clear()
                assert sign_in(api, email, password).status in {401, 429}
                assert checks in ([12], []), (email, password)
                if checks == []:
                    break  # slowed down: no check for anybody


class TestEMails:
    """One person has one spelling, and nobody has another's."""

    @pytest.mark.parametrize(
        "written",
        [
            "ADA@bakery.example",
            " ada@bakery.example ",
            "ada@BAKERY.example",
            "\uff41\uff44\uff41@bakery.example",
            "ada\uff20bakery.example",
            "ada@bakery\u3002example",
            "ada@bakery.example\u200b",  # DNS's own rules (UTS 46) take no notice of it
        ],
    )
    def test_the_same(self, written: str) -> None:
        """Case, space and compatible letters do not count."""
        assert TypeAdapter(Email).validate_python(written) == "ada@bakery.example"

    @pytest.mark.parametrize(
        "written",
        [
            "аda@bakery.example",  # a Cyrillic a
            "ad\u200ba@bakery.example",
            "ada\u00ad@bakery.example",
            "\u202eada@bakery.example",
            "ada@bak\u0000ery.example",
            "ada@bakery.example\r\nBcc: x@evil.example",
            "ada@bakery.example,x@evil.example",
            "ada@bakery.example;x@evil.example",
            '"ada"@bakery.example',
            "ada@evil.example@bakery.example",
            "ada(comment)@bakery.example",
            "<ada@bakery.example>",
            "ada@[127.0.0.1]",
            "ada@localhost",
            "ada..b@bakery.example",
            "a" * 65 + "@bakery.example",
        ],
    )
    def test_refused_or_another(self, written: str) -> None:
        """What only looks like an address, or like another's, is refused or is not that address."""
        try:
            found = TypeAdapter(Email).validate_python(written)
        except ValidationError:
            return
        assert found != "ada@bakery.example"
        assert found.isascii()

    def test_look_alike_domains_are_shown_as_they_are(self) -> None:
        """A domain of other letters becomes what DNS calls it."""
        found = TypeAdapter(Email).validate_python("ada@bаkery.example")  # a Cyrillic a
        assert found.startswith("ada@xn--")

    def test_plus_addresses_are_their_own(self, api: ApiClient) -> None:
        """What stands behind a plus counts: at some hosts that is somebody else."""
        sign_up(api)
        assert sign_up(api, "ada+shop@bakery.example").body["user"]["email"] != EMAIL
        assert sign_up(api, "a.da@bakery.example").body["user"]["email"] != EMAIL


class TestCsv:
    """Files that are small to send and large to read, and cells that are no text."""

    @pytest.mark.parametrize(
        "body",
        [
            b"phone\n" + b"7" * 3_000_000,
            b"phone" + b"," * 1_000_000 + b"\n1\n",
            b"phone\n" + b"," * 1_000_000,
            b"\0" * 100_000,
            b"phone,na\0me\n+4915123456789,A\n",
            b'phone,name\n1,"' + b"x\n" * 500_000,
            b"phone\n" + b'"' * 1_000_001,
            gzip.compress(b"phone\n" + b"+4915123456789\n" * 1_000),
        ],
    )
    def test_bombs(self, api: ApiClient, body: bytes) -> None:
        """A line without end, a million columns, NULs, an open quote, gzip: 422 that says why, or
        an import that says so; in the time of any other.
        """
        begun = time.process_time()
        for headers in (CSV, {**CSV, "Content-Encoding": "gzip"}):
            answer = api.post("/api/contacts/imports", content=body, headers=headers)
            assert answer.status in {202, 422}, answer.text[:300]
        assert time.process_time() - begun < 15

    def test_zip_is_no_csv(self, api: ApiClient) -> None:
        """A zip, of whatever it would unfold to, is not opened."""
        into = BytesIO()
        with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("people.csv", b"0" * 10_000_000)
        answer = api.post("/api/contacts/imports", content=into.getvalue(), headers=CSV)
        assert (answer.status, answer.body["code"]) == (422, "not_text")

    def test_a_line_of_a_hundred_megabytes_is_read_a_piece_at_a_time(self) -> None:
        """Of an uploaded file that is one line no more is read than the longest that could be."""
        piece, given_out = b"x" * 65_536, 0

        def pieces() -> object:
            nonlocal given_out
            yield b"phone\n"
            while given_out < 100_000_000:
                given_out += len(piece)
                yield piece

        layout = Layout("utf-8", ",", (), 0, 1)
        with pytest.raises(Invalid) as caught:
            list(read_records(pieces(), layout))  # type: ignore[arg-type]
        assert caught.value.code == "field_too_long"
        assert given_out < 2 * MAX_LINE

    @given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝＋－＠a; ,\""), max_size=8))
    def test_cells_come_back(self, value: str) -> None:
        """Whatever a cell holds, it comes back the same, and is no formula on the way."""
        marked = as_text(value)
        assert from_text(marked) == value
        assert marked[:1] not in tuple("=+-@\t\r\n＝＋－＠")

    @pytest.mark.parametrize("first", list("=+-@\t\r\n＝＋－＠"))
    def test_formulas_are_texts_in_each_export(self, first: str) -> None:
        """A cell that begins as a formula does begins with the sign for text instead."""
        from chalicelib.services.audit import _cell

        value = f"{first}cmd|' /C calc'!A0"
        assert encode_rows([[value]]).decode().lstrip('"').startswith("'")
        assert _cell(value).startswith("'")


class TestNamesInHeaders:
    """A file's name ends no header and opens no other, and names no folder."""

    @given(st.text(max_size=200))
    def test_disposition_is_one_header(self, name: str) -> None:
        """Whatever a customer called a file, the header is one line of ASCII that parses."""
        safe = safe_filename(name, "application/pdf", "file")
        assert safe
        assert "/" not in safe
        assert "\\" not in safe
        assert safe.strip(".")
        header = disposition(safe, is_shown=False)
        assert header.isascii()
        assert header.isprintable()
        message = Message()
        message["Content-Disposition"] = header
        assert message.get_content_disposition() == "attachment"

    @pytest.mark.parametrize(
        "name",
        [
            "a\r\nSet-Cookie: x=1",
            'a"; filename="evil.html',
            "../../etc/passwd",
            "..\\..\\boot.ini",
            "%2e%2e%2fetc",
            "a\0.exe",
            "annex\u202efdp.exe",
            "con/../x",
            "." * 500,
            "x" * 5_000,
        ],
    )
    def test_tricks(self, name: str) -> None:
        """The usual ones."""
        header = disposition(safe_filename(name, "text/plain", "file"), is_shown=True)
        assert "\r" not in header
        assert "\n" not in header
        assert "\u202e" not in header
        assert header.count('"') in {0, 2}
        assert len(header) < 1_000
