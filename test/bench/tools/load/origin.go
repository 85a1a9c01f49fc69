package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
)

// serveOrigin listens at every place, each `address:port=kind`, and never ends by itself.
func serveOrigin(places []string) error {
	serve := map[string]func(*net.TCPConn){"http": answerGets, "hold": hold, "flood": flood}
	failed := make(chan error)
	for _, place := range places {
		address, kind, _ := strings.Cut(place, "=")
		handle, known := serve[kind]
		if !known {
			return fmt.Errorf("%s: =http, =hold or =flood", place)
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		go func() { failed <- accept(listener, handle) }()
	}
	fmt.Println("listening")
	return <-failed
}

func accept(listener net.Listener, handle func(*net.TCPConn)) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		tcp := conn.(*net.TCPConn)
		// As with the clients: no port stays behind, on either side.
		tcp.SetLinger(0)
		go func() {
			defer tcp.Close()
			handle(tcp)
		}()
	}
}

// hold answers the first bytes by one, as a server answers a ClientHello by more, and then takes what comes.
func hold(conn *net.TCPConn) {
	if _, err := conn.Read(make([]byte, 16<<10)); err != nil {
		return
	}
	if _, err := conn.Write([]byte{22}); err == nil {
		io.Copy(io.Discard, conn)
	}
}

var answer = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024))

func answerGets(conn *net.TCPConn) {
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return
		}
		if len(line) > 2 {
			continue
		}
		if _, err = conn.Write(answer); err != nil {
			return
		}
	}
}

func flood(conn *net.TCPConn) {
	chunk := make([]byte, 256<<10)
	for {
		if _, err := conn.Write(chunk); err != nil {
			return
		}
	}
}
