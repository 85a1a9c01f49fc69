// Reads NO_PROXY and the proxy from the environment as net/http does, and prints a word for each URL: `direct` or `proxy`.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	for _, address := range os.Args[1:] {
		request, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			fmt.Println(err)
			continue
		}
		proxy, err := http.ProxyFromEnvironment(request)
		switch {
		case err != nil:
			fmt.Println(err)
		case proxy == nil:
			fmt.Println("direct")
		default:
			fmt.Println("proxy")
		}
	}
}
