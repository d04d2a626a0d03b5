"""Who reports to whom, who sits in which cluster, who knows what: built once per run, by one text for both engines.

Teams are filled in the order of the reps, so a further rep joins or opens the last team and moves nobody else.
"""

from typing import Any, NamedTuple

import numpy as np

from simulation import chance
from simulation.compiled import rule
from simulation.rules import people


class Structure(NamedTuple):
    """The firm as arrays. Managers are numbered level by level from the lowest; the last is the top manager."""

    team: Any  # int64[reps]: team, and with it the number of the rep's manager
    superior: Any  # int64[managers]: the next higher manager, -1 at the top
    level: Any  # int64[managers]: 1 = lowest
    manager_name: Any  # int64[managers]: what a manager's draws are keyed by
    cluster: Any  # int64[reps]: number of the rep's cluster
    first_seat: Any  # int64[clusters + 1]: where a cluster's members begin in `seat`
    seat: Any  # int64[reps]: reps, cluster by cluster
    rep_expertise: Any  # int64[reps]: set of issues
    manager_expertise: Any  # int64[managers]: set of issues
    known: Any  # int64[reps, cluster_size]: issues on which a rep knows whether the cluster's member in this place is expert


@rule
def unit_of(place: int, span: float) -> int:
    """The team of a rep (or the unit of a manager) in this place of the list: `span` to a unit on average."""
    return int(place / span)


@rule
def build(p: Any, root: int) -> Structure:
    """The firm of a run with settings `p` and root key `root`."""
    team = np.empty(p.reps, np.int64)
    for r in range(p.reps):
        team[r] = unit_of(r, p.span)
    superior, level = tree(p.reps, p.span, p.least_levels)
    cluster, first_seat, seat = clusters(p, root, team)
    rep_expertise = np.empty(p.reps, np.int64)
    for r in range(p.reps):
        rep_expertise[r] = expertise(p, root, r, team[r], p.expertise_share)
    manager_expertise = np.empty(len(level), np.int64)
    names = np.empty(len(level), np.int64)
    first = 0
    for m in range(len(level)):
        if m > 0 and level[m] > level[m - 1]:
            first = m
        names[m] = manager_name(level[m], m - first)
        group = m if level[m] == 1 else names[m]
        manager_expertise[m] = expertise(p, root, names[m], group, p.manager_expertise_share)
    known = acquaintances(p, root, team, cluster, first_seat, seat)
    return Structure(team, superior, level, names, cluster, first_seat, seat, rep_expertise, manager_expertise, known)


@rule
def manager_name(level: int, place: int) -> int:
    """What a manager's draws are keyed by: level and place on it, so that more reps change no manager's luck."""
    return level * chance.TURNS + place


@rule
def tree(reps: int, span: float, least_levels: int) -> Any:
    """Superior and level of every manager, with as many levels as it takes to reach a single top manager, or more.

    Where that are fewer than `least_levels`, single managers stand one above the other until it is so many.
    """
    managers = managers_of(reps, span, least_levels)
    superior = np.empty(managers, np.int64)
    level = np.empty(managers, np.int64)
    first, depth = 0, 1
    units = unit_of(reps - 1, span) + 1
    while first < managers:
        for place in range(units):
            superior[first + place] = first + units + unit_of(place, span)
            level[first + place] = depth
        first, depth = first + units, depth + 1
        units = unit_of(units - 1, span) + 1
    superior[managers - 1] = -1
    return superior, level


@rule
def managers_of(reps: int, span: float, least_levels: int) -> int:
    """Managers of all levels above so many reps."""
    managers, units = 0, reps
    for _ in range(levels_of(reps, span, least_levels)):
        units = unit_of(units - 1, span) + 1
        managers += units
    return managers


@rule
def levels_of(reps: int, span: float, least_levels: int) -> int:
    """Levels of managers above so many reps."""
    levels, units = 0, reps
    while units > 1 or levels < least_levels:
        units = unit_of(units - 1, span) + 1
        levels += 1
    return levels


@rule
def desk_of(manager: int, level: Any, shared: int) -> int:
    """Whose inbox a request to a manager joins: that manager's, or if desks are shared, that of the first on the level."""
    desk = manager
    while shared and desk > 0 and level[desk - 1] == level[manager]:
        desk -= 1
    return desk


@rule
def clusters(p: Any, root: int, team: Any) -> Any:
    """Cluster of each rep, first seat of each cluster, and the reps in their seats.

    Seats are the places in the list of reps. A share of the reps, drawn by lot, changes seats among themselves at random.
    Then each team's seats are cut into clusters of equal size, `cluster_size` at most. Source: docs/model.md, section 5.
    """
    seat = seating(p, root)
    cluster = np.empty(p.reps, np.int64)
    first_seat = np.empty(p.reps + 1, np.int64)
    n_clusters, start = 0, 0
    while start < p.reps:
        end = start
        while end < p.reps and team[end] == team[start]:
            end += 1
        pieces = (end - start + p.cluster_size - 1) // p.cluster_size
        for place in range(start, end):
            piece = (place - start) * pieces // (end - start)
            if place == start or piece > (place - 1 - start) * pieces // (end - start):
                first_seat[n_clusters] = place
                n_clusters += 1
            cluster[seat[place]] = n_clusters - 1
        start = end
    first_seat[n_clusters] = p.reps
    return cluster, first_seat[: n_clusters + 1], seat


@rule
def seating(p: Any, root: int) -> Any:
    """Which rep sits where, after those who cross team boundaries have changed seats by lot.

    Each who moves changes seats with one of those before (or stays): the inside-out form of the Fisher-Yates shuffle,
    uniform over all orders, and a further rep at the end changes one other's seat at most.
    """
    moving = np.empty(p.reps, np.int64)
    seat = np.empty(p.reps, np.int64)
    n = 0
    for r in range(p.reps):
        seat[r] = r
        key = chance.grandchild(root, chance.CLUSTER_SEAT, r)
        if chance.uniform(key, 0) < p.cross_team_share:
            moving[n] = r
            n += 1
            other = moving[chance.pick(n, chance.uniform(key, 1))]
            seat[r], seat[other] = seat[other], seat[r]
    return seat


@rule
def expertise(p: Any, root: int, person: int, group: int, share: float) -> int:
    """The set of issues a person is expert on. A manager of the lowest level shares the group of the team."""
    own = chance.grandchild(root, chance.OWN_EXPERTISE, person)
    common = chance.grandchild(root, chance.GROUP_EXPERTISE, group)
    which = chance.grandchild(root, chance.SPECIALISED, person)
    known = 0
    for k in range(p.issues):
        if people.is_expert(
            share, p.specialisation, chance.uniform(which, k), chance.uniform(own, k), chance.uniform(common, k)
        ):
            known |= 1 << k
    return known


@rule
def acquaintances(p: Any, root: int, team: Any, cluster: Any, first_seat: Any, seat: Any) -> Any:
    """On which issues each rep knows whether the members of the cluster are expert (sets of issues; of oneself, all).

    Drawn by pair and issue, whoever else is in the cluster. Source: MODEL rule 17.
    """
    known = np.empty((p.reps, p.cluster_size), np.int64)
    for r in range(p.reps):
        own = chance.grandchild(root, chance.ACQUAINTANCE, r)
        first = first_seat[cluster[r]]
        for place in range(first, first_seat[cluster[r] + 1]):
            member = seat[place]
            share = p.acquaintance if team[member] == team[r] else p.acquaintance_across
            known[r, place - first] = acquaintance(p, chance.child(own, member), 1.0 if member == r else share)
    return known


@rule
def acquaintance(p: Any, pair: int, share: float) -> int:
    """The set of issues on which one rep knows whether another is expert, each with probability `share`."""
    known = 0
    for k in range(p.issues):
        known |= int(chance.happens(share, chance.uniform(pair, k))) << k
    return known
