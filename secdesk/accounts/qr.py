"""QR codes as inline SVG: a help beside what can be typed."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(text: str) -> SafeString:
    """An `<svg>` of about 40 mm in print, 160 px on the screen; error correction M."""
    code = segno.make(text, error="m", micro=False)
    svg: str = code.svg_inline(scale=4, border=2, omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(svg)  # noqa: S308 (made by segno from modules alone; holds no text)
