// internet is everything outside the local cluster: it answers on whatever address the kernel delivers to it, so that a
// test sees in the access log what left the cluster, and nothing of a test leaves the machine.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	caCert := flag.String("ca-cert", "", "certificate of the internet simulator's CA (PEM)")
	caKey := flag.String("ca-key", "", "its key (PEM)")
	accessLog := flag.String("access-log", "", "file for one JSON object a request or connection")
	ready := flag.String("ready-file", "", "file to create once everything listens")
	parentUser := flag.String("parent-user", "parent", "user of the parent proxy that asks for one")
	parentPassword := flag.String("parent-password", "secret", "its password")
	idle := flag.Bool("idle", false, "do nothing: for the image that the registries have")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if *idle {
		<-ctx.Done()
		return
	}
	logFile, err := openAccessLog(*accessLog)
	check("access log", err)
	mint, err := newMint(*caCert, *caKey)
	check("CA", err)
	tlsConfig := &tls.Config{GetCertificate: mint.certificate, NextProtos: []string{"h2", "http/1.1"}}

	images, err := newRegistry()
	check("registry", err)
	site := site{log: logFile, registry: images}
	go serve(&http.Server{Handler: site.handler("http"), Protocols: allProtocols()}, listen(":80"))
	go serve(&http.Server{Handler: site.handler("https"), TLSConfig: tlsConfig}, listen(":443"))
	open := &parent{log: logFile}
	asking := &parent{log: logFile, user: *parentUser, password: *parentPassword}
	go serve(&http.Server{Handler: open}, listen(":3128"))
	go serve(&http.Server{Handler: asking}, listen(":3129"))
	parentTLS := &tls.Config{GetCertificate: mint.certificate, NextProtos: []string{"http/1.1"}}
	go serve(&http.Server{Handler: open}, tls.NewListener(listen(":3130"), parentTLS))
	go echoTCP(listen(":5432"), logFile)
	// Of a UDP socket on the wildcard address the kernel picks the source, hence one for each address that is used.
	for _, address := range udpAddresses {
		go echoUDP(address, logFile)
	}

	if *ready != "" {
		check("ready file", os.WriteFile(*ready, nil, 0o644))
	}
	<-ctx.Done()
}

// allProtocols has HTTP/2 without TLS too, as plain gRPC speaks it.
func allProtocols() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return protocols
}

func listen(address string) net.Listener {
	listener, err := net.Listen("tcp", address)
	check(address, err)
	return listener
}

func serve(server *http.Server, listener net.Listener) {
	server.ReadHeaderTimeout = 30 * time.Second
	server.ErrorLog = log.New(os.Stderr, "", log.LstdFlags)
	if server.TLSConfig != nil {
		log.Fatal(server.ServeTLS(listener, "", ""))
	}
	log.Fatal(server.Serve(listener))
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
