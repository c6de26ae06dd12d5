package admin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"mqt/broker"
	"mqt/broker/admin"
)

// A program that has a broker publishes to it over HTTP. A real one uses an
// http.Server with timeouts, on a listener of the loopback interface.
func ExampleNew() {
	srv := &broker.Server{}
	defer srv.Close()
	web := httptest.NewServer(admin.New(admin.Options{Server: srv}))
	defer web.Close()

	message := strings.NewReader(`{"topic":"sensors/kitchen","payload":"21.5","retain":true}`)
	res, err := http.Post(web.URL+"/api/v1/publish", "application/json", message)
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	filter, err := broker.ParseFilter("sensors/#")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.StatusCode)
	for _, m := range srv.Retained(filter) {
		fmt.Printf("%s %s\n", m.Topic, m.Payload)
	}
	// Output:
	// 204
	// sensors/kitchen 21.5
}
