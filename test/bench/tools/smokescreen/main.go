// smokescreen is Stripe's forward proxy as its README has operators build it: the role of a client comes from a function,
// which here knows one role, whose ACL is a file.
package main

import (
	"net/http"

	"github.com/sirupsen/logrus"
	"github.com/stripe/smokescreen/cmd"
	"github.com/stripe/smokescreen/pkg/smokescreen"
)

func main() {
	conf, err := cmd.NewConfiguration(nil, nil)
	if err != nil {
		logrus.Fatal(err)
	}
	conf.RoleFromRequest = func(*http.Request) (string, error) { return "client", nil }
	conf.Log.Formatter = &logrus.JSONFormatter{}
	smokescreen.StartWithConfig(conf, nil)
}
