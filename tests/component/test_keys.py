"""The operator's command fills the platform's secret, and changes keys without losing a change."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chalicelib.core import aws as aws_clients
from chalicelib.core.clock import SYSTEM_CLOCK
from chalicelib.core.secrets import REFRESH_S, SecretReader, parse_secrets, platform_secrets
from infra.keys import KeysError, SecretStore, filled, main, rotated
from tests.component.cloud import SECRET

EMPTY = "parley-empty"


@pytest.fixture(autouse=True)
def _own_secrets(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the tests an empty secret beside the tier's own, which they do not touch."""
    monkeypatch.setenv("META_APP_SECRET", "app-secret")
    client = aws_clients.client("secretsmanager")
    client.create_secret(Name=EMPTY)
    yield
    client.delete_secret(SecretId=EMPTY, ForceDeleteWithoutRecovery=True)


def run(*arguments: str) -> int:
    """Run the command on the empty secret."""
    return main(["--secret-id", EMPTY, *arguments])


def content() -> dict[str, object]:
    """Return what the secret holds now."""
    answer = aws_clients.client("secretsmanager").get_secret_value(
        SecretId=EMPTY, VersionStage="AWSCURRENT"
    )
    found: dict[str, object] = json.loads(answer["SecretString"])
    return found


def test_an_empty_secret_is_filled_once(capsys: pytest.CaptureFixture[str]) -> None:
    """After a deployment one command makes all that is needed; again it changes nothing."""
    assert run("list") == 0
    assert capsys.readouterr().out.count("none: run fill") == 3
    assert run("fill", "--meta-app-id", "123") == 0
    out = capsys.readouterr().out
    first = content()
    secrets = parse_secrets(json.dumps(first))
    assert (secrets.meta_app_id, secrets.meta_app_secrets) == ("123", ("app-secret",))
    assert secrets.meta_verify_token in out
    keys = [ring.keys for ring in (secrets.signing, secrets.callback, secrets.cursor)]
    assert len({key.secret for (key,) in keys}) == 3
    assert all(len(key.secret) == 64 and key.secret.decode() not in out for (key,) in keys)
    assert run("fill", "--meta-app-id", "456") == 0
    assert content() == first
    assert "verify token" not in capsys.readouterr().out


def test_filling_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the app's id nothing is written."""
    assert run("fill") == 1
    assert "no meta_app_id" in capsys.readouterr().err
    assert SecretStore(EMPTY).read() == {}
    monkeypatch.setenv("META_APP_SECRET", "")
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "")
    assert run("fill", "--meta-app-id", "1") == 1
    assert "no meta_app_secrets" in capsys.readouterr().err


def test_one_kind_of_key_is_rotated_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The other rings stay as they are, and the list tells what each key does and until when."""
    run("fill", "--meta-app-id", "1")
    before = content()
    capsys.readouterr()
    assert run("rotate", "signing") == 0
    after = content()
    assert {k: v for k, v in after.items() if k != "signing_keys"} == {
        k: v for k, v in before.items() if k != "signing_keys"
    }
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["signing", "signing", "cursor", "callback"]
    assert "signs, good until" in lines[0]
    assert "signs from" in lines[1]
    assert run("rotate", "--compromised") == 0
    for ring in ("signing_keys", "cursor_keys", "callback_keys"):
        assert len(content()[ring]) == 1  # type: ignore[arg-type]
        assert content()[ring] != before[ring]


def test_a_change_in_between_is_not_lost(capsys: pytest.CaptureFixture[str]) -> None:
    """Of two operators at once the later is refused, and what the other wrote stays current."""
    run("fill", "--meta-app-id", "1")
    mine, other = SecretStore(EMPTY), SecretStore(EMPTY)
    now_ms = SYSTEM_CLOCK.now_ms()
    stale, fresh = mine.read(), other.read()
    other.write(rotated(fresh, now_ms, ["cursor"]))
    written = content()
    with pytest.raises(KeysError, match="run this again"):
        mine.write(rotated(stale, now_ms, ["signing"]))
    assert content() == written
    assert capsys.readouterr().err == ""


def test_what_is_no_secret_of_ours_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """A value that is not Parley's, and a secret that is not there, are errors that say so."""
    client = aws_clients.client("secretsmanager")
    client.put_secret_value(SecretId=EMPTY, SecretString="somebody's password")
    assert run("rotate") == 1
    assert "something else than Parley's JSON" in capsys.readouterr().err
    assert main(["--secret-id", "parley-elsewhere", "list"]) == 1
    assert "There is no secret parley-elsewhere" in capsys.readouterr().err


def test_rotating_an_empty_secret_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """There is nothing to rotate before it is filled."""
    assert run("rotate") == 1
    assert "fill it first" in capsys.readouterr().err


def test_a_process_reads_the_secret_anew() -> None:
    """Keys and app secrets that change reach a process that is running, within five minutes."""

    class Clock:
        ms = 0

        def now_ms(self) -> int:
            return self.ms

    clock, client = Clock(), aws_clients.client("secretsmanager")
    reader = SecretReader(clock)
    first = reader()
    changed = {**SECRET, "meta_app_secrets": ["next-app-secret", "test-app-secret"]}
    try:
        client.put_secret_value(SecretId="parley-local", SecretString=json.dumps(changed))
        clock.ms = REFRESH_S * 1000 - 1
        assert reader() is first
        clock.ms += 1
        assert reader().meta_app_secrets == ("next-app-secret", "test-app-secret")
    finally:
        client.put_secret_value(SecretId="parley-local", SecretString=json.dumps(SECRET))
        platform_secrets.cache_clear()


def test_filling_keeps_what_an_older_release_wrote() -> None:
    """A secret in the older form is complete: nothing is added, and it can be rotated."""
    same = filled(SECRET, 0, app_id="other", app_secret="other", verify_token="other")
    assert same == SECRET
    done = rotated(SECRET, 0, ["signing", "cursor", "callback"])
    assert not {"signing_kid", "cursor_key", "callback_key"} & set(done)
    assert parse_secrets(json.dumps(done)).signing.signing(0).kid == "k1"
