"""The process that makes JPEGs of the frames of a picture, from stdin to stdout, and nothing else.

Run by path (`python -I`), with limits of memory and processor: a picture made to exhaust a decoder ends this process, not ours.
Each JPEG comes after its width, height and length in bytes (32 bits each, big-endian).
"""

from __future__ import annotations

import io
import resource
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

MEMORY, SECONDS = 2 << 30, 60
DOTS = 1700  # longest side of a photo in a volume: some 250 dpi; the original stays in the package
QUALITY, MOST_FRAMES = 85, 200


def main() -> int:
    """0 when every frame is out; 1 when the picture cannot be read."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = 200_000_000  # what may be uploaded
    made = []
    try:
        with Image.open(sys.stdin.buffer, formats=["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"]) as picture:
            # An animation is shown as it begins; a scan has a page per frame.
            frames = min(getattr(picture, "n_frames", 1), MOST_FRAMES) if picture.format == "TIFF" else 1
            for frame in range(frames):
                picture.seek(frame)
                made.append(shrunk(picture))
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError):
        return 1
    for one in made:
        sys.stdout.buffer.write(one)
    return 0


def shrunk(picture: Image.Image) -> bytes:
    """One frame upright, on white where it is see-through, no larger than a page shows."""
    from PIL import Image, ImageOps

    if picture.format == "JPEG":
        picture.draft("RGB", (DOTS, DOTS))
    turned = ImageOps.exif_transpose(picture)
    if turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info:
        layer = turned.convert("RGBA")
        turned = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    flat = turned.convert("RGB")
    flat.thumbnail((DOTS, DOTS), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    flat.save(file, "JPEG", quality=QUALITY)
    return struct.pack(">III", flat.width, flat.height, file.tell()) + file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
