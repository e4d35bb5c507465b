"""Media: what is taken by its bytes, how long it lives, and uploads that go on where they broke."""

import hashlib

import pytest

from sandbox.model import Media
from sandbox.rules.media import true_type

from .bench import APP, FIXTURE, NUMBER, Bench, bench

pytestmark = pytest.mark.anyio

DAY_S = 86_400.0
UPLOAD = {"messaging_product": "whatsapp"}
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00"
STATIC, ANIMATED = WEBP + b"\x00", WEBP + b"\x02"


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n", 200),
        ("image/png", b"\xff\xd8\xff\xe0", 400),
        ("image/jpeg", b"\x89PNG\r\n\x1a\n", 400),
        ("application/pdf", b"%PDF-1.7", 200),
        ("application/pdf", b"\x89PNG\r\n\x1a\n", 400),
        ("audio/mpeg", b"ID3\x04", 200),
        ("audio/ogg; codecs=opus", b"OggS\x00", 200),
        ("audio/ogg", b"ID3\x04", 400),
        ("video/mp4", b"\x00\x00\x00\x18ftypmp42", 200),
        ("text/plain", b"Hello", 200),
        ("image/webp", STATIC + b"x" * 100_000, 200),
        ("image/webp", STATIC + b"x" * 110_000, 400),
        ("image/webp", ANIMATED + b"x" * 400_000, 200),
        ("image/webp", ANIMATED + b"x" * 520_000, 400),
    ],
)
async def test_a_file_is_what_its_bytes_say(kind: str, content: bytes, status: int) -> None:
    """Bytes of another type are refused, and a sticker's limit depends on its animation."""
    async with bench() as b:
        files = {"file": ("a", content, kind)}
        answer = await b.graph.post(f"/{NUMBER}/media", data={**UPLOAD, "type": kind}, files=files)
        assert answer.status_code == status, answer.text
        if status != 200:
            assert answer.json()["error"]["code"] == 100


async def test_an_uploads_life_is_thirty_days() -> None:
    """On the 30th day the file is there and can be sent, on the 31st neither."""
    async with bench() as b:
        files = {"file": ("a.png", b"\x89PNG", "image/png")}
        made = await b.graph.post(f"/{NUMBER}/media", data=UPLOAD, files=files)
        media_id = made.json()["id"]
        await b.clock.advance(30 * DAY_S - 60)
        url = (await b.graph.get(f"/{media_id}")).json()["url"]
        assert (await b.send(type="image", image={"id": media_id})).status_code == 200
        await b.clock.advance(120)
        assert (await b.graph.get(url)).status_code == 404
        assert (await b.graph.get(f"/{media_id}")).json()["error"]["error_subcode"] == 33
        refused = await b.send(type="image", image={"id": media_id})
        assert refused.json()["error"]["code"] == 100


async def test_a_received_files_life_is_seven_days() -> None:
    """What a person sent can be fetched and sent on for seven days."""
    async with bench() as b:
        world = b.simulation.world
        digest = hashlib.sha256(b"x").hexdigest()
        at = b.clock.now()
        media = Media("699", NUMBER, "image/png", digest, 1, "eA==", at, received=True)
        world.media[media.id] = media
        await b.clock.advance(7 * DAY_S - 60)
        facts = (await b.graph.get("/699", params={"phone_number_id": NUMBER})).json()
        assert facts["sha256"] == digest
        assert (await b.graph.get(facts["url"])).content == b"x"
        await b.clock.advance(120)
        assert (await b.graph.get("/699")).status_code == 400


async def test_an_interrupted_upload_goes_on() -> None:
    """Asked how far it is, a broken upload says so; from there on it ends with the same handle."""
    token = {"Authorization": f"OAuth {FIXTURE.access_token}"}

    async def send(b: Bench, pieces: list[bytes]) -> str:
        """Upload a file in pieces, asking before each how far it is; return the upload's id."""
        asked = {"file_length": "6", "file_type": "image/png", "file_name": "a.png"}
        upload = str((await b.graph.post(f"/v26.0/{APP}/uploads", params=asked)).json()["id"])
        for piece in pieces:
            at = (await b.graph.get(f"/v26.0/{upload}", headers=token)).json()["file_offset"]
            headers = {**token, "file_offset": str(at)}
            answer = await b.graph.post(f"/v26.0/{upload}", content=piece, headers=headers)
            handles.add(answer.json().get("h"))
        return upload

    async with bench() as b:
        handles: set[str | None] = set()
        await send(b, [b"abcdef"])
        upload = await send(b, [b"ab", b"cd", b"ef"])
        assert len(handles - {None}) == 1
        too_much = await b.graph.post(
            f"/v26.0/{upload}", content=b"x", headers={**token, "file_offset": "6"}
        )
        assert too_much.json()["error"]["code"] == 100


def test_a_declared_type_wins_where_bytes_allow_it() -> None:
    """Office files are archives, an mp4 may be sound alone: then the declared type counts."""
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert true_type(b"PK\x03\x04", word) == word
    assert true_type(b"\x00\x00\x00\x18ftypisom", "audio/mp4") == "audio/mp4"
    assert true_type(b"plain", "text/plain") == "text/plain"
    assert true_type(b"GIF89a", "image/png") == "image/gif"
