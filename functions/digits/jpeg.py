"""A JPEG file comes in; its image goes out, and of its EXIF only what turns it upright."""

from PIL.JpegImagePlugin import JpegImageFile


class Photograph(JpegImageFile):
    """Pillow's decoder, which would import its TIFF decoder (60 ms) to read from the EXIF how large to print it."""

    def _read_dpi_from_exif(self) -> None:
        return
