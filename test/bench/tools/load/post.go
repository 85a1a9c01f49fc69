package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"os"
	"time"
)

// postAsker speaks HTTP/1.1 over TLS and keeps its connections, as the API server does with webhooks. It takes 2xx for an
// answer, since the API server creates with 201. The certificate is
// the bench's own and is not checked.
func postAsker(s settings) asker {
	var bodies [][]byte
	for _, file := range s.bodies {
		body, err := os.ReadFile(file)
		fatal(err)
		bodies = append(bodies, body)
	}
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}},
		MaxIdleConnsPerHost: s.clients,
	}
	client := &http.Client{Transport: transport, Timeout: patience}
	return func(number int) func() outcome {
		at := number
		return func() outcome {
			at++
			began := time.Now()
			response, err := client.Do(request(s, bodies[at%len(bodies)]))
			if err != nil {
				return outcome{failure: short(err)}
			}
			n, err := io.Copy(io.Discard, response.Body)
			took := time.Since(began)
			response.Body.Close()
			if err != nil {
				return outcome{failure: short(err)}
			}
			if response.StatusCode/100 != 2 {
				return outcome{failure: response.Status}
			}
			return outcome{bytes: n, took: took}
		}
	}
}

func request(s settings, body []byte) *http.Request {
	request, err := http.NewRequest(s.method, s.url, bytes.NewReader(body))
	fatal(err)
	request.Header.Set("Content-Type", "application/json")
	for _, header := range s.headers {
		request.Header.Set(header[0], header[1])
	}
	return request
}
