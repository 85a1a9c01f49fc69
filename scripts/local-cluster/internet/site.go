package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// site answers HTTP on every address and for every name.
type site struct {
	log      *accessLog
	registry http.Handler
}

func (s site) handler(scheme string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", echo)
	mux.HandleFunc("/bytes", bytes)
	mux.HandleFunc("/silence", silence)
	mux.HandleFunc("/slow", slow)
	mux.HandleFunc("/status", status)
	mux.HandleFunc("/upload", upload)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := entry{
			Scheme: scheme, Client: r.RemoteAddr, Server: dialled(r),
			Method: r.Method, Host: r.Host, Path: r.URL.RequestURI(),
		}
		if r.TLS != nil {
			e.SNI = r.TLS.ServerName
		}
		s.log.write(e)
		if isRegistry(r) {
			s.registry.ServeHTTP(w, r)
			return
		}
		switch {
		case strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc"):
			grpcEcho(w, r)
		case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
			webSocketEcho(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func dialled(r *http.Request) string {
	address, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if address == nil {
		return ""
	}
	return address.String()
}

// echo gives back the request as JSON.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	answer := map[string]any{
		"method": r.Method, "host": r.Host, "path": r.URL.RequestURI(), "proto": r.Proto,
		"headers": r.Header, "client": r.RemoteAddr, "server": dialled(r), "tls": r.TLS != nil,
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(answer)
}

// grpcEcho answers every gRPC method with the messages of the call.
func grpcEcho(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	_, _ = io.Copy(w, r.Body)
	w.Header().Set("Grpc-Status", "0")
}

// webSocketEcho sends each message back until the client closes.
func webSocketEcho(w http.ResponseWriter, r *http.Request) {
	// A browser's Origin is not compared with the host.
	connection, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return
	}
	defer connection.CloseNow()
	for {
		kind, message, err := connection.Read(r.Context())
		if err != nil || connection.Write(r.Context(), kind, message) != nil {
			return
		}
	}
}

// bytes sends ?n= bytes (default 1 MiB), with ?rate= bytes a second when it is given.
func bytes(w http.ResponseWriter, r *http.Request) {
	left, rate := number(r, "n", 1<<20), number(r, "rate", 0)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(left))
	block := make([]byte, 32<<10)
	if rate > 0 {
		block = block[:max(1, min(len(block), rate/10))]
	}
	for left > 0 {
		n, err := w.Write(block[:min(left, len(block))])
		if left -= n; err != nil {
			return
		}
		if rate > 0 {
			w.(http.Flusher).Flush()
			time.Sleep(time.Duration(n) * time.Second / time.Duration(rate))
		}
	}
}

// slow sends one byte a second for ?seconds= seconds (default 10).
func slow(w http.ResponseWriter, r *http.Request) {
	for range number(r, "seconds", 10) {
		if _, err := io.WriteString(w, "."); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(time.Second):
		}
	}
	_, _ = io.WriteString(w, "\n")
}

// silence sends nothing for ?seconds= seconds (default 10), then an empty answer.
func silence(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(time.Duration(number(r, "seconds", 10)) * time.Second):
	}
}

func status(w http.ResponseWriter, r *http.Request) { w.WriteHeader(number(r, "code", 200)) }

// upload counts what it is sent.
func upload(w http.ResponseWriter, r *http.Request) {
	n, _ := io.Copy(io.Discard, r.Body)
	_ = json.NewEncoder(w).Encode(map[string]int64{"received": n})
}

func number(r *http.Request, name string, otherwise int) int {
	if n, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil && n >= 0 {
		return n
	}
	return otherwise
}
