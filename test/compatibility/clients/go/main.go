// One request to the URL in os.Args[2] by the client named in os.Args[1]; prints `STATUS code` or the error. With
// `version MODULE` it prints the version of a module, with `version go` that of Go; `serve PORT` is a server inside the
// cluster.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

func main() {
	ask := map[string]func(string) (string, error){
		"http": askHTTP, "upload": uploadHTTP, "grpc": askGRPC, "version": version, "serve": serve,
	}[os.Args[1]]
	answer, err := ask(os.Args[2])
	if err != nil {
		answer = err.Error()
	}
	fmt.Println(answer)
}

func version(module string) (string, error) {
	if module == "go" {
		return strings.TrimPrefix(runtime.Version(), "go"), nil
	}
	build, _ := debug.ReadBuildInfo()
	for _, dependency := range build.Deps {
		if dependency.Path == module {
			return strings.TrimPrefix(dependency.Version, "v"), nil
		}
	}
	return "", fmt.Errorf("no module %s", module)
}

func timeout() time.Duration {
	if seconds, err := strconv.Atoi(os.Getenv("TIMEOUT")); err == nil {
		return time.Duration(seconds) * time.Second
	}
	return 15 * time.Second
}

func uploadHTTP(address string) (string, error) {
	file, err := os.Open("/tmp/upload")
	if err != nil {
		return "", err
	}
	response, err := (&http.Client{Timeout: timeout()}).Post(address, "application/octet-stream", file)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	return strings.TrimSpace(string(answer)), err
}

func askHTTP(address string) (string, error) {
	response, err := (&http.Client{Timeout: timeout()}).Get(address)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("STATUS %d", response.StatusCode), response.Body.Close()
}

// serve answers HTTP/1.1, HTTP/2 without TLS, and gRPC, on the addresses of both families.
func serve(port string) (string, error) {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return "", (&http.Server{Addr: ":" + port, Handler: http.HandlerFunc(answer), Protocols: protocols}).ListenAndServe()
}

// answer is as that of the internet simulator: JSON, or the messages of a gRPC call.
func answer(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"method": %q}`, r.Method)
		return
	}
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	_, _ = io.Copy(w, r.Body)
	w.Header().Set("Grpc-Status", "0")
}

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
	ctx, cancel := context.WithTimeout(context.Background(), timeout())
	defer cancel()
	return "STATUS 200", connection.Invoke(ctx, "/compatibility.Echo/Get", &struct{}{}, &struct{}{}, grpc.ForceCodec(bytesCodec{}))
}

// bytesCodec sends an empty message and reads none.
type bytesCodec struct{}

func (bytesCodec) Marshal(any) ([]byte, error) { return nil, nil }
func (bytesCodec) Unmarshal([]byte, any) error { return nil }
func (bytesCodec) Name() string                { return "bytes" }
