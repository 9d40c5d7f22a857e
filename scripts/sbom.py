"""Writes the packages of an environment as CycloneDX: `sbom.py PYTHON INSTALLED.json OUT.json`.

INSTALLED.json is what `pip install --report` said as it made the environment of that PYTHON.
scripts/sbom and the Dockerfile run it, with what requirements-release.txt pins. What went into it
decides every byte that comes out: there is no time, no serial number, no address and no path.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

SPEC = SchemaVersion.V1_6
COMMAND = Path(sys.executable).with_name("cyclonedx-py")
OPTIONS = (
    "--output-reproducible",
    "--no-validate",
    "--sv",
    SPEC.to_version(),
    "--output-file",
    "-",
)


def main() -> None:
    """Write it, or end with a sentence that says why not."""
    python, installed, out = map(Path, sys.argv[1:])
    project = Path("pyproject.toml")
    bom = found(python, project)
    tell(bom, version(project), hashes(installed))
    text = json.dumps(bom, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if problem := JsonStrictValidator(SPEC).validate_str(text):
        sys.exit(f"error: this is no CycloneDX {SPEC.to_version()}: {problem.data}")
    out.write_text(text)


def found(python: Path, project: Path) -> Any:
    """Return what is in the environment: names, versions, licences, and what wants what."""
    # With a SOURCE_DATE_EPOCH it would write a time.
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        [COMMAND, "environment", *OPTIONS, "--pyproject", project, python],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout)


def version(project: Path) -> str:
    """Return the daemon's own version, which stands in its code."""
    path = tomllib.loads(project.read_text())["tool"]["hatch"]["version"]["path"]
    (stated,) = re.findall(r'^__version__ = "(.+)"$', Path(path).read_text(), re.MULTILINE)
    return str(stated)


def hashes(installed: Path) -> dict[tuple[str, str], str]:
    """Return the SHA-256 of the wheel of each package, by its name and version."""
    return {
        (plain(entry["metadata"]["name"]), entry["metadata"]["version"]): (
            entry["download_info"]["archive_info"]["hashes"]["sha256"]
        )
        for entry in json.loads(installed.read_text())["install"]
    }


def tell(bom: Any, version: str, hashes: dict[tuple[str, str], str]) -> None:
    """Add the version and the hashes; leave out the addresses, some of which are registries'."""
    daemon, tools = bom["metadata"]["component"], bom["metadata"]["tools"]["components"]
    daemon["version"] = version
    for component in bom["components"]:
        key = (plain(component["name"]), component["version"])
        if key not in hashes:
            sys.exit(f"error: nobody said from which file this was installed: {' '.join(key)}")
        component["hashes"] = [{"alg": "SHA-256", "content": hashes[key]}]
    for component in (daemon, *tools, *bom["components"]):
        component.pop("externalReferences", None)


def plain(name: str) -> str:
    """Return a package's name as all its spellings have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
