"""Check every matching certificate on a cluster, with Python alone.

    for topic in candidates records; do
      kcat -b BROKER -C -e -q -J -t twincity.matching.$topic
    done | python3 verify_matching.py

It imports nothing of TwinCity, so that whoever does not trust it can read these
lines instead. Weak duality: for any prices u, v >= 0 of the entries, no pairing
is worth more than the sum of places * price plus what chosen pairs are worth
above their prices, if no other pair is worth more than its two prices. A pairing
that is worth as much as that bound is therefore the best. What the pairs score is
taken as told: ``twincity match verify --from-statements`` works it out anew.
"""

import json
import sys
from collections import Counter, defaultdict
from hashlib import blake2b, sha256

RECOMMENDED = {"recommended", "accepted-by-demand", "accepted-by-supply"}


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
    price = {entry: int(r["price"]) for entry, r in records["price"].items()}
    places = {entry: r["places"] for entry, r in records["price"].items()}
    scores = [
        (demand, supply, score)
        for demand, record in records["candidates"].items()
        for supply, score in record["scores"].items()
    ]
    proof = pool["certificate"]
    if told((e, places[e], price[e]) for e in price) != proof["prices"]:
        yield "prices are missing, changed or behind"
    if told(scores) != proof["candidates"]:
        yield "scores are missing, changed or behind"
    entries = records["pairing"].values()
    digests = sum(int(r["statements_digest"].split(":")[1], 16) for r in entries)
    if (sum(r["statements"] for r in entries), digests % (1 << 256)) != (
        pool["statements"],
        int(pool["statements_digest"].split(":")[1], 16),
    ):
        yield "entries' records are missing, changed or behind"
    pairs = defaultdict(dict)  # by demand and supply, what each side says
    for entry, record in records["pairing"].items():
        for pair in record["pairs"]:
            both = frozenset((entry, pair.pop("counterpart")))
            pairs[both][entry] = pair
    if any(len(s) < 2 or len({str(p) for p in s.values()}) > 1 for s in pairs.values()):
        yield "the two entries of a pair say different things of it"
    shown = [next(iter(sides.values())) for sides in pairs.values()]
    if (len(shown), sum(p["score"] for p in shown)) != (pool["pairs"], pool["score"]):
        yield "the number of pairs or their scores in all are wrong"
    chosen = {
        both: pair["score"]
        for both, pair in zip(pairs, shown, strict=True)
        if pair["status"] in RECOMMENDED
    }
    used = Counter(entry for both in chosen for entry in both)
    if any(count > places.get(entry, 0) for entry, count in used.items()):
        yield "an entry has more pairs than places"
    if min(price.values(), default=0) < 0:
        yield "a price is negative"
    total, bound = 0, sum(places[entry] * price[entry] for entry in price)
    for demand, supply, score in scores:
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


pools = defaultdict(lambda: defaultdict(dict))
where = {}
for line in sys.stdin:
    message = json.loads(line)
    key = message["key"]
    if key in where:  # the latest record of a key holds
        pool, kind, entry = where.pop(key)
        pools[pool][kind].pop(entry, None)
    if not message.get("payload"):
        continue
    named = message["headers"]
    kind = dict(zip(named[::2], named[1::2], strict=True))["ce_type"].split(".")[1]
    data = json.loads(message["payload"])
    where[key] = data["pool"], kind, data.get("subject", "")
    pools[data["pool"]][kind][data.get("subject", "")] = data

wrong = not pools
for name, records in sorted(pools.items()):
    found = list(problems(records))
    wrong |= bool(found)
    count = records["pool"].get("", {}).get("pairs", 0)
    print(f"{name}: {count} pairs, {'NOT PROVED' if found else 'proved the best'}")
    for problem in found[:5]:
        print(f"    {problem}")
sys.exit(wrong)
