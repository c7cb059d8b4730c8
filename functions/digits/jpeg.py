"""JPEG decoder that does not read the print resolution."""

from PIL.JpegImagePlugin import JpegImageFile


class JpegWithoutDpi(JpegImageFile):
    """JpegImageFile without the DPI lookup in EXIF, which imports Pillow's TIFF plugin (60 ms)."""

    def _read_dpi_from_exif(self) -> None:
        pass
