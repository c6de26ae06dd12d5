package mqtt

import (
	"reflect"
	"strings"
	"testing"
)

func TestCheckTopic(t *testing.T) {
	t.Parallel()
	for topic, want := range map[string]error{
		"a": nil, "/": nil, "a b/ä": nil, "$SYS/x": nil, "": ErrTopicEmpty, "a/+": ErrTopicWildcard, "#": ErrTopicWildcard,
		"\x00": ErrTopicNUL, "\xff": ErrTopicUTF8, strings.Repeat("x", MaxTopicBytes+1): ErrTopicTooLong,
	} {
		if got := CheckTopic(topic); got != want {
			t.Errorf("CheckTopic(%.40q) = %v, want %v", topic, got, want)
		}
	}
}

// Every property has a name that leads back to it, and a type.
func TestPropertyNames(t *testing.T) {
	t.Parallel()
	known := 0
	for id := range PropertyID(255) {
		name := id.String()
		if name == "" {
			if id.Type() != TypeNone {
				t.Errorf("property %d has a type and no name", id)
			}
			continue
		}
		known++
		if back, ok := PropertyByName(name); !ok || back != id || id.Type() == TypeNone {
			t.Errorf("PropertyByName(%q) = %d, %v, of type %d, want %d", name, back, ok, id.Type(), id)
		}
	}
	if known != 27 { // MQTT 5.0 section 2.2.2.2
		t.Errorf("%d properties are known, want 27", known)
	}
	if _, ok := PropertyByName(""); ok {
		t.Error("a property has no name")
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	var ps Properties
	ps.SetUint(PropMessageExpiry, 1)
	ps.AddUser("k", "1")
	ps.SetText(PropContentType, "text")
	ps.AddUser("k", "2")
	ps.SetUint(PropMessageExpiry, 2)
	want := Properties{{ID: PropMessageExpiry, Int: 2}, {ID: PropUser, Key: "k", Value: "1"}, {ID: PropContentType, Value: "text"}, {ID: PropUser, Key: "k", Value: "2"}}
	if !reflect.DeepEqual(ps, want) {
		t.Errorf("properties = %+v, want %+v", ps, want)
	}
	var user []string
	for k, v := range ps.User() {
		user = append(user, k+v)
	}
	if !reflect.DeepEqual(user, []string{"k1", "k2"}) {
		t.Errorf("user properties = %v", user)
	}
	if n, ok := ps.Uint(PropMessageExpiry); n != 2 || !ok {
		t.Errorf("expiry = %d, %v", n, ok)
	}
	if ps.Text(PropContentType) != "text" || ps.Text(PropResponseTopic) != "" || ps.Has(PropTopicAlias) {
		t.Errorf("%+v has the wrong things in it", ps)
	}
	rest := ps.Without(PropUser, PropContentType)
	if !reflect.DeepEqual(rest, Properties{{ID: PropMessageExpiry, Int: 2}}) || len(ps) != 4 {
		t.Errorf("without = %+v, of %+v", rest, ps)
	}
}

func TestReasonError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  ReasonError
		want string
	}{
		{ReasonError{Op: "connect", Code: NotAuthorized}, "connect: not authorized"},
		{ReasonError{Op: "publish", Code: QuotaExceeded, Reason: "full"}, "publish: quota exceeded: full"},
		{ReasonError{Code: TopicNameInvalid}, "topic name invalid"},
	}
	for _, tc := range tests {
		if got := tc.err.Error(); got != tc.want {
			t.Errorf("%+v = %q, want %q", tc.err, got, tc.want)
		}
	}
	if Success.Failed() || NoMatchingSubscribers.Failed() || !UnspecifiedError.Failed() {
		t.Error("codes from 0x80 are failures, and no others")
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for v, want := range map[Version]string{V31: "3.1", V311: "3.1.1", V5: "5", 9: "unknown protocol level 9"} {
		if v.String() != want {
			t.Errorf("version %d is %q, want %q", uint8(v), v, want)
		}
	}
	if QoS(3).Valid() || !ExactlyOnce.Valid() || RetainHandling(3).Valid() || !RetainDontSend.Valid() {
		t.Error("QoS and retain handling go to 2")
	}
	if Levels("a") != 1 || Levels("/a/") != 3 {
		t.Errorf("Levels = %d, %d", Levels("a"), Levels("/a/"))
	}
}
