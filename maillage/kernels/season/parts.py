"""Choose which families to plan together: those that want the same requests."""

from collections.abc import Sequence

import numpy as np

from maillage.kernels.season.families import Season

#: A part has so many copies, and so many loans to choose from, at most.
SMALL = (8, 320)


class Parts:
    """How much families share, and how long each has waited without a gain."""

    def __init__(self, season: Season, *, seed: int, families: Sequence[int]) -> None:
        self.season = season
        self.families = families
        self.generator = np.random.default_rng([seed & (2**64 - 1), *families])
        takers: dict[int, list[int]] = {}
        for family in (season.families[rank] for rank in families):
            for request in np.unique(family.request).tolist():
                takers.setdefault(request, []).append(family.rank)
        self.near: list[dict[int, float]] = [{} for _ in season.families]
        by_host: dict[int, list[int]] = {}
        for request, ranks in takers.items():
            by_host.setdefault(int(season.host_row[request]), []).extend(ranks)
            self.link(ranks, 1.0)
        by_host.pop(-1, None)
        for ranks in by_host.values():
            self.link(sorted(set(ranks)), 0.2)
        self.wait = np.ones(len(season.families))
        self.loans = np.array([float(family.loans) for family in season.families])

    def link(self, ranks: list[int], weight: float) -> None:
        for one in ranks[:50]:
            for other in ranks[:50]:
                if one != other:
                    near = self.near[one]
                    near[other] = near.get(other, 0.0) + weight

    def grow(
        self, first: int, *, free: set[int], is_drawn: bool, most: tuple[int, int]
    ) -> list[int]:
        """Join families to one, those that share most or drawn by what they share."""
        families = self.season.families
        part = [first]
        copies, loans = families[first].count, families[first].loans
        pull = dict(self.near[first])
        while True:
            near = sorted(
                rank
                for rank in pull
                if rank in free
                and rank not in part
                and copies + families[rank].count <= most[0]
                and loans + families[rank].loans <= most[1]
            )
            if not near:
                return sorted(part)
            weight = np.array([pull[rank] * self.wait[rank] for rank in near])
            if is_drawn:
                rank = near[
                    int(self.generator.choice(len(near), p=weight / weight.sum()))
                ]
            else:
                rank = near[int(np.argmax(weight))]
            part.append(rank)
            copies += families[rank].count
            loans += families[rank].loans
            for other, amount in self.near[rank].items():
                pull[other] = pull.get(other, 0.0) + amount

    def draw(self, many: int) -> list[list[int]]:
        """Draw parts that have no family in common."""
        free = {rank for rank in self.families if self.season.families[rank].loans}
        parts: list[list[int]] = []
        for _ in range(many):
            ranks = sorted(free)
            if not ranks:
                break
            weight = self.loans[ranks] * self.wait[ranks]
            first = ranks[
                int(self.generator.choice(len(ranks), p=weight / weight.sum()))
            ]
            part = self.grow(first, free=free, is_drawn=True, most=SMALL)
            free -= set(part)
            parts.append(part)
        return parts

    def note(self, part: list[int], *, has_gained: bool, is_best: bool) -> None:
        """Look less often where nothing was gained, more often as time goes by."""
        self.wait[part] *= 0.95 if has_gained else 0.1 if is_best else 0.6
        self.wait = np.minimum(self.wait + 0.02, 1.0)
