"""Dependencies come as wheels of the target, or the build says which one does not."""

from __future__ import annotations

import hashlib
import re
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.archive import Entry, append_entries, read_archive, write_archive
from infra.package import ROOT
from infra.vendor import VendorError, host_target, is_wanted, lambda_target, vendor_archive


def read_lock(name: str) -> list[Requirement]:
    """Return the requirements of a lock file, without their hashes."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"\w", line)]


def test_what_is_tested_is_what_is_deployed() -> None:
    """Every package of requirements.txt is in requirements-dev.txt at the same version, and each
    line of every lock has hashes.
    """
    deployed = {str(pin) for pin in read_lock("requirements.txt")}
    assert deployed <= {str(pin) for pin in read_lock("requirements-dev.txt")}
    locks = ("requirements.txt", "requirements-dev.txt", "infra/local/requirements-ministack.txt")
    for name in locks:
        text = (ROOT / name).read_text("utf-8")
        assert len(re.findall(r"== *\S+ .*\\\n {4}--hash=sha256:[0-9a-f]{64}", text)) == len(
            read_lock(name)
        )
        assert "://" not in text, f"{name} names a registry"


def test_a_package_without_a_wheel_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no arm64 wheel exists, the error names the package and says what to do."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"only-as-source==1.0 \\\n    --hash=sha256:{'0' * 64}\n")
    with pytest.raises(VendorError, match=r"only-as-source==1\.0 has no wheel for lambda") as told:
        vendor_archive(requirements, lambda_target(), tmp_path / "cache")
    assert "Python 3.13, arm64" in str(told.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_unpinned_requirement_is_refused(tmp_path: Path) -> None:
    """A build tomorrow must be the build of today."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("httpx>=0.28  # newest\n")
    with pytest.raises(VendorError, match=r"pin httpx>=0\.28 with =="):
        vendor_archive(requirements, host_target(), tmp_path)


def test_a_requirement_without_a_hash_is_refused(tmp_path: Path) -> None:
    """A version alone does not say what is in the file that bears it."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("httpx==0.28.1\n")
    with pytest.raises(
        VendorError, match=r"httpx==0\.28\.1 has no hash; write it with `make lock`"
    ):
        vendor_archive(requirements, host_target(), tmp_path)


def test_a_file_that_is_not_the_locked_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel of the right name and version with other bytes does not get into the zip."""
    wheel = tmp_path / "swapped-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("swapped.py", "")
        meta = "swapped-1.0.dist-info"
        archive.writestr(f"{meta}/METADATA", "Metadata-Version: 2.1\nName: swapped\nVersion: 1.0\n")
        archive.writestr(f"{meta}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{meta}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    requirements = tmp_path / "requirements.txt"
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    requirements.write_text(f"swapped==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(VendorError, match="DO NOT MATCH THE HASHES"):
        vendor_archive(requirements, host_target(), tmp_path / "cache")
    requirements.write_text(f"swapped==1.0 --hash=sha256:{right}\n")
    made, _ = vendor_archive(requirements, host_target(), tmp_path / "cache")
    assert "swapped.py" in dict(read_archive(made))


def test_dependencies_are_fetched_once(tmp_path: Path) -> None:
    """The same requirements give the same zip again without pip."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    first, cached = vendor_archive(requirements, host_target(), tmp_path / "cache")
    again, cached_again = vendor_archive(requirements, host_target(), tmp_path / "cache")
    assert (first, cached, cached_again) == (again, False, True)


def test_requirements_are_what_is_installed_here() -> None:
    """What the tests run on is what Lambda runs on, and the closure misses nothing."""
    pins = read_lock("requirements.txt")
    names = {canonicalize_name(pin.name) for pin in pins}
    # Of Chalice, Lambda runs the runtime alone; these serve its command line.
    command_line = {"click", "inquirer", "pip", "pyyaml", "setuptools", "wheel"}
    for pin in pins:
        found = distribution(pin.name)
        assert pin.specifier.contains(found.version), f"{pin} but {found.version} is installed"
        for text in found.requires or []:
            needed = Requirement(text)
            marker = {"python_version": "3.13", "python_full_version": "3.13.0", "extra": ""}
            if needed.marker is None or needed.marker.evaluate(marker):
                assert canonicalize_name(needed.name) in names | command_line, (pin, needed)


@pytest.mark.parametrize(
    "name",
    [
        "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
        "botocore/data/endpoints.json",
        "phonenumbers/data/region_GB.py",
        "PIL/_imaging.cpython-313-aarch64-linux-gnu.so",
        "pydantic-2.14.3.dist-info/METADATA",
    ],
)
def test_what_runs_is_taken(name: str) -> None:
    """Code, models of called services, number plans and the version of a package go in."""
    assert is_wanted(name)


@pytest.mark.parametrize(
    "name",
    [
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "phonenumbers/geodata/data0.py",
        "pydantic-2.14.3.dist-info/RECORD",
        "anyio/__pycache__/_core.cpython-313.pyc",
        "chalice/cli/__init__.py",
        "pillow.libs/libavif-ba04b566.so.16.4.2",
    ],
)
def test_what_does_not_run_is_left_out(name: str) -> None:
    """Models of services that are not called, byte code and build tools stay out."""
    assert not is_wanted(name)


names = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.py", fullmatch=True)
files = st.dictionaries(names, st.binary(max_size=64), max_size=8)


@given(files, st.randoms())
def test_a_zip_depends_on_its_content_alone(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, bytes], random: object
) -> None:
    """The order in which files are found does not change a byte."""
    folder = tmp_path_factory.mktemp("zip")
    entries = [Entry(name, data) for name, data in content.items()]
    write_archive(folder / "a.zip", entries)
    random.shuffle(entries)  # type: ignore[attr-defined]
    write_archive(folder / "b.zip", entries)
    assert (folder / "a.zip").read_bytes() == (folder / "b.zip").read_bytes()
    assert dict(read_archive(folder / "a.zip")) == content


def test_a_file_cannot_be_in_a_zip_twice(tmp_path: Path) -> None:
    """Code that is called like a dependency's file is refused: which one ran would be luck."""
    write_archive(tmp_path / "a.zip", [Entry("six.py", b"")])
    with pytest.raises(ValueError, match=r"six\.py would be in a\.zip twice"):
        append_entries(tmp_path / "a.zip", [Entry("six.py", b"other")])
