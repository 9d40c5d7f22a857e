"""Where a configuration's files stand; of what is there only schemas are written over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from smsherald.paths import Kind, kind_of
from smsherald.settings.editor import FILES, written

SETTINGS = "smsherald.yaml"
_SCHEMAS = ".schema"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folder of a configuration: `config` in what was named, or that itself if it is one."""

    folder: Path

    @classmethod
    def of(cls, named: Path) -> Layout:
        """Return the layout for the folder that a person has named."""
        is_one = named.absolute().name == "config"
        return cls(named if is_one else named / "config")

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / SETTINGS

    @property
    def is_found(self) -> bool:
        """Whether commands find it without `--config`, from where we are."""
        return self.settings.absolute() == Path("config", SETTINGS).absolute()

    def standing(self, names: Mapping[str, str]) -> list[Path]:
        """Return those of some files that are there already, be it as a broken link.

        Raises OSError where nobody lets us look.
        """
        return [path for name in names if _stands(path := self.folder / name)]

    def write(self, files: Mapping[str, str]) -> list[Path]:
        """Write files; return their paths. Raises OSError, FileExistsError too."""
        paths = []
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
            paths.append(path)
        return paths

    def write_schemas(self) -> list[Path]:
        """Write the schemas for editors, in place of older ones. Raises OSError."""
        (self.folder / _SCHEMAS).mkdir(parents=True, exist_ok=True)
        paths = []
        for path, text in self._schemas():
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        return paths

    def stale_schemas(self) -> list[Path]:
        """Return those that are not there, or are another version's. Raises OSError."""
        return [path for path, text in self._schemas() if not _holds(path, text)]

    def _schemas(self) -> Iterator[tuple[Path, str]]:
        for name, make in FILES.items():
            yield self.folder / _SCHEMAS / name, written(make())


def _stands(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _holds(path: Path, text: str) -> bool:
    return kind_of(path) is Kind.FILE and path.read_bytes() == text.encode()


def flow_file(name: str) -> str:
    """Return where a flow stands below the folder."""
    return f"flows/{name}.yaml"
