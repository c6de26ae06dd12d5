package auth_test

import (
	"fmt"

	"mqt/broker/auth"
)

// An ACL file in mosquitto's format: a decision names the line it came from.
func ExampleParseACL() {
	acl, err := auth.ParseACL("acl", []byte(`user alice
topic read site/#
topic deny site/keys
pattern write device/%c/#
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	alice := auth.Subject{ClientID: "d1", User: "alice", HasUser: true}
	fmt.Printf("%+v\n", acl.Read(alice, "site/hall"))
	fmt.Printf("%+v\n", acl.Read(alice, "site/keys"))
	fmt.Printf("%+v\n", acl.Write(alice, "device/d1/temperature"))
	fmt.Printf("%+v\n", acl.Write(alice, "device/d2/temperature"))
	// Output:
	// {Allowed:true Line:2}
	// {Allowed:false Line:3}
	// {Allowed:true Line:4}
	// {Allowed:false Line:0}
}
