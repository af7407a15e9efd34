"""Contrast and distance of colours as people see them, for the contract of the tokens.

It knows numbers alone; no Qt and no theme.

Source: contrast: WCAG 2.2, definitions of relative luminance and contrast ratio. Colour-blind sight: Machado,
Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", IEEE TVCG
15(6), 2009, severity 1.0, applied to linear RGB. Appearance: CIE 159:2004 (CIECAM02), seen as IEC 61966-2-1 (sRGB)
prescribes: D65, 64 lux, ground of 20 %, average surround. Distance: Luo, Cui and Li, "Uniform colour spaces
based on CIECAM02", Color Research and Application 31(4), 2006.
"""

from __future__ import annotations

import math

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

XYZ_FROM_LINEAR: Matrix = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
CAT02: Matrix = ((0.7328, 0.4296, -0.1624), (-0.7036, 1.6975, 0.0061), (0.0030, 0.0136, 0.9834))
CONES_FROM_CAT02: Matrix = (
    (0.7409791, 0.2180252, 0.0410057),
    (0.2853533, 0.6242016, 0.0904451),
    (-0.0096276, -0.0056980, 1.0153256),
)
"""Hunt-Pointer-Estevez after the inverse of CAT02."""
SIGHTS: dict[str, Matrix] = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanope": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranope": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
WHITE_XYZ: Vector = (95.047, 100.0, 108.883)
ADAPTING_LUMINANCE = 64 / math.pi / 5
GROUND = 0.2
"""Luminance of the background over that of white."""
SURROUND_F, SURROUND_C, SURROUND_N = 1.0, 0.69, 1.0


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two `#RRGGBB` colours, 1 to 21."""
    low, high = sorted(_multiply(XYZ_FROM_LINEAR, _linear(colour))[1] for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def distance(one: str, other: str, sight: str = "normal") -> float:
    """Give the CAM02-UCS distance of two `#RRGGBB` colours as a sight of `SIGHTS` sees them."""
    return math.dist(_appearance(_seen(one, sight)), _appearance(_seen(other, sight)))


def _linear(colour: str) -> Vector:
    red, green, blue = (_linear_channel(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return red, green, blue


def _linear_channel(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _seen(colour: str, sight: str) -> Vector:
    red, green, blue = (min(max(value, 0.0), 1.0) for value in _multiply(SIGHTS[sight], _linear(colour)))
    return red, green, blue


def _multiply(matrix: Matrix, vector: Vector) -> Vector:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _flow() -> float:
    """Give F_L, the luminance level adaptation factor."""
    five = 5 * ADAPTING_LUMINANCE
    k4 = (1 / (five + 1)) ** 4
    return 0.2 * k4 * five + 0.1 * (1 - k4) ** 2 * math.pow(five, 1 / 3)


def _cones(xyz: Vector) -> Vector:
    """Give the compressed answers of the three cones."""
    degree = SURROUND_F * (1 - math.exp((-ADAPTING_LUMINANCE - 42) / 92) / 3.6)
    white = _multiply(CAT02, WHITE_XYZ)
    sharp = _multiply(CAT02, xyz)
    red, green, blue = ((100 * degree / w + 1 - degree) * s for w, s in zip(white, sharp, strict=True))
    first, second, third = (_compressed(value) for value in _multiply(CONES_FROM_CAT02, (red, green, blue)))
    return first, second, third


def _compressed(value: float) -> float:
    power = (_flow() * abs(value) / 100) ** 0.42
    return math.copysign(400 * power / (27.13 + power), value) + 0.1


def _achromatic(cones: Vector) -> float:
    red, green, blue = cones
    return (2 * red + green + blue / 20 - 0.305) * 0.725 * math.pow(GROUND, -0.2)


def _appearance(linear: Vector) -> Vector:
    """Give J', a', b' of linear RGB."""
    cones = _cones(_multiply(XYZ_FROM_LINEAR, (100 * linear[0], 100 * linear[1], 100 * linear[2])))
    red, green, blue = cones
    a, b = red - 12 * green / 11 + blue / 11, (red + green - 2 * blue) / 9
    hue = math.atan2(b, a)
    eccentricity = (math.cos(hue + 2) + 3.8) / 4
    lightness = (_achromatic(cones) / _achromatic(_cones(WHITE_XYZ))) ** (SURROUND_C * (1.48 + math.sqrt(GROUND)))
    t = 50000 / 13 * SURROUND_N * 0.725 * GROUND**-0.2 * eccentricity * math.hypot(a, b) / (red + green + 1.05 * blue)
    chroma = t**0.9 * math.sqrt(lightness) * (1.64 - 0.29**GROUND) ** 0.73
    colourfulness = math.log(1 + 0.0228 * chroma * _flow() ** 0.25) / 0.0228
    j = 100 * lightness
    return 1.7 * j / (1 + 0.007 * j), colourfulness * math.cos(hue), colourfulness * math.sin(hue)
