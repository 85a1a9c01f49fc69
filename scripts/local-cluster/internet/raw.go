package main

import (
	"io"
	"net"
	"strings"
)

var udpAddresses = []string{
	"203.0.113.10:5353", "203.0.113.20:5353", "203.0.113.30:5353", "203.0.113.40:5353", "203.0.113.50:5353",
	"203.0.113.60:5353", "203.0.113.66:5353", "[2001:db8::10]:5353", "[2001:db8::20]:5353",
}

func echoTCP(listener net.Listener, accessLog *accessLog) {
	for {
		connection, err := listener.Accept()
		check("tcp echo", err)
		accessLog.write(entry{
			Scheme: "tcp", Client: connection.RemoteAddr().String(), Server: connection.LocalAddr().String(),
		})
		go func() {
			defer connection.Close()
			_, _ = io.Copy(connection, connection)
		}()
	}
}

func echoUDP(address string, accessLog *accessLog) {
	socket, err := net.ListenPacket("udp", address)
	if err != nil && strings.HasPrefix(address, "[") {
		return // a machine without IPv6
	}
	check(address, err)
	buffer := make([]byte, 64<<10)
	for {
		n, client, err := socket.ReadFrom(buffer)
		if err != nil {
			continue
		}
		accessLog.write(entry{Scheme: "udp", Client: client.String(), Server: address})
		_, _ = socket.WriteTo(buffer[:n], client)
	}
}
