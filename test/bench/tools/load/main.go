// load asks proxies and webhooks as fast as so many clients can, prints what came of it as one line of JSON, and plays
// the origin behind the proxies.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

const usage = `Usage: load origin ADDRESS:PORT[=http|hold|flood]... | load connect|hello|get|tunnel|post|dns FLAGS

origin   http answers GET, hold answers the first bytes by one, flood sends without end
connect  opens a tunnel and closes it, again and again
hello    as connect, with a ClientHello and the first byte of its answer
get      GET requests over connections that stay open
tunnel   opens a tunnel a client and reads all that comes
post     POST of JSON bodies over TLS connections that stay open
dns      queries for A records to the nameserver that -proxy names
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if os.Args[1] == "origin" {
		fatal(serveOrigin(os.Args[2:]))
	}
	begin, known := map[string]func(settings) asker{
		"connect": connectAsker, "hello": helloAsker, "get": getAsker, "tunnel": tunnelAsker, "post": postAsker, "dns": dnsAsker,
	}[os.Args[1]]
	if !known {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	s := parse(os.Args[2:])
	fatal(json.NewEncoder(os.Stdout).Encode(drive(s, begin(s))))
}

// settings of one run. Not every flag means something to every asker.
type settings struct {
	clients int
	warm    time.Duration
	length  time.Duration
	// Requests a second of all clients together; 0: as fast as they can.
	rate    float64
	proxy   string
	sources []string
	targets []string
	url     string
	method  string
	headers [][2]string
	bodies  []string
}

func parse(args []string) settings {
	var s settings
	var sources, targets, bodies, headers string
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	flags.IntVar(&s.clients, "clients", 1, "how many ask at a time")
	flags.DurationVar(&s.warm, "warm", 200*time.Millisecond, "time that is not counted")
	flags.DurationVar(&s.length, "length", time.Second, "time that is")
	flags.Float64Var(&s.rate, "rate", 0, "requests a second of all clients together; 0: as fast as they can")
	flags.StringVar(&s.proxy, "proxy", "", "address:port of the proxy")
	flags.StringVar(&sources, "sources", "", "own addresses, in turn, separated by commas")
	flags.StringVar(&targets, "targets", "", "file with a host:port a line, asked for in turn")
	flags.StringVar(&s.url, "url", "", "where to post")
	flags.StringVar(&s.method, "method", "POST", "method with which post sends the bodies")
	flags.StringVar(&headers, "headers", "", "headers of a post, NAME=VALUE, separated by commas")
	flags.StringVar(&bodies, "bodies", "", "files to post, in turn, separated by commas")
	fatal(flags.Parse(args))
	if sources != "" {
		s.sources = strings.Split(sources, ",")
	}
	for _, header := range strings.Split(headers, ",") {
		if name, value, found := strings.Cut(header, "="); found {
			s.headers = append(s.headers, [2]string{name, value})
		}
	}
	if bodies != "" {
		s.bodies = strings.Split(bodies, ",")
	}
	if targets != "" {
		text, err := os.ReadFile(targets)
		fatal(err)
		s.targets = strings.Fields(string(text))
	}
	return s
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
