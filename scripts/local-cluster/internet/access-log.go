package main

import (
	"encoding/json"
	"os"
	"sync"
	"time"
)

// entry is one line of the access log. It is written when a request or connection arrives, not when it ends, so that
// an attempt shows even when it came to nothing.
type entry struct {
	Time   string `json:"time"`
	Scheme string `json:"scheme"` // http, https, tcp, udp, parent (a request to the parent proxy)
	Client string `json:"client"` // address:port
	Server string `json:"server"` // address:port that was dialled
	Method string `json:"method,omitempty"`
	Host   string `json:"host,omitempty"`
	Path   string `json:"path,omitempty"`
	User   string `json:"user,omitempty"`
	SNI    string `json:"sni,omitempty"`
	Status int    `json:"status,omitempty"`
}

type accessLog struct {
	lock sync.Mutex
	file *os.File
}

func openAccessLog(path string) (*accessLog, error) {
	if path == "" {
		return &accessLog{file: os.Stdout}, nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	return &accessLog{file: file}, err
}

func (l *accessLog) write(e entry) {
	e.Time = time.Now().UTC().Format(time.RFC3339Nano)
	line, _ := json.Marshal(e)
	l.lock.Lock()
	defer l.lock.Unlock()
	_, _ = l.file.Write(append(line, '\n'))
}
