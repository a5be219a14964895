"""What the figures were measured on."""

import platform
from pathlib import Path


def cpu_name() -> str:
    """Name of the CPU, and whether it has 8-bit dot-product instructions."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    name = text.partition("model name")[2].partition(":")[2].partition("\n")[0].strip()
    return name + (", VNNI" if "_vnni" in text else ", no VNNI")
