"""`python -m sandbox`: its line, its exit codes, its state."""

import json
import socket
from pathlib import Path

import httpx
import pytest

from .command import serving, start


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    """SIGTERM writes the state and ends with 0; the next start goes on from it."""
    path = tmp_path / "state.json"
    with serving("--state", str(path)) as url:
        body = {"verified_name": "Second", "throughput": "HIGH"}
        made = httpx.post(f"{url}/sandbox/numbers", json=body).json()
        person = {"phone_number_id": made["phone_number_id"], "text": "Hi"}
        httpx.post(f"{url}/sandbox/contacts/15550111111/messages", json=person)
    assert json.loads(path.read_text())["format"] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["state.json"]
    with serving("--state", str(path), "--seed", "9") as url:
        assert httpx.get(f"{url}/sandbox/health").json()["seed"] == 9
        assert httpx.get(f"{url}/sandbox/counts").json()["inbound"] == 1
        headers = {"Authorization": f"Bearer {made['access_token']}"}
        shown = httpx.get(f"{url}/v26.0/{made['phone_number_id']}", headers=headers).json()
        assert shown["throughput"] == {"level": "HIGH"}


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"SANDBOX_FAULTS": "fial=1"}, "unknown name fial"),
        ({"SANDBOX_BEHAVIOUR": "read=7"}, "read must be a share from 0 to 1"),
        ({"SANDBOX_APP_ID": "abc"}, "SANDBOX_APP_ID must be digits"),
    ],
)
def test_a_bad_setting_ends_with_exit_code_2(environment: dict[str, str], says: str) -> None:
    """A wrong environment is a sentence on stderr, not a traceback, and nothing is started."""
    with start(**environment) as process:
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (2, "")
    assert says in errors
    assert "Traceback" not in errors


def test_a_damaged_state_ends_with_exit_code_2(tmp_path: Path) -> None:
    """A state file that cannot be read is named, and left as it is."""
    path = tmp_path / "state.json"
    path.write_text("{")
    with start("--state", str(path)) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "Move it away" in errors
    assert path.read_text() == "{"


def test_the_environment_sets_the_fixture() -> None:
    """Accounts, behaviour and faults come from SANDBOX_* variables."""
    with serving(
        SANDBOX_WABA_ID="77",
        SANDBOX_ACCESS_TOKEN="EAAx",
        SANDBOX_BEHAVIOUR="read=0.5",
        SANDBOX_FAULTS="fail=0.05",
    ) as url:
        headers = {"Authorization": "Bearer EAAx"}
        assert httpx.get(f"{url}/v26.0/77", headers=headers).json()["id"] == "77"
        assert httpx.get(f"{url}/sandbox/behaviour").json()["read"] == 0.5
        assert httpx.get(f"{url}/sandbox/faults").json()["fail"] == 0.05


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset_really_closes_the_connection(when: str) -> None:
    """The caller's TCP connection ends with RST and no answer; the message is sent, or is not."""
    with serving(SANDBOX_FAULTS=f"reset_{when}_accept=1") as url:
        host, port = url.removeprefix("http://").split(":")
        body = json.dumps({"messaging_product": "whatsapp", "to": "+15550111111",
                           "text": {"body": "Hi"}}).encode()  # fmt: skip
        request = (
            b"POST /v26.0/300000000000001/messages HTTP/1.1\r\nHost: sandbox\r\n"
            b"Authorization: Bearer EAAsandboxaccesstoken\r\nContent-Type: application/json\r\n"
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(request)
            with pytest.raises(ConnectionResetError):
                connection.recv(4096)
        counts = httpx.get(f"{url}/sandbox/counts").json()
        assert counts["accepted"] == (when == "after")
        assert counts["refused"] == ({"reset_before_accept": 1} if when == "before" else {})


def test_time_can_be_moved_and_run_faster_over_http() -> None:
    """A served sandbox takes an hour on, and runs at a factor from then on."""
    with serving() as url:
        now = httpx.get(f"{url}/sandbox/clock").json()["now"]
        moved = httpx.post(f"{url}/sandbox/clock", json={"advance_s": 3600, "factor": 1000}).json()
        assert moved["now"] >= now + 3600
        assert httpx.get(f"{url}/sandbox/clock").json()["factor"] == 1000
