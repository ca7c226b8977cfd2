"""Pictures as a phone sends them."""

import hashlib
import io

from PIL import Image


def jpeg(colour="tomato", *, side=64, **options):
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "JPEG", **options)
    out.seek(0)
    return out


def sha(file):
    return hashlib.sha256(file.getvalue()).hexdigest()
