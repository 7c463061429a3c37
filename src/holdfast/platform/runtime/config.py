"""The law of settings: flag > environment > holdfast.toml > default, each value with its origin.

Sections are frozen dataclasses declared by the platform and the apps (see `setting`). Unknown keys
and unknown variables that begin with HOLDFAST_ are mistakes that name the nearest right one, so
that a typing error is never a silent default. Nothing is read at import.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from holdfast.errors import Mistake
from holdfast.platform.runtime.setting import Key, keys_of, written

T = TypeVar("T")

FILE_NAME = "holdfast.toml"
PREFIX = "HOLDFAST_"
CONFIG_VARIABLE = "HOLDFAST_CONFIG"
"""The settings file of this process; empty: none at all, for children get theirs by variables."""
REREAD_FILE, REREAD_KEYS = "HOLDFAST_REREAD_FILE", "HOLDFAST_REREAD_KEYS"
"""For `Effective.reread` of a child: the settings file of its parent, and which of the child's
variables stand for that file's keys."""
RESERVED_VARIABLES = frozenset(
    {
        CONFIG_VARIABLE,
        REREAD_FILE,
        REREAD_KEYS,
        "HOLDFAST_READY_FD",
        "HOLDFAST_PARENT_FD",
        "HOLDFAST_GENERATION",
    }
)
"""Variables with our prefix that are no settings: how processes find file, parent and gate."""

MAX_FILE_BYTES = 1_000_000
"""A settings file is a page of text; anything larger is the wrong file."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A value from the command line: `key` is dotted, `spelled` is what the user typed."""

    key: str
    text: str
    spelled: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of `holdfast config`; `value` is masked where it is secret."""

    key: str
    value: str
    origin: str
    help: str


@dataclass(frozen=True, slots=True)
class _Given:
    value: object
    origin: str


def set_flag(text: str) -> Flag:
    """The flag of `--set section.key=value`."""
    key, equals, value = text.partition("=")
    if not equals or "." not in key:
        raise Mistake(f"--set {text} must have the form section.key=value.")
    return Flag(key.strip(), value, f"--set {key.strip()}")


def settings_file(environment: Mapping[str, str], given: Path | None = None) -> Path | None:
    """The file to read: the given one, the one HOLDFAST_CONFIG names, or ./holdfast.toml if any.

    A file that was named must exist; HOLDFAST_CONFIG set to nothing means no file.
    """
    named = environment.get(CONFIG_VARIABLE)
    if given is None and named is not None:
        given = Path(named) if named else None
        if given is None:
            return None
    if given is not None:
        if not given.is_file():
            raise Mistake(f"The settings file {given} does not exist.")
        return given
    found = Path(FILE_NAME)
    return found if found.is_file() else None


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where settings are read from again, the weakest first; `set_last` are the program's own.
    `of_file`: the keys that come from the file, be it by way of a parent's variables."""

    file: Path | None = None
    of_file: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()
    set_last: Mapping[str, _Given] = field(default_factory=dict)


class Effective:
    """The effective settings of a process: immutable, every value checked, every origin known."""

    __slots__ = ("_declarations", "_given", "_keys", "_sections", "_sources")

    def __init__(
        self,
        declarations: Mapping[str, type[Any]],
        given: Mapping[str, _Given],
        sources: _Sources | None = None,
    ) -> None:
        """Use `Effective.load`; this expects keys and values that were checked."""
        self._declarations = dict(declarations)
        self._sources = sources or _Sources()
        self._keys = _all_keys(declarations)
        self._given = dict(given)
        self._sections = {
            name: _build(name, declaration, self._keys, self._given)
            for name, declaration in declarations.items()
        }

    @classmethod
    def load(
        cls,
        declarations: Mapping[str, type[Any]],
        *,
        flags: Iterable[Flag] = (),
        environment: Mapping[str, str] | None = None,
        file: Path | None = None,
    ) -> "Effective":
        """Settings from all sources. `Mistake` names the key, the source and what was due.

        `declarations` maps section names to their dataclasses; `environment` is usually
        `os.environ` and `file` what `settings_file` found.
        """
        keys = _all_keys(declarations)
        given: dict[str, _Given] = {}
        if file is not None:
            given |= _from_file(file, declarations, keys)
        given |= _from_environment(environment or {}, keys)
        flags = tuple(flags)
        given |= _from_flags(flags, keys)
        of_file = {dotted for dotted, value in given.items() if value.origin == str(file)}
        return cls(declarations, given, _sources(file, environment or {}, flags, of_file))

    def reread(self) -> "Effective":
        """The same settings with what the settings file says now; `Mistake` when that is wrong.

        A child that got its settings as variables reads the file of its parent. What the program
        itself has set stays.
        """
        sources = self._sources
        fresh = Effective.load(
            self._declarations,
            flags=sources.flags,
            environment=sources.environment,
            file=sources.file,
        )
        given = {**fresh._given, **sources.set_last}
        return Effective(self._declarations, given, sources)

    @property
    def keys(self) -> list[Key]:
        """Every key there is, in the order of declaration."""
        return list(self._keys.values())

    def section(self, declaration: type[T]) -> T:
        """The instance of a declared section."""
        for built in self._sections.values():
            if type(built) is declaration:
                return built
        raise KeyError(f"no section is declared by {declaration.__name__}")

    def value(self, key: str) -> object:
        """The value of a dotted key."""
        known = _find(key, self._keys, "this program")
        found: object = getattr(self._sections[known.section], known.name)
        return found

    def origin(self, key: str) -> str:
        """Where a dotted key's value comes from, in words."""
        known = _find(key, self._keys, "this program")
        given = self._given.get(known.dotted)
        return given.origin if given is not None else "default"

    def rows(self) -> list[Row]:
        """Every key with its value and origin, section by section."""
        return [
            Row(key.dotted, key.shown(self.value(dotted)), self.origin(dotted), key.facts.help)
            for dotted, key in self._keys.items()
        ]

    def environment(self) -> dict[str, str]:
        """Variables that give a child process exactly these settings, whatever file lies about."""
        variables = {
            self._keys[dotted].variable: written(given.value)
            for dotted, given in self._given.items()
        }
        file = self._sources.file
        if file is not None:
            of_file = self._sources.of_file - self._sources.set_last.keys()
            variables |= {REREAD_FILE: str(file.absolute()), REREAD_KEYS: ",".join(sorted(of_file))}
        return {CONFIG_VARIABLE: "", **variables}

    def with_values(self, values: Mapping[str, object], origin: str = "holdfast") -> "Effective":
        """The same settings with some keys (dotted) set to Python values by the program."""
        given = dict(self._given)
        for dotted, value in values.items():
            key = _find(dotted, self._keys, origin)
            given[dotted] = _Given(_checked(key, value, origin, text=False), origin)
        set_now = {dotted: given[dotted] for dotted in values}
        sources = replace(self._sources, set_last={**self._sources.set_last, **set_now})
        return Effective(self._declarations, given, sources)


def _sources(
    file: Path | None, environment: Mapping[str, str], flags: tuple[Flag, ...], of_file: set[str]
) -> _Sources:
    ours = {name: text for name, text in environment.items() if name.startswith(PREFIX)}
    named = ours.pop(REREAD_FILE, "")
    keys = ours.pop(REREAD_KEYS, "")
    if file is None and named:
        file, of_file = Path(named), set(keys.split(",")) - {""}
        for dotted in of_file:
            ours.pop(f"{PREFIX}{dotted.replace('.', '_').upper()}", None)
    return _Sources(file, frozenset(of_file), ours, flags)


def _all_keys(declarations: Mapping[str, type[Any]]) -> dict[str, Key]:
    return {
        key.dotted: key
        for section, declaration in declarations.items()
        for key in keys_of(section, declaration)
    }


def _build(
    section: str, declaration: type[Any], keys: Mapping[str, Key], given: Mapping[str, _Given]
) -> Any:
    values = {
        key.name: given[dotted].value
        for dotted, key in keys.items()
        if key.section == section and dotted in given
    }
    try:
        return declaration(**values)
    except ValueError as error:  # a rule between keys, from __post_init__
        raise Mistake(f"The settings of [{section}] do not fit together: {error}.") from None


def _checked(key: Key, raw: object, origin: str, *, text: bool) -> object:
    try:
        return key.parse(str(raw)) if text else key.accept(raw)
    except ValueError as error:
        shown = "***" if key.shown(raw) == "***" else repr(raw)
        raise Mistake(f"{key.dotted} ({origin}) must be {error}, not {shown}.") from None


def _find(dotted: str, keys: Mapping[str, Key], origin: str) -> Key:
    found = keys.get(dotted)
    if found is None:
        hint = _nearest(dotted, keys)
        raise Mistake(f"There is no setting {dotted} ({origin}); {hint}.")
    return found


def _nearest(wrong: str, right: Iterable[str]) -> str:
    choices = list(right)
    near = difflib.get_close_matches(wrong, choices, n=1, cutoff=0.5)
    if not near:  # the right name under the wrong section
        last = wrong.rpartition(".")[2]
        near = [choice for choice in choices if choice.rpartition(".")[2] == last]
    return f"did you mean {near[0]}" if near else "`holdfast config` lists all"


def _from_flags(flags: Iterable[Flag], keys: Mapping[str, Key]) -> dict[str, _Given]:
    given = {}
    for flag in flags:
        origin = f"flag {flag.spelled}"
        key = _find(flag.key, keys, origin)
        given[flag.key] = _Given(_checked(key, flag.text, origin, text=True), origin)
    return given


def _from_environment(environment: Mapping[str, str], keys: Mapping[str, Key]) -> dict[str, _Given]:
    by_variable = {key.variable: key for key in keys.values()}
    given = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or variable in RESERVED_VARIABLES:
            continue
        key = by_variable.get(variable)
        if key is None:
            hint = _nearest(variable, by_variable)
            raise Mistake(f"The environment variable {variable} is no setting; {hint}.")
        origin = f"environment {variable}"
        given[key.dotted] = _Given(_checked(key, text, origin, text=True), origin)
    return given


def _from_file(
    file: Path, declarations: Mapping[str, type[Any]], keys: Mapping[str, Key]
) -> dict[str, _Given]:
    given = {}
    for section, entries in _read(file).items():
        if section not in declarations:
            hint = _nearest(section, declarations)
            raise Mistake(f"{file} has an unknown section or key [{section}]; {hint}.")
        if not isinstance(entries, dict):
            raise Mistake(f"{file}: {section} must be a section of keys, not one value.")
        for name, raw in entries.items():
            key = _find(f"{section}.{name}", keys, str(file))
            given[key.dotted] = _Given(_checked(key, raw, str(file), text=False), str(file))
    return given


def _read(file: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  most processes have no file

    try:
        raw = file.read_bytes()
        if len(raw) > MAX_FILE_BYTES:
            raise Mistake(f"{file} has {len(raw)} bytes; a settings file has less than a million.")
        return tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Mistake(f"{file} is not valid TOML: {error}.") from None
    except OSError as error:
        raise Mistake(f"{file} cannot be read: {error.strerror}.") from None
