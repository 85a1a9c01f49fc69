// One request to the URL in os.Args[2] by the client named in os.Args[1]; prints `STATUS code` or the error.
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

func main() {
	ask := map[string]func(string) (string, error){"http": askHTTP, "grpc": askGRPC}[os.Args[1]]
	answer, err := ask(os.Args[2])
	if err != nil {
		answer = err.Error()
	}
	fmt.Println(answer)
}

func askHTTP(address string) (string, error) {
	response, err := (&http.Client{Timeout: 15 * time.Second}).Get(address)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("STATUS %d", response.StatusCode), response.Body.Close()
}

// askGRPC calls a method that no server has: its answer tells who answered.
func askGRPC(address string) (string, error) {
	target, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	transport, port := insecure.NewCredentials(), "80"
	if target.Scheme == "https" {
		transport, port = credentials.NewTLS(nil), "443"
	}
	if target.Port() != "" {
		port = target.Port()
	}
	connection, err := grpc.NewClient("dns:///"+target.Hostname()+":"+port, grpc.WithTransportCredentials(transport))
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return "", connection.Invoke(ctx, "/compatibility.Echo/Get", &struct{}{}, &struct{}{}, grpc.ForceCodec(bytesCodec{}))
}

// bytesCodec sends an empty message and reads none.
type bytesCodec struct{}

func (bytesCodec) Marshal(any) ([]byte, error)      { return nil, nil }
func (bytesCodec) Unmarshal([]byte, any) error      { return nil }
func (bytesCodec) Name() string                     { return "bytes" }
