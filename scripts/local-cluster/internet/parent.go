package main

import (
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Every name that a parent is asked for leads here: a parent resolves names itself, also those that the cluster's DNS
// does not know. An address is dialled as it is.
const parentResolves = "203.0.113.10"

// parent is a company's forward proxy. Without a user it asks for no credentials.
type parent struct {
	log            *accessLog
	user, password string
}

func (p *parent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, ok := p.credentials(r)
	e := entry{
		Scheme: "parent", Client: r.RemoteAddr, Server: dialled(r),
		Method: r.Method, Host: r.Host, Path: r.RequestURI, User: user,
	}
	switch {
	case !ok:
		e.Status = http.StatusProxyAuthRequired
		w.Header().Set("Proxy-Authenticate", `Basic realm="parent"`)
		http.Error(w, "the parent proxy wants credentials", e.Status)
	case r.Method == http.MethodConnect:
		e.Status = p.tunnel(w, r)
	case r.URL.Host != "":
		e.Status = p.forward(w, r)
	default:
		e.Status = http.StatusBadRequest
		http.Error(w, "a proxy wants an absolute URL", e.Status)
	}
	p.log.write(e)
}

func (p *parent) credentials(r *http.Request) (user string, ok bool) {
	encoded, _ := strings.CutPrefix(r.Header.Get("Proxy-Authorization"), "Basic ")
	decoded, _ := base64.StdEncoding.DecodeString(encoded)
	user, password, _ := strings.Cut(string(decoded), ":")
	return user, p.user == "" || user == p.user && password == p.password
}

func (p *parent) tunnel(w http.ResponseWriter, r *http.Request) int {
	origin, err := dial("tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return http.StatusBadGateway
	}
	client, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		origin.Close()
		return http.StatusInternalServerError
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\nVia: 1.1 int-proxy\r\n\r\n")
	go func() {
		_, _ = io.Copy(origin, buffered)
		_ = origin.(*net.TCPConn).CloseWrite()
	}()
	go func() {
		_, _ = io.Copy(client, origin)
		client.Close()
		origin.Close()
	}()
	return http.StatusOK
}

func (p *parent) forward(w http.ResponseWriter, r *http.Request) int {
	request := r.Clone(r.Context())
	request.RequestURI = ""
	request.Header.Del("Proxy-Authorization")
	request.Header.Del("Proxy-Connection")
	request.Header.Set("Via", "1.1 int-proxy")
	response, err := transport.RoundTrip(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return http.StatusBadGateway
	}
	defer response.Body.Close()
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Via", "1.1 int-proxy")
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
	return response.StatusCode
}

var transport = &http.Transport{Dial: dial}

func dial(network, target string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	if net.ParseIP(host) == nil {
		host = parentResolves
	}
	return net.DialTimeout(network, net.JoinHostPort(host, port), 5*time.Second)
}
