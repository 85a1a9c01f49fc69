// goproxy is a forward proxy of the bench's: the library of that name with a set of names that may be reached.
package main

import (
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/elazarl/goproxy"
)

func main() {
	listen := flag.String("listen", "", "address:port")
	names := flag.String("names", "", "file with a name a line")
	flag.Parse()
	text, err := os.ReadFile(*names)
	if err != nil {
		log.Fatal(err)
	}
	allowed := map[string]bool{}
	for _, name := range strings.Fields(string(text)) {
		allowed[name] = true
	}
	proxy := goproxy.NewProxyHttpServer()
	// Names are resolved, and connections kept, as Go does it; the origin's certificate is not its business.
	proxy.Tr = &http.Transport{MaxIdleConnsPerHost: 256}
	proxy.OnRequest().HandleConnectFunc(func(target string, _ *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		host, _, err := net.SplitHostPort(target)
		if err != nil || !allowed[host] {
			return goproxy.RejectConnect, target
		}
		return goproxy.OkConnect, target
	})
	proxy.OnRequest().DoFunc(func(request *http.Request, _ *goproxy.ProxyCtx) (*http.Request, *http.Response) {
		if !allowed[request.URL.Hostname()] {
			return request, goproxy.NewResponse(request, goproxy.ContentTypeText, http.StatusForbidden, "refused\n")
		}
		return request, nil
	})
	log.Fatal(http.ListenAndServe(*listen, proxy))
}
