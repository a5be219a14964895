"""What a user may choose of how models run; light enough for `--help`."""

from typing import Literal

Device = Literal["cpu", "cuda", "tensorrt"]
DeviceChoice = Literal["auto", "cpu", "cuda", "tensorrt"]
VariantChoice = Literal["auto", "fp32", "int8"]
