"""The bill of materials: the packages this copy of Kebu runs on, with licences, hashes and who needs whom.

Format: CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.core.clock import utc_now
from app.version import VERSION
from config import KnownFailure

LOCK = "requirements.lock"
ITSELF = "kebu"
LONGEST_NAME_OF_LICENCE = 60


class UnlikeLock(KnownFailure):
    """What is installed is not what the lock names, so no bill of it would be true."""


@dataclass(frozen=True)
class Package:
    """A package of the lock, as it is installed; `hashes` are the SHA-256 of each file that may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]
    installed: Distribution

    @property
    def address(self) -> str:
        """Return the package's address as bills and advisories write it (purl)."""
        return f"pkg:pypi/{self.name}@{quote(self.version, safe='')}"


def bill_of_materials(lock: Path) -> dict[str, Any]:
    """Return the CycloneDX document of the packages that a lock names for this system.

    Raises UnlikeLock when one of them is absent or installed in another version.
    """
    packages = {each.name: each for each in _locked(lock)}
    addresses = [each.address for each in packages.values()]
    needs = [{"ref": each.address, "dependsOn": _needs(each, packages)} for each in packages.values()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": utc_now().isoformat(timespec="seconds"),
            "component": {"type": "application", "bom-ref": ITSELF, "name": "Kebu", "version": VERSION},
        },
        "components": [_component(each) for each in packages.values()],
        "dependencies": [{"ref": ITSELF, "dependsOn": addresses}, *needs],
    }


def _locked(lock: Path) -> Iterator[Package]:
    """Yield every package of a lock that this system needs."""
    for line in lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if not line[:1].isalnum():
            continue
        pin, *hashes = re.split(r"\s--hash=sha256:", line)
        required = Requirement(pin)
        if required.marker is None or required.marker.evaluate():
            name, version = canonicalize_name(required.name), str(required.specifier).removeprefix("==")
            yield Package(name, version, tuple(each.strip() for each in hashes), _installed(name, version))


def _installed(name: str, version: str) -> Distribution:
    try:
        found = distribution(name)
    except PackageNotFoundError as error:
        raise UnlikeLock(f"{name} {version} is in {LOCK} and not installed; start Kebu by run.py.") from error
    if found.version != version:
        raise UnlikeLock(
            f"{name} {found.version} is installed where {LOCK} names {version}; start Kebu by run.py."
        )
    return found


def _needs(package: Package, packages: dict[str, Package]) -> list[str]:
    """Return the addresses of the locked packages that one needs here, its optional extras left out."""
    needed = {
        canonicalize_name(required.name)
        for required in map(Requirement, package.installed.requires or ())
        if required.marker is None or required.marker.evaluate({"extra": ""})
    }
    return sorted(packages[name].address for name in needed & packages.keys())


def _component(package: Package) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": package.address,
        "name": package.name,
        "version": package.version,
        "purl": package.address,
        "hashes": [{"alg": "SHA-256", "content": each} for each in package.hashes],
        "licenses": _licences(package.installed),
    }


def _licences(installed: Distribution) -> list[dict[str, Any]]:
    """Return what a package says of its licences: its expression, else its short name, else its classifiers."""
    told = installed.metadata
    if "License-Expression" in told:
        return [{"expression": told["License-Expression"]}]
    classified = [
        each.rpartition("::")[2].strip()
        for each in told.get_all("Classifier") or ()
        if each.startswith("License ::")
    ]
    name = told["License"].strip() if "License" in told else ""
    # Older packages put the whole text of the licence there.
    short = bool(name) and "\n" not in name and len(name) <= LONGEST_NAME_OF_LICENCE
    names = [name] if short and len(classified) <= 1 else classified
    return [{"license": {"name": each}} for each in names]
