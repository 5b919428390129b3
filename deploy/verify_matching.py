"""Check every matching certificate on a cluster, with Python alone.

    for topic in candidates records; do
      kcat -b BROKER -C -e -q -J -t twincity.matching.$topic
    done | python3 verify_matching.py

It imports nothing of TwinCity, so that whoever does not trust it can read these
lines instead. Weak duality: for any prices u, v >= 0 of the entries, no pairing
is worth more than the sum of capacity * price plus what chosen pairs are worth
above their prices, if no other pair is worth more than its two prices. A pairing
that is worth as much as that bound is therefore the best.
"""

import json
import sys
from collections import Counter, defaultdict

rows = defaultdict(lambda: defaultdict(dict))  # by pool, entry and other entry
capacity, chosen, pools = {}, {}, {}
for line in sys.stdin:
    record = json.loads(line)
    if not record.get("payload"):
        continue
    headers = dict(zip(record["headers"][::2], record["headers"][1::2], strict=True))
    data = json.loads(record["payload"])
    pool, entry = data["pool"], data.get("subject")
    match headers["ce_type"]:
        case "twincity.candidates.recorded.v1":  # the later record of a pair holds
            capacity[entry] = data["capacity"]
            for other in rows[pool].pop(entry, ()):
                del rows[pool][other][entry]
            for other, weight in data["weights"].items():
                rows[pool][entry][other] = rows[pool][other][entry] = int(weight)
        case "twincity.pairing.recorded.v1":
            pairs = {frozenset((entry, p["counterpart"])) for p in data["pairs"]}
            chosen[entry] = (pool, pairs if data["direction"] == "demand" else set())
        case "twincity.pool.recorded.v1":
            pools[pool] = data["certificate"]

wrong = not pools
for pool, said in pools.items():
    price = {n: int(p) for n, p in (said["demands"] | said["supplies"]).items()}
    pairs = set().union(*(those for of, those in chosen.values() if of == pool))
    used = Counter(entry for pair in pairs for entry in pair)
    total, bound = 0, sum(capacity[entry] * p for entry, p in price.items())
    edges = {
        frozenset((a, b)): w for a, row in rows[pool].items() for b, w in row.items()
    }
    holds = pairs <= edges.keys() and min(price.values(), default=0) >= 0
    holds &= all(count <= capacity[entry] for entry, count in used.items())
    for pair, weight in edges.items():
        above = weight - sum(price[entry] for entry in pair)
        total += weight if pair in pairs else 0
        bound += max(0, above) if pair in pairs else 0
        holds &= above <= 0 or pair in pairs
    holds &= total == bound == int(said["total"]) == int(said["dual_total"])
    wrong |= not holds
    print(f"{pool}: {len(pairs)} pairs, {'proved the best' if holds else 'NOT PROVED'}")
sys.exit(wrong)
