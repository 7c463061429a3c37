"""The law of assets: where the files of these pages are; how they are served is the platform's."""

from pathlib import Path

from holdfast.platform.web.assets import Assets, load_assets

__all__ = ["FOLDER", "Assets", "load"]

FOLDER = Path(__file__).parent / "assets"


def load(folder: Path = FOLDER) -> Assets:
    """Read the folder's files (a dozen small ones)."""
    return load_assets(folder)
