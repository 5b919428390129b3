"""Check every matching certificate on a cluster, with Python alone.

    for topic in candidates records; do
      kcat -b BROKER -C -e -q -J -t twincity.matching.$topic
    done | python3 verify_matching.py

It imports nothing of TwinCity, so that whoever does not trust it can read these
lines instead. Weak duality: for any prices u, v >= 0 of the entries, no pairing
is worth more than the sum of places * price plus what chosen pairs are worth
above their prices, if no other pair is worth more than its two prices. A pairing
that is worth as much as that bound is therefore the best. What the pairs score, how
far an agreement has come and why an entry has no pair is taken as told:
``twincity match verify --from-statements`` works it out anew.
"""

import json
import sys
from collections import Counter, defaultdict
from hashlib import blake2b, sha256

RECOMMENDED = {"recommended", "accepted-by-demand", "accepted-by-supply"}
FIRST = "mutual_first_choices"
OTHER_FORM = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""Raised by what is none of the records that this reads."""


def weight(score, demand, supply):
    """What a pair weighs: its score, and below it a hash that decides ties."""
    name = f"{demand}\n{supply}".encode()
    return (score << 40) + int.from_bytes(blake2b(name, digest_size=5).digest(), "big")


def told(lines):
    """Count and digest of a set of lines, as a pool's record tells them."""
    hashes = [sha256("\n".join(map(str, line)).encode()).hexdigest() for line in lines]
    total = sum(int(digest, 16) for digest in hashes) % (1 << 256)
    return {"count": len(hashes), "digest": f"sha256:{total:064x}"}


def problems(records):
    """Everything that is wrong with the records of one pool."""
    pool = records["pool"].get("")
    if pool is None:
        yield "no certificate: the pool has no record"
        return
    shown = {}  # by its two entries, what is told of a pair
    yield from incomplete(records, pool)
    yield from disagreements(records["pairing"], shown)
    first = sum(pair.get("mutual_first_choice", False) for pair in shown.values())
    agreed = sum(pair["status"] not in RECOMMENDED for pair in shown.values())
    score = sum(pair["score"] for pair in shown.values())
    claimed = [pool.get(name, 0) for name in ("pairs", "score", "agreed", FIRST)]
    if [len(shown), score, agreed, first] != claimed:
        yield "the number of pairs, agreements or first choices or the score is wrong"
    yield from unproved(records, pool["certificate"], shown)


def incomplete(records, pool):
    """Whether what was read is what the pool's record tells of."""
    scores = [(*pair, score) for pair, score in scores_of(records)]
    prices = [
        (entry, r["places"], int(r["price"])) for entry, r in records["price"].items()
    ]
    if told(prices) != pool["certificate"]["prices"]:
        yield "prices are missing, changed or behind"
    if told(scores) != pool["certificate"]["candidates"]:
        yield "scores are missing, changed or behind"
    entries = records["pairing"].values()
    digests = sum(int(r["statements_digest"].split(":")[1], 16) for r in entries)
    if (sum(r["statements"] for r in entries), digests % (1 << 256)) != (
        pool["statements"],
        int(pool["statements_digest"].split(":")[1], 16),
    ):
        yield "entries' records are missing, changed or behind"
    sides = Counter(r["direction"] for r in records["price"].values())
    if (sides["demand"], sides["supply"]) != (pool["demands"], pool["supplies"]):
        yield "the number of demands or supplies is wrong"


def scores_of(records):
    """Each pair that can be recommended, demand first, and its score."""
    for demand, record in records["candidates"].items():
        for supply, score in record["scores"].items():
            yield (demand, supply), score


def disagreements(entries, shown):
    """Whether the two entries of each pair say the same of it; fills ``shown``."""
    sides = defaultdict(list)
    for entry, record in entries.items():
        for pair in record["pairs"]:
            both = frozenset((entry, pair["counterpart"]))
            what = {name: pair[name] for name in pair if name != "counterpart"}
            sides[both].append(entry)
            if shown.setdefault(both, what) != what:
                yield f"{' and '.join(sorted(both))} say different things of their pair"
            if pair["score"] != sum(term["points"] for term in pair["terms"]):
                yield f"the terms of a pair of {entry} do not add up to its score"
    for both, tellers in sides.items():
        if sorted(tellers) != sorted(both):
            yield f"{' and '.join(sorted(both))} do not both tell of their pair, once"


def unproved(records, proof, shown):
    """Whether the prices prove that no other pairs are worth more."""
    price = {entry: int(r["price"]) for entry, r in records["price"].items()}
    places = {entry: r["places"] for entry, r in records["price"].items()}
    chosen = {
        both: pair["score"]
        for both, pair in shown.items()
        if pair["status"] in RECOMMENDED
    }
    used = Counter(entry for both in chosen for entry in both)
    if any(count > places.get(entry, 0) for entry, count in used.items()):
        yield "an entry has more pairs than places"
    if min(price.values(), default=0) < 0:
        yield "a price is negative"
    total, bound = 0, sum(places[entry] * price[entry] for entry in price)
    for (demand, supply), score in scores_of(records):
        said = chosen.pop(frozenset((demand, supply)), None)
        value = weight(score, demand, supply)
        above = value - price.get(demand, 0) - price.get(supply, 0)
        if said is not None:
            total, bound = total + value, bound + max(0, above)
            if said != score:
                yield f"{demand} and {supply} score {said} here and {score} there"
        elif above > 0:
            yield f"{demand} and {supply} would be worth more than their prices"
    if chosen:
        yield "a recommended pair is not among the candidates"
    if not total == bound == int(proof["total"]) == int(proof["dual_total"]):
        yield f"the pairs weigh {total}, the prices allow {bound}"


def key_of(kind, data):
    """The key that a record belongs under; none where its entry is of another pool."""
    entry = data.get("subject", "")
    if kind == "pool":
        return f"pool/{data['pool']}"
    if entry.rpartition("/")[2].rsplit("-", 1)[0] != data["pool"]:
        return None
    return entry if kind == "pairing" else f"{entry}#{kind}"


def read(lines):
    """The records by pool, kind and entry, and by pool what is wrong with them."""
    latest, unread = {}, []
    for number, line in enumerate(lines, 1):
        try:
            message = json.loads(line)
            # The latest record of a key holds, in each topic and partition.
            place = message.get("topic"), message.get("partition"), message["key"]
            latest.pop(place, None)
            if message.get("payload"):
                latest[place] = message
        except OTHER_FORM as error:
            unread.append(f"line {number} is none of kcat's: {error!r}")
    pools = defaultdict(lambda: defaultdict(dict))
    wrong = defaultdict(list, {"?": unread} if unread else {})
    for message in latest.values():
        try:
            headers = message["headers"]
            named = dict(zip(headers[::2], headers[1::2], strict=True))
            kind, data = named["ce_type"].split(".")[1], json.loads(message["payload"])
            pool, key = str(data["pool"]), key_of(kind, data)
            entry, entries = data.get("subject", ""), pools[pool][kind]
            misplaced = key != message["key"] or entry in entries
            misplaced |= named["ce_subject"] != (entry or key)
            entries[entry] = data
        except OTHER_FORM as error:
            wrong["?"].append(f"{message['key']} cannot be read: {error!r}")
            continue
        if misplaced:
            wrong[pool].append(f"{message['key']} is in a wrong place, or there twice")
    return pools, wrong


def main(lines):
    """Print what is wrong with each pool; the status is 1 if anything is."""
    pools, wrong = read(lines)
    for name, records in pools.items():
        try:
            wrong[name].extend(problems(records))
        except OTHER_FORM as error:
            wrong[name].append(f"a record has another form: {error!r}")
    for name, listed in sorted(wrong.items()):
        count = pools[name]["pool"].get("", {}).get("pairs", 0)
        proved = "NOT PROVED" if listed else "proved the best"
        print(f"{name}: {count} pairs, {proved}")
        for problem in listed[:5]:
            print(f"    {problem}")
    return int(any(wrong.values()) or not pools)


if __name__ == "__main__":
    sys.stdin.reconfigure(errors="replace")
    sys.exit(main(sys.stdin))
