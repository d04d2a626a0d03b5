"""Judgements of readers who may err: screening by levels, committees, pooled readings, prior against reading."""

import math
from collections.abc import Sequence
from itertools import product

from simulation.theory import require, require_probabilities


def survives_all(p: float, readers: int) -> float:
    """A project passes a hierarchy of n screens, each in favour with probability p: pⁿ. Source: Sah & Stiglitz 1986."""
    require_probabilities(p=p)
    require(readers >= 0, f"readers is {readers}; it must be at least 0")
    return float(p**readers)


def survives_any(p: float, readers: int) -> float:
    """A project passes a polyarchy, in which one of n in favour is enough: 1 − (1 − p)ⁿ. Source: Sah & Stiglitz 1986."""
    return 1.0 - survives_all(1.0 - p, readers)


def survives_committee(p: float, readers: int, needed: int) -> float:
    """At least k of n are in favour: Σ_{j>=k} C(n, j) pʲ(1 − p)ⁿ⁻ʲ; k above n: 0. Source: Sah & Stiglitz 1988."""
    require_probabilities(p=p)
    require(readers >= 0 and needed >= 0, "readers and needed must be at least 0")
    return sum(math.comb(readers, j) * p**j * (1.0 - p) ** (readers - j) for j in range(needed, readers + 1))


def agreeing(p: float, hearsay: float) -> float:
    """A second-hand reader is for it if the first one is: h + (1 − h)p; who repeats says the same. Source: MODEL rule 15."""
    require_probabilities(p=p, hearsay=hearsay)
    return hearsay + (1.0 - hearsay) * p


def survives_all_by_hearsay(p: float, readers: int, hearsay: float) -> float:
    """All of n are in favour, n − 1 of whom repeat the first with probability h: p(h + (1 − h)p)ⁿ⁻¹. readers: >= 1."""
    require(readers >= 1, f"readers is {readers}; it must be at least 1")
    return p * survives_all(agreeing(p, hearsay), readers - 1)


def survives_any_by_hearsay(p: float, readers: int, hearsay: float) -> float:
    """One of the same n is in favour at least: all but those cases in which all are against."""
    return 1.0 - survives_all_by_hearsay(1.0 - p, readers, hearsay)


def survives_committee_by_hearsay(p: float, readers: int, needed: int, hearsay: float) -> float:
    """At least k of the same n are in favour. Given the first one's vote, the others' are independent.

    Votes correlate with h for each pair with the first, with h² for others. Source: Boland, Proschan & Tong 1989 (an opinion
    leader whom each of the others follows with a probability).
    """
    require(readers >= 1, f"readers is {readers}; it must be at least 1")
    against = (1.0 - hearsay) * p
    followed = survives_committee(agreeing(p, hearsay), readers - 1, max(needed - 1, 0))
    return p * followed + (1.0 - p) * survives_committee(against, readers - 1, needed)


def first_asked_is_expert(share: float, known: float, peers: int) -> float:
    """The peer who seems the most useful on one issue is expert on it: 1 − (1 − as)ᵐ + s((1 − as)ᵐ − (a(1 − s))ᵐ).

    Of m peers each is expert with probability s, and known to be or not to be with probability a. Known experts rank first, then
    those of whom nothing is known, equally useful in a lot and expert with s, then those known to be none. peers m: >= 1.
    """
    require_probabilities(share=share, known=known)
    require(peers >= 1, f"peers is {peers}; it must be at least 1")
    no_known_expert = (1.0 - known * share) ** peers
    return 1.0 - no_known_expert + share * (no_known_expert - (known * (1.0 - share)) ** peers)


def majority_right(p: float, readers: int) -> float:
    """An odd number of equally good readers decides rightly by majority. Source: Condorcet 1785."""
    require(readers % 2 == 1, f"readers is {readers}; a majority needs an odd number")
    return survives_committee(p, readers, readers // 2 + 1)


def log_odds(p: float) -> float:
    """ln(p / (1 − p)), 0 < p < 1: the weight of a reader who is right with probability p. Source: Nitzan & Paroush 1982."""
    require(0.0 < p < 1.0, f"p is {p}; it must lie between 0 and 1")
    return math.log(p / (1.0 - p))


def needed_by_bayes(deviation_prior: float, right: float, readers: int) -> int:
    """How many of n equal readers must see a deviation before it is likelier than not: the least k with w(2k − n) > prior.

    w and prior are log-odds of a reading's being right and of there being no deviation; n + 1 if no number is enough.
    deviation_prior: 0 < π <= ½. right: ½ < p < 1. Source: Nitzan & Paroush 1982.
    """
    require(0.5 < right < 1.0, f"right is {right}; it must lie between 1/2 and 1")
    require(0.0 < deviation_prior <= 0.5, f"deviation_prior is {deviation_prior}; it must be above 0, and 1/2 at most")
    prior, weight = log_odds(1.0 - deviation_prior), log_odds(right)
    return next((k for k in range(readers + 1) if weight * (2 * k - readers) > prior), readers + 1)


def weighted_majority_right(right: Sequence[float]) -> float:
    """Readers of unequal quality, votes weighted by their log-odds, flat prior; a tie is settled by a coin.

    The sum over all patterns of right and wrong readings; 20 readers at most. Source: Nitzan & Paroush 1982.
    """
    require(1 <= len(right) <= 20, f"{len(right)} readers; there must be 1 to 20")
    weights = [log_odds(p) for p in right]
    total = 0.0
    for pattern in product((True, False), repeat=len(right)):
        score = sum(w if correct else -w for w, correct in zip(weights, pattern, strict=True))
        chance = math.prod(p if correct else 1.0 - p for p, correct in zip(right, pattern, strict=True))
        total += chance * (0.5 if abs(score) < 1e-12 else float(score > 0.0))
    return total


def bayes_right(deviation_prior: float, error: float) -> float:
    """One reading against a prior, whichever is the surer one wins: right with probability 1 − min(π, e).

    deviation_prior π, error e: 0 to ½. Source: Bayes; Berger 1985, section 4.4.
    """
    require(min(deviation_prior, error) >= 0.0, "both must be at least 0")
    require(max(deviation_prior, error) <= 0.5, "both must be 1/2 at most")
    return 1.0 - min(deviation_prior, error)


def bayes_right_over(deviation_prior: float, errors: Sequence[float]) -> float:
    """The same where issues differ and readers know it: mean over equally likely errors of 1 − min(π, e)."""
    require(len(errors) > 0, "errors must name one at least")
    return sum(bayes_right(deviation_prior, error) for error in errors) / len(errors)


def accepts(fit: float, coin_fit: float, selectivity: float) -> float:
    """Probability that a customer takes an offer: ((fit − f₀)/(1 − f₀))₊ to the power of selectivity. Source: MODEL rule 9."""
    require_probabilities(fit=fit)
    require(0.0 <= coin_fit < 1.0 and selectivity > 0.0, "coin_fit must be at least 0 and below 1, selectivity above 0")
    return float(max(0.0, (fit - coin_fit) / (1.0 - coin_fit)) ** selectivity)


def ends_with_offer(accepts: float, stays: float, number: int) -> float:
    """Every offer is taken with probability A, and who declines stays with s: n offers in all, rⁿ⁻¹(1 − r), r = (1 − A)s.

    accepts A, stays s: 0 to 1; number n >= 1. Source: the geometric law; Feller 1968, section VI.8.
    """
    require_probabilities(accepts=accepts, stays=stays)
    require(number >= 1, f"number is {number}; it must be at least 1")
    again = (1.0 - accepts) * stays
    return float(again ** (number - 1) * (1.0 - again))


def won_in_the_end(accepts: float, stays: float) -> float:
    """The same customer takes one of the offers: A/(1 − (1 − A)s). Not for A = 0 and s = 1. Source: as `ends_with_offer`."""
    require_probabilities(accepts=accepts, stays=stays)
    again = (1.0 - accepts) * stays
    require(again < 1.0, "accepts is 0 and stays is 1; there would be no end, which there must be")
    return accepts / (1.0 - again)


def lost_in_round(stays: float, wrong: float, issues: int, number: int) -> float:
    """The customer who takes nothing but the right answer is lost with the j-th offer: (1 − s)sʲ⁻¹ P(W >= j).

    Geometric as long as something is wrong: each of W ~ binomial(K, p) wrong issues costs one more round, in which the
    customer stays with probability s. stays s, wrong p: 0 to 1; number j >= 1. Source: elementary.
    """
    require_probabilities(stays=stays, wrong=wrong)
    require(number >= 1, f"number is {number}; it must be at least 1")
    return (1.0 - stays) * stays ** (number - 1) * survives_committee(wrong, issues, number)


def won_after_all(stays: float, wrong: float, issues: int) -> float:
    """The same customer stays through all rounds needed: E[sᵂ] = (1 − p + ps)ᴷ. Source: elementary."""
    require_probabilities(stays=stays, wrong=wrong)
    return float((1.0 - wrong + wrong * stays) ** issues)
