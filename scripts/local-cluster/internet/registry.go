package main

import (
	"archive/tar"
	buffer "bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// registryZones are the names under which image registries are reached.
var registryZones = []string{"docker.io", "docker.com", "k8s.io", "quay.io", "pkg.dev"}

// published is what every registry of the internet simulator has: this program, as an image that runs until it gets SIGTERM.
const published = "kube-egress/pulled:v1"

// started makes the image another one at every start: nodes keep what they have pulled.
var started = []byte(time.Now().UTC().Format(time.RFC3339Nano))

// newRegistry is a registry with that image, as it would be pushed.
func newRegistry() (http.Handler, error) {
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	image, err := ownImage()
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	reference, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/" + published)
	if err != nil {
		return nil, err
	}
	return handler, remote.Write(reference, image)
}

func ownImage() (v1.Image, error) {
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return ownLayer() })
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", runtime.GOARCH
	file.Config = v1.Config{Entrypoint: []string{"/internet", "--idle"}}
	return mutate.ConfigFile(image, file)
}

func ownLayer() (io.ReadCloser, error) {
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return nil, err
	}
	var layer buffer.Buffer
	archive := tar.NewWriter(&layer)
	for _, file := range []struct {
		name    string
		content []byte
	}{{"internet", program}, {"made", started}} {
		header := &tar.Header{Name: file.name, Mode: 0o755, Size: int64(len(file.content))}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write(file.content); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(&layer), archive.Close()
}

// isRegistry tells whether the request is for one of the registries.
func isRegistry(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	for _, zone := range registryZones {
		if host == zone || strings.HasSuffix(host, "."+zone) {
			return strings.HasPrefix(r.URL.Path, "/v2/")
		}
	}
	return false
}
