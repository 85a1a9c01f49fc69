// agnhost is the webhook subcommand of Kubernetes' own test image, by itself.
package main

import (
	"fmt"
	"os"

	"k8s.io/kubernetes/test/images/agnhost/webhook"
)

func main() {
	if err := webhook.CmdWebhook.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
