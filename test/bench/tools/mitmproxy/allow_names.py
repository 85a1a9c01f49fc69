"""Allows requests for the hosts that are listed in the file of the option `names`, and refuses others with 403."""

from mitmproxy import ctx, http


class AllowNames:
    def __init__(self):
        self.names = frozenset()

    def load(self, loader):
        loader.add_option("names", str, "", "File with the host names that are allowed, one a line.")

    def running(self):
        with open(ctx.options.names, encoding="ascii") as file:
            self.names = frozenset(file.read().split())

    def http_connect(self, flow):
        self.decide(flow)

    def request(self, flow):
        self.decide(flow)

    def decide(self, flow):
        if flow.request.host not in self.names:
            flow.response = http.Response.make(403)


addons = [AllowNames()]
