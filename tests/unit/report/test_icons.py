"""Icons and social picture: the favicon's shape, sizes, and the files that the page and its manifest name."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from report import icons
from tests.support.template import ROOT

FRONTEND = ROOT / "frontend"
BRAND = (74, 69, 209)  # icons.BRAND


def test_icons_have_the_shape_of_the_favicon() -> None:
    favicon = (FRONTEND / "favicon.svg").read_text()
    assert f'fill="{icons.BRAND}"/><path d="M10 9.5h12q-6 6-8 14"' in favicon
    assert [icons.seven()[place] for place in (0, 1, -1)] == [(10, 9.5), (22, 9.5), (14, 23.5)]


def test_icon_is_filled_to_its_corners_without_a_radius() -> None:
    image = icons.icon(64)
    assert (image.size, image.getpixel((0, 0))) == ((64, 64), (*BRAND, 255))
    assert image.getpixel((32, 19)) == (255, 255, 255, 255)  # on the seven's upper line
    assert icons.icon(64, 0.25).getpixel((0, 0)) == (0, 0, 0, 0)


def test_pictures_are_written(tmp_path: Path) -> None:
    assert len(icons.write_all(tmp_path)) == 5
    for name, side in icons.ICONS.items():
        with Image.open(tmp_path / name) as image:
            assert image.size == (side, side)
    with Image.open(tmp_path / "favicon.ico") as image:
        assert image.info["sizes"] == set(icons.FAVICON_SIZES)
    with Image.open(tmp_path / "social.png") as image:
        assert (image.size, image.convert("RGB").getpixel((0, 0))) == (icons.SOCIAL_SIZE, (19, 18, 23))


def test_manifest_names_existing_icons_of_the_stated_sizes() -> None:
    manifest = json.loads((FRONTEND / "site.webmanifest").read_text())
    pictures = [each for each in manifest["icons"] if each["type"] == "image/png"]
    assert {each["sizes"] for each in pictures} == {"192x192", "512x512"}
    for each in pictures:
        with Image.open(FRONTEND / each["src"]) as image:
            assert "{}x{}".format(*image.size) == each["sizes"]
    assert (FRONTEND / manifest["icons"][0]["src"]).is_file()


@pytest.mark.parametrize("page", ["index.html", "report.html", "serving.html"])
def test_pages_name_existing_icons(page: str) -> None:
    html = (FRONTEND / page).read_text()
    names = re.findall(r'<link rel="(?:icon|apple-touch-icon|manifest)" href="([\w.-]+)"', html)
    assert names == ["favicon.svg", "touch-icon.png", "site.webmanifest"]
    assert [name for name in names if not (FRONTEND / name).is_file()] == []
