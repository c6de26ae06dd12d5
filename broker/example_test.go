package broker_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"mqt/broker"
)

// A broker on a free port, as a test starts one.
func Example() {
	srv := &broker.Server{}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan error)
	go func() { done <- srv.Serve(ln) }()

	// … clients connect to ln.Addr() …

	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	fmt.Println(srv.Shutdown(ctx))
	fmt.Println(errors.Is(<-done, broker.ErrServerClosed))
	// Output:
	// <nil>
	// true
}

// The program that the broker is part of publishes and subscribes without a
// connection.
func ExampleServer_Subscribe() {
	srv := &broker.Server{}
	defer srv.Close()
	filter, err := broker.ParseFilter("sensors/+/temperature")
	if err != nil {
		fmt.Println(err)
		return
	}
	cancel, err := srv.Subscribe(filter, func(m broker.Message) {
		fmt.Printf("%s %s\n", m.Topic, m.Payload)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cancel()
	fmt.Println(srv.Publish(broker.Message{Topic: "sensors/kitchen/temperature", Payload: []byte("21.5"), Retain: true}))
	fmt.Println(len(srv.Retained(filter)), "retained")
	// Output:
	// sensors/kitchen/temperature 21.5
	// <nil>
	// 1 retained
}

// guests lets everybody in who gives a name, and lets nobody write.
type guests struct{}

func (guests) Connect(_ context.Context, c *broker.ConnectInfo) error {
	if !c.HasUsername {
		return &broker.ReasonError{Code: broker.BadUserNameOrPassword, Reason: "please give a name"}
	}
	return nil
}

func (guests) Publish(*broker.ConnectInfo, string) error { return errors.New("guests only read") }

func (guests) Subscribe(*broker.ConnectInfo, broker.Filter) error { return nil }

// Code decides who may do what.
func ExampleServer_authorize() {
	srv := &broker.Server{Auth: guests{}}
	defer srv.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	go srv.Serve(ln)
	// … clients connect to ln.Addr() …
}

// What goes on inside can be looked at any time.
func ExampleServer_Clients() {
	srv := &broker.Server{}
	defer srv.Close()
	for _, c := range srv.Clients() {
		fmt.Println(c.ID, c.Connected, c.Subscriptions)
	}
	fmt.Println(srv.Stats().ClientsConnected, "connected")
	// Output:
	// 0 connected
}

// A listener for sensors that may not do everything.
func ExampleServer_ServeListener() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := &broker.Server{}
	served := make(chan error, 1)
	go func() {
		served <- srv.ServeListener(ln, broker.ListenerOptions{Name: "sensors", MaxConnections: 1000, MaxQoS: 1, ClientIDPrefix: "sensor-"})
	}()
	srv.Close()
	fmt.Println(<-served)
	// Output: broker: server closed
}
