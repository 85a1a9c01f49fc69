"""Reads NO_PROXY as urllib does. For each of stdin's cases, prints `direct` or `proxy` for each URL."""
import json
import os
import sys
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def way(address):
    assert 'http' in getproxies()
    return 'direct' if proxy_bypass(urlsplit(address).netloc) else 'proxy'


ways = []
for case in json.load(sys.stdin):
    os.environ.update(case['env'])
    ways.append([way(address) for address in case['urls']])
print(json.dumps(ways))
