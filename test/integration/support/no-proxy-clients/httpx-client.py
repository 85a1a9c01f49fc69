"""Reads NO_PROXY as httpx does. For each of stdin's cases, prints `direct` or `proxy` for each URL, or why it could not."""
import json
import os
import sys

import httpx


def ways_of(urls):
    try:
        # An entry that httpx cannot parse raises here.
        with httpx.Client(verify=False) as client:
            return ['direct' if client._transport_for_url(httpx.URL(url)) is client._transport else 'proxy' for url in urls]
    except Exception as failure:
        return [f'{type(failure).__name__}: {failure}' for _ in urls]


ways = []
for case in json.load(sys.stdin):
    os.environ.update(case['env'])
    ways.append(ways_of(case['urls']))
print(json.dumps(ways))
