"""Files and mount points."""
import contextlib
import os


def is_mounted(place):
    with open('/proc/mounts', encoding='utf-8') as file:
        return place.rstrip('/') in [line.split()[1] for line in file]


def read_text(file):
    try:
        with open(file, encoding='utf-8') as opened:
            return opened.read()
    except FileNotFoundError:
        return ''


def replace(file, content):
    """Writes a file in place of whatever has its name, a link too."""
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(file)
    with open(file, 'w', encoding='utf-8') as opened:
        opened.write(content)
