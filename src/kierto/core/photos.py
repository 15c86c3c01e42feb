"""Pictures from outside: decoded, limited, and written anew, so that nothing else rides along.

Whatever its name and type claim, a file is taken only if Pillow decodes every pixel of it as one
of three formats. It is stored as a new JPEG: no metadata (a phone's place among it), no trailing
bytes, no markup disguised as a picture.
"""

from __future__ import annotations

import io
import uuid
from http import HTTPStatus
from typing import IO, Any

from PIL import Image, ImageOps

from kierto.core.errors import DomainError
from kierto.core.text import Sentence as _

LARGEST_BYTES = 8_000_000
LARGEST_PIXELS = 40_000_000
LONGEST_SIDE = 1600
FORMATS = ("JPEG", "PNG", "WEBP")


class PhotoTooLarge(DomainError):
    """More bytes or more pixels than are taken."""

    code = "photo_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    field = "photo"
    sentence = _(
        "The picture is too large. Choose one of at most %(megabytes)s MB "
        "and %(megapixels)s million pixels."
    )


class NotAPhoto(DomainError):
    """The file cannot be decoded as one of the picture formats that are taken."""

    code = "not_a_photo"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    field = "photo"
    sentence = _("This file is not a picture that we can read. Choose a JPEG, PNG or WebP file.")


def photo_name() -> str:
    """A file name that says nothing."""
    return f"{uuid.uuid4().hex}.jpg"


def clean_photo(upload: IO[bytes]) -> bytes:
    """The picture as a new JPEG of at most 1600 pixels a side, upright, without metadata.

    Raises:
        PhotoTooLarge: more than 8 MB, or more than 40 million pixels.
        NotAPhoto: it cannot be decoded as JPEG, PNG or WebP.
    """
    data = upload.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise _too_large()
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise _too_large()
            picture = _flat(ImageOps.exif_transpose(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except PhotoTooLarge:
        raise
    except Exception:  # decoders raise whatever they stumble over
        raise NotAPhoto from None
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=85, optimize=True)
    return out.getvalue()


def _flat(image: Any) -> Image.Image:
    """Pixels only, on white where the picture is transparent."""
    rgba = image.convert("RGBA")
    flat = Image.new("RGB", rgba.size, "white")
    flat.paste(rgba, mask=rgba.getchannel("A"))
    return flat


def _too_large() -> PhotoTooLarge:
    return PhotoTooLarge(
        megabytes=LARGEST_BYTES // 1_000_000, megapixels=LARGEST_PIXELS // 1_000_000
    )
