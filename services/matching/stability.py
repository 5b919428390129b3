"""What single owners would say of an optimum.

The optimum is the best in total; that does not make it everybody's choice. Two
entries *block* where both would rather have each other than what they hold: a
partner of theirs scores less, or a place is free. A chosen pair is a *mutual first
choice* where neither entry has a possible partner that scores more. Scores count
here, and the hash below them does not: it is nobody's wish. A pair that both owners
accepted is their wish, and scores more than any other.
"""

from services.matching.assignment import Assignment, Side, score_of


def blocking(assignment: Assignment) -> list[tuple[str, str]]:
    """The pairs that block, demand first, sorted; in one pass over all pairs."""
    wanted, offered = _least(assignment, "demand"), _least(assignment, "supply")
    demands = assignment.sides["demand"]
    return sorted(
        (demand, supply)
        for demand, least in wanted.items()
        for supply, value in demands.weights[demand].items()
        if score_of(value) > least
        and supply in offered
        and score_of(value) > offered[supply]
        and supply not in demands.chosen[demand]
    )


def _least(assignment: Assignment, side: Side) -> dict[str, int]:
    """What a pair has to exceed for an entry to want it, if it takes any."""
    nodes = assignment.sides[side]
    return {
        node: -1
        if nodes.has_room(node)
        else min(score_of(nodes.weights[node][other]) for other in nodes.chosen[node])
        for node, capacity in nodes.capacity.items()
        if capacity > 0
    }


def is_mutual_first_choice(assignment: Assignment, demand: str, supply: str) -> bool:
    """Whether neither entry of a chosen pair has a partner that scores more."""
    demands, supplies = assignment.sides["demand"], assignment.sides["supply"]
    mine = score_of(demands.weights[demand][supply])
    rows = (demands.weights[demand], supplies.weights[supply])
    return all(score_of(value) <= mine for row in rows for value in row.values())
