package main

import (
	"crypto/tls"
	"net"
	"strings"
	"time"
)

// clientHello gives what Go's TLS client sends first to the host of a target.
func clientHello(target string) []byte {
	host, _, _ := strings.Cut(target, ":")
	ours, theirs := net.Pipe()
	defer ours.Close()
	go tls.Client(theirs, &tls.Config{ServerName: host}).Handshake()
	hello := make([]byte, 16<<10)
	n, err := ours.Read(hello)
	fatal(err)
	return hello[:n]
}

// helloAsker opens a tunnel, sends a ClientHello for its target and waits for the first byte of the answer.
func helloAsker(s settings) asker {
	hellos := map[string][]byte{}
	for _, target := range s.targets {
		hellos[target] = clientHello(target)
	}
	return func(client int) func() outcome {
		dial, next, buffer := dialer(s, client), turns(s, client), make([]byte, 4096)
		return func() outcome {
			target, began := next(), time.Now()
			conn, failure := openTunnel(dial, target, buffer)
			if conn == nil {
				return outcome{failure: failure}
			}
			defer conn.Close()
			if _, err := conn.Write(hellos[target]); err != nil {
				return outcome{failure: "write " + short(err)}
			}
			if _, err := conn.Read(buffer); err != nil {
				return outcome{failure: "hello " + short(err)}
			}
			return outcome{took: time.Since(began)}
		}
	}
}
