"""The law of the `[ingest]` section: which feeds are fetched, how often, and what feeds forgive."""

from dataclasses import dataclass

from holdfast.platform.runtime.setting import setting


@dataclass(frozen=True, slots=True)
class Source:
    """Where an airline's files are: the address of a folder (`file:///...`) or of one file."""

    airline: str
    url: str


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Keys of the section."""

    sources: tuple[str, ...] = setting(
        (), "Feeds to fetch, as airline=url: file:// folders, http(s):// files."
    )
    every_s: float = setting(3600.0, "How often each source is looked at.", minimum=1.0)
    fetch_s: float = setting(120.0, "One look at a source takes no longer.", minimum=1.0)
    max_file_mb: int = setting(200, "The largest file, unpacked.", minimum=1, maximum=2000)
    spool_mb: int = setting(2000, "Files on their way, of all airlines.", minimum=1)
    airline_spool_mb: int = setting(400, "Files on their way, of one airline.", minimum=1)
    shrink_percent: float = setting(
        30.0, "A full file that is so much shorter waits for approval.", minimum=0.0, maximum=100.0
    )
    quarantine_percent: float = setting(
        5.0, "A file with more bad records is rejected.", minimum=0.0, maximum=100.0
    )

    def __post_init__(self) -> None:
        for text in self.sources:
            source_of(text)

    def named_sources(self) -> tuple[Source, ...]:
        """The sources, parsed."""
        return tuple(map(source_of, self.sources))


def source_of(text: str) -> Source:
    """A source as it is written in settings; `ValueError` says what is due."""
    from holdfast.flights.domain.delivery import is_airline  # noqa: PLC0415  only for a source

    airline, _, url = text.partition("=")
    if not is_airline(airline) or not url.startswith(("file:///", "http://", "https://")):
        raise ValueError(
            f"the source {text!r} must be like BA=file:///folder or BA=https://host/file"
        )
    return Source(airline, url)
