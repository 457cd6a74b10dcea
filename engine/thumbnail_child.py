"""The process that makes one small picture of a large one, from stdin to stdout, and nothing else.

Run by path (`python -I`), with limits of memory and processor: a picture made to exhaust a decoder ends this process, not ours.
"""

from __future__ import annotations

import io
import resource
import sys

MEMORY, SECONDS, EDGE = 1 << 30, 20, 320


def main() -> int:
    """0 with a JPEG on stdout; 1 when the picture cannot be read."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from PIL import Image, ImageOps

    try:
        with Image.open(sys.stdin.buffer, formats=["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"]) as picture:
            picture.draft("RGB", (EDGE * 2, EDGE * 2))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((EDGE, EDGE))
        made = io.BytesIO()
        upright.save(made, "JPEG", quality=80)
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        return 1
    sys.stdout.buffer.write(made.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
