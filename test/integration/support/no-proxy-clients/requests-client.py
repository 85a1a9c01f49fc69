"""Reads NO_PROXY as requests does. For each of stdin's cases, prints `direct` or `proxy` for each URL."""
import json
import os
import sys

from requests.utils import get_environ_proxies

ways = []
for case in json.load(sys.stdin):
    os.environ.update(case['env'])
    ways.append(['proxy' if get_environ_proxies(url) else 'direct' for url in case['urls']])
print(json.dumps(ways))
