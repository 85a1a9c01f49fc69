package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"
)

// mint issues a serving certificate for whatever name the client asks for by SNI; without one, for the address.
type mint struct {
	ca   tls.Certificate
	lock sync.Mutex
	made map[string]*tls.Certificate
}

func newMint(certFile, keyFile string) (*mint, error) {
	ca, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, err
	}
	ca.Leaf, err = x509.ParseCertificate(ca.Certificate[0])
	return &mint{ca: ca, made: map[string]*tls.Certificate{}}, err
}

func (m *mint) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	if name == "" {
		name, _, _ = net.SplitHostPort(hello.Conn.LocalAddr().String())
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	if made, ok := m.made[name]; ok {
		return made, nil
	}
	made, err := m.issue(name)
	if err == nil {
		m.made[name] = made
	}
	return made, err
}

func (m *mint) issue(name string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"kube-egress internet"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(0, 3, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if address := net.ParseIP(name); address != nil {
		template.IPAddresses = []net.IP{address}
	} else {
		template.DNSNames = []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, m.ca.Leaf, key.Public(), m.ca.PrivateKey.(crypto.Signer))
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, m.ca.Certificate[0]}, PrivateKey: key}, nil
}
