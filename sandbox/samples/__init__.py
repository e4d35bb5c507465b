"""Small real files of each kind that people send: pictures, a voice note, a clip, a document.

Made for the sandbox and free of anybody's rights: drawn shapes, silence, one line of text.
"""

from functools import cache
from pathlib import Path

# Kind: the file and the MIME type that Meta gives it in a webhook.
SAMPLES = {
    "image": ("image.jpg", "image/jpeg"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "voice": ("voice.ogg", "audio/ogg; codecs=opus"),
    "video": ("video.mp4", "video/mp4"),
    "document": ("document.pdf", "application/pdf"),
    "sticker": ("sticker.webp", "image/webp"),
    "animated": ("animated.webp", "image/webp"),
}


@cache
def sample(kind: str) -> tuple[bytes, str, str]:
    """Return bytes, MIME type and file name of the sample of a kind."""
    name, mime_type = SAMPLES[kind]
    return (Path(__file__).parent / name).read_bytes(), mime_type, name
