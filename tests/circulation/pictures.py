"""Pictures as a phone sends them."""

import hashlib
import io

import segno
from PIL import Image


def jpeg(colour="tomato", *, side=64, **options):
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "JPEG", **options)
    out.seek(0)
    return out


def label_jpeg(text):
    """What a camera sees of a label held a little askew; the bytes of a JPEG."""
    drawn, out = io.BytesIO(), io.BytesIO()
    segno.make_qr(text, error="m").save(drawn, kind="png", scale=8, border=4)
    grey = (180, 170, 160)
    label = Image.open(drawn).convert("RGB").rotate(4, expand=True, fillcolor=grey)
    scene = Image.new("RGB", (640, 480), grey)
    scene.paste(label, ((640 - label.width) // 2, (480 - label.height) // 2))
    scene.save(out, "JPEG", quality=85)
    return out.getvalue()


def sha(file):
    return hashlib.sha256(file.getvalue()).hexdigest()
