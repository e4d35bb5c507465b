"""A tenant's secrets are encrypted for the tenant: in another's row they are worth nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import chalicelib
from chalicelib.core import aws as encryption
from chalicelib.core.context import TenantContext
from chalicelib.storage.accounts import AccountRow, account_token
from chalicelib.storage.numbers import NumberRow, access_token


@pytest.fixture
def pair(aws: None, ctx: TenantContext, other_ctx: TenantContext) -> tuple[str, str]:
    """Give the ids of two tenants, with nothing decrypted before."""
    encryption.decrypt.cache_clear()
    return ctx.tenant_id, other_ctx.tenant_id


def row(tenant_id: str, ciphertext: bytes) -> NumberRow:
    """Return a number's row as it is read from the table."""
    return NumberRow(tenant_id, "num_x", token_ciphertext=ciphertext)


def test_a_token_is_good_in_its_own_tenants_row_only(pair: tuple[str, str]) -> None:
    """A ciphertext that somebody copies into another tenant's row is refused by KMS itself."""
    mine, other = pair
    ciphertext = encryption.encrypt(mine, "EAAG-token")
    assert b"EAAG" not in ciphertext
    assert access_token(row(mine, ciphertext)) == "EAAG-token"
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        access_token(row(other, ciphertext))
    account = AccountRow(other, "waba", token_ciphertext=ciphertext)
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        account_token(account)
    # What a process remembers of the one tenant is not given to the other either.
    assert access_token(row(mine, ciphertext)) == "EAAG-token"
    with pytest.raises(ClientError, match="InvalidCiphertext"):
        access_token(row(other, ciphertext))


def test_a_ciphertext_that_was_altered_is_refused(pair: tuple[str, str]) -> None:
    """A flipped bit is not decrypted into something else."""
    mine, _ = pair
    ciphertext = encryption.encrypt(mine, "EAAG-token")
    altered = ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])
    with pytest.raises(ClientError):
        encryption.decrypt(mine, altered)


def test_every_encryption_names_the_tenant_of_the_row() -> None:
    """In the whole code, what is encrypted or decrypted is so for the tenant at hand."""
    root = Path(chalicelib.__file__).parent
    calls: list[str] = []
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of = ast.unparse(node.func)
            if of in {"aws.encrypt", "aws.decrypt"}:
                calls.append(ast.unparse(node.args[0]))
            elif node.func.attr in {"encrypt", "decrypt"}:
                assert path.relative_to(root) == Path("core/aws.py"), f"{path}: {of}"
                context = {k.arg: ast.unparse(k.value) for k in node.keywords}
                assert context["EncryptionContext"] == "{'tenant_id': tenant_id}"
    assert len(calls) >= 10
    assert set(calls) <= {"ctx.tenant_id", "row.tenant_id", "user.tenant_id", "self._tenant_id"}
