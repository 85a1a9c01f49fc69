package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const patience = 30 * time.Second

// turns gives a client its targets one after another, so that all clients together ask for all of them.
func turns(s settings, client int) func() string {
	at := client
	return func() string {
		at++
		return s.targets[at%len(s.targets)]
	}
}

func dialer(s settings, client int) func() (*net.TCPConn, error) {
	var d net.Dialer
	if len(s.sources) > 0 {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(s.sources[client%len(s.sources)])}
	}
	return func() (*net.TCPConn, error) {
		conn, err := d.Dial("tcp", s.proxy)
		if err != nil {
			return nil, err
		}
		tcp := conn.(*net.TCPConn)
		// A reset leaves no port waiting behind: thousands of connections a second would use them up.
		tcp.SetLinger(0)
		tcp.SetDeadline(time.Now().Add(patience))
		return tcp, nil
	}
}

// openTunnel sends CONNECT and reads until the head of the answer is whole.
func openTunnel(dial func() (*net.TCPConn, error), target string, buffer []byte) (*net.TCPConn, string) {
	conn, err := dial()
	if err != nil {
		return nil, "dial " + short(err)
	}
	if _, err = fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target); err != nil {
		conn.Close()
		return nil, "write " + short(err)
	}
	length := 0
	for {
		n, err := conn.Read(buffer[length:])
		length += n
		if bytes.Contains(buffer[:length], []byte("\r\n\r\n")) {
			break
		}
		if err != nil || length == len(buffer) {
			conn.Close()
			return nil, "read " + short(err)
		}
	}
	if status := string(buffer[9:12]); status != "200" {
		conn.Close()
		return nil, status
	}
	return conn, ""
}

func connectAsker(s settings) asker {
	return func(client int) func() outcome {
		dial, next, buffer := dialer(s, client), turns(s, client), make([]byte, 4096)
		return func() outcome {
			began := time.Now()
			conn, failure := openTunnel(dial, next(), buffer)
			took := time.Since(began)
			if conn != nil {
				conn.Close()
			}
			return outcome{failure: failure, took: took}
		}
	}
}

// getAsker keeps one connection to the proxy for each client, and opens another when it was closed.
func getAsker(s settings) asker {
	return func(client int) func() outcome {
		dial, next := dialer(s, client), turns(s, client)
		var conn *net.TCPConn
		var reader *bufio.Reader
		ask := func(target string) (status string, length int64, err error) {
			if conn == nil {
				if conn, err = dial(); err != nil {
					return "", 0, err
				}
				reader = bufio.NewReader(conn)
			}
			conn.SetDeadline(time.Now().Add(patience))
			open := false
			if _, err = fmt.Fprintf(conn, "GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n", target, target); err == nil {
				status, length, open, err = readAnswer(reader)
			}
			if err != nil || !open {
				conn.Close()
				conn = nil
			}
			return status, length, err
		}
		return func() outcome {
			reused, target := conn != nil, next()
			status, length, err := ask(target)
			if err != nil && reused {
				// A proxy may close without a word between two requests: every client asks again then.
				status, length, err = ask(target)
			}
			if err != nil {
				return outcome{failure: "get " + short(err)}
			}
			if status != "200" {
				return outcome{failure: status}
			}
			return outcome{bytes: length}
		}
	}
}

// readAnswer takes one answer with a Content-Length off the connection; `open` where another may follow.
func readAnswer(reader *bufio.Reader) (status string, length int64, open bool, err error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return "", 0, false, err
	}
	if len(line) < 12 {
		return "", 0, false, io.ErrUnexpectedEOF
	}
	status, open, length = string(line[9:12]), strings.HasPrefix(string(line), "HTTP/1.1"), -1
	for {
		line, err = reader.ReadSlice('\n')
		if err != nil {
			return status, 0, false, err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := strings.Cut(strings.TrimSpace(string(line)), ":")
		switch strings.ToLower(name) {
		case "content-length":
			fmt.Sscan(value, &length)
		case "connection":
			open = !strings.Contains(strings.ToLower(value), "close")
		}
	}
	if length < 0 {
		n, err := io.Copy(io.Discard, reader)
		return status, n, false, err
	}
	_, err = io.CopyN(io.Discard, reader, length)
	return status, length, open, err
}

// tunnelAsker counts one read as one answer; the bytes are what matters.
func tunnelAsker(s settings) asker {
	return func(client int) func() outcome {
		dial, next, buffer := dialer(s, client), turns(s, client), make([]byte, 256<<10)
		var conn *net.TCPConn
		return func() outcome {
			if conn == nil {
				var failure string
				if conn, failure = openTunnel(dial, next(), buffer); conn == nil {
					return outcome{failure: failure}
				}
			}
			n, err := conn.Read(buffer)
			if err != nil {
				conn.Close()
				conn = nil
				return outcome{failure: "read " + short(err)}
			}
			return outcome{bytes: int64(n)}
		}
	}
}

func short(err error) string {
	if err == nil {
		return "nothing"
	}
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+1:]
}
