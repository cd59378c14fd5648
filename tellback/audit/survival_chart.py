"""How long each kind of fact survives, as a small drawing: what each compaction still holds of what was said before the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from tellback.display.words import visible

Curve = Sequence[tuple[int, int] | None]
MOST = 6  # kinds that are drawn: as many as can be told apart; the table beside it has all
WIDTH, HEIGHT, LEFT, TOP, RIGHT = 480, 240, 46, 14, 92
DASHES = ("none", "7 3", "2 2.5", "9 3 2 3", "4 4", "12 3")


def drawn(curves: Mapping[str, Curve]) -> Markup | None:
    """SVG; None where there are not two compactions to join."""
    rounds = max(map(len, curves.values()), default=0)
    shown = [(kind, curve) for kind, curve in curves.items() if sum(p is not None for p in curve) > 1][:MOST]
    if rounds < 2 or not shown:
        return None
    step = (WIDTH - LEFT - RIGHT) / (rounds - 1)
    parts = [_rule(share) for share in (0.0, 0.5, 1.0)]
    parts += [
        f'<text x="{LEFT + i * step:.1f}" y="{HEIGHT - 6}" text-anchor="middle">after {i + 1}</text>'
        for i in range(rounds)
    ]
    taken: list[float] = []
    for n, (kind, curve) in enumerate(shown):
        points = [(LEFT + i * step, _height(p[0] / p[1])) for i, p in enumerate(curve) if p is not None]
        parts.append(_line(points, f"var(--c{n})", DASHES[n]))
        x, y = points[-1]
        while any(abs(y - other) < 14 for other in taken):  # labels that would cover each other move into the drawing
            y += 14 if points[-1][1] < HEIGHT / 2 else -14
        taken.append(y)
        parts.append(f'<text x="{x + 9:.1f}" y="{y + 4:.1f}" fill="var(--c{n})">{escape(visible(kind))}</text>')
    body = "".join(parts)
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="Share of each kind of fact '
        f'that is still held after each compaction; the numbers stand in the table." font-size="12" fill="var(--quiet)">{body}</svg>'
    )


def _height(share: float) -> float:
    return TOP + (HEIGHT - TOP - 36) * (1 - share)


def _rule(share: float) -> str:
    y = _height(share)
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="var(--grid)"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>'
    )


def _line(points: Sequence[tuple[float, float]], colour: str, dash: str) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points)
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.75" stroke-dasharray="{dash}"/>{dots}'
