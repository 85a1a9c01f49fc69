"""Reads NO_PROXY as aiohttp with trust_env does. For each of stdin's cases, prints `direct` or `proxy` for each URL."""
import json
import os
import sys

from aiohttp.helpers import get_env_proxy_for_url
from yarl import URL


def way(url):
    try:
        get_env_proxy_for_url(URL(url))
        return 'proxy'
    except LookupError:
        return 'direct'


ways = []
for case in json.load(sys.stdin):
    os.environ.update(case['env'])
    ways.append([way(url) for url in case['urls']])
print(json.dumps(ways))
