"""The files of grading's pages; how they are served is tests/platform/web/test_assets.py."""

from holdfast.grading.pages.assets import load


def test_the_real_files_are_small_and_load_nothing_from_elsewhere() -> None:
    files = load().files
    assert {"page.css", "page.js", "mark.svg"} <= set(files)
    assert sum(len(asset.body) for asset in files.values()) < 60_000
    for asset in files.values():
        text = asset.body.decode().replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text
        assert "https:" not in text
        assert "//" not in text.replace("// ", "").replace("://", "")
