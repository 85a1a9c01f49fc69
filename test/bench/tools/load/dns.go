package main

import (
	"encoding/binary"
	"net"
	"strings"
	"time"
)

const serverFailure = 2

// dnsAsker asks a nameserver for the A record of each target over UDP, from the client's own address and port.
func dnsAsker(s settings) asker {
	return func(number int) func() outcome {
		at := number
		dialer := net.Dialer{Timeout: patience}
		if len(s.sources) > 0 {
			dialer.LocalAddr = &net.UDPAddr{IP: net.ParseIP(s.sources[number%len(s.sources)])}
		}
		connection, err := dialer.Dial("udp", s.proxy)
		fatal(err)
		answer := make([]byte, 4096)
		return func() outcome {
			at++
			query := dnsQuery(uint16(at), s.targets[at%len(s.targets)])
			if _, err := connection.Write(query); err != nil {
				return outcome{failure: short(err)}
			}
			fatal(connection.SetReadDeadline(time.Now().Add(patience)))
			for {
				n, err := connection.Read(answer)
				if err != nil {
					return outcome{failure: short(err)}
				}
				// A late answer to an earlier query is read over.
				if n < 12 || binary.BigEndian.Uint16(answer) != uint16(at) {
					continue
				}
				if answer[3]&15 == serverFailure {
					return outcome{failure: "server failure"}
				}
				return outcome{bytes: int64(n)}
			}
		}
	}
}

// dnsQuery is a query for an A record, without EDNS.
func dnsQuery(id uint16, name string) []byte {
	query := binary.BigEndian.AppendUint16(nil, id)
	query = append(query, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0)
	for label := range strings.SplitSeq(name, ".") {
		query = append(query, byte(len(label)))
		query = append(query, label...)
	}
	return append(query, 0, 0, 1, 0, 1)
}
