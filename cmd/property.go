package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mqt/internal/mqtt"
)

// separator joins the words of a -D into one flag value. It cannot occur in an
// argument of a process.
const separator = "\x00"

// properties holds what -D gave, by the packet it goes into. It implements
// pflag.Value for values whose words are joined by separator.
type properties struct {
	Connect, Publish, Subscribe, Unsubscribe, Disconnect, Will mqtt.Properties
	packets                                                    []string // the packets this command sends
}

// packetProperties lists which properties -D may put into which packet,
// MQTT 5.0 section 2.2.2.2.
func packetProperties(packet string) []mqtt.PropertyID {
	switch packet {
	case "connect":
		return []mqtt.PropertyID{mqtt.PropAuthData, mqtt.PropAuthMethod, mqtt.PropMaximumPacketSize,
			mqtt.PropReceiveMaximum, mqtt.PropRequestProblemInfo, mqtt.PropRequestResponseInfo,
			mqtt.PropSessionExpiry, mqtt.PropTopicAliasMaximum, mqtt.PropUser}
	case "publish":
		return []mqtt.PropertyID{mqtt.PropContentType, mqtt.PropCorrelationData, mqtt.PropMessageExpiry,
			mqtt.PropPayloadFormat, mqtt.PropResponseTopic, mqtt.PropTopicAlias, mqtt.PropUser}
	case "subscribe":
		return []mqtt.PropertyID{mqtt.PropSubscriptionID, mqtt.PropUser}
	case "unsubscribe":
		return []mqtt.PropertyID{mqtt.PropUser}
	case "disconnect":
		return []mqtt.PropertyID{mqtt.PropSessionExpiry, mqtt.PropReasonString, mqtt.PropUser}
	case "will":
		return []mqtt.PropertyID{mqtt.PropContentType, mqtt.PropCorrelationData, mqtt.PropMessageExpiry,
			mqtt.PropPayloadFormat, mqtt.PropResponseTopic, mqtt.PropWillDelay, mqtt.PropUser}
	}
	return nil
}

func (p *properties) list(packet string) *mqtt.Properties {
	switch packet {
	case "connect":
		return &p.Connect
	case "publish":
		return &p.Publish
	case "subscribe":
		return &p.Subscribe
	case "unsubscribe":
		return &p.Unsubscribe
	case "disconnect":
		return &p.Disconnect
	}
	return &p.Will
}

// String is empty: the flag has no default.
func (p *properties) String() string { return "" }

// Type names the value in help texts.
func (p *properties) Type() string { return "packet property value" }

// Set adds one property.
func (p *properties) Set(joined string) error {
	words := strings.Split(joined, separator)
	packet := strings.ToLower(words[0])
	if !slices.Contains(p.packets, packet) {
		return fmt.Errorf("%q is not a packet that takes properties here: %s", words[0], strings.Join(p.packets, ", "))
	}
	if len(words) < 2 {
		return errors.New("lacks a property and its value")
	}
	id, ok := mqtt.PropertyByName(strings.ToLower(words[1]))
	if !ok {
		return fmt.Errorf("unknown property %q\nhint: %s takes %s", words[1], packet, propertyNames(packet))
	}
	if !slices.Contains(packetProperties(packet), id) {
		return fmt.Errorf("property %q does not go into %s\nhint: %s takes %s", id, packet, packet, propertyNames(packet))
	}
	prop, err := parseProperty(id, words[2:])
	if err != nil {
		return err
	}
	list := p.list(packet)
	if id != mqtt.PropUser && list.Has(id) {
		return fmt.Errorf("property %q is given twice for %s", id, packet)
	}
	*list = append(*list, prop)
	return nil
}

func propertyNames(packet string) string {
	var names []string
	for _, id := range packetProperties(packet) {
		names = append(names, id.String())
	}
	return strings.Join(names, ", ")
}

func parseProperty(id mqtt.PropertyID, words []string) (mqtt.Property, error) {
	prop := mqtt.Property{ID: id}
	switch id.Type() {
	case mqtt.TypePair:
		if len(words) != 2 {
			return prop, fmt.Errorf("%s takes a key and a value", id)
		}
		prop.Key, prop.Value = words[0], words[1]
		return prop, errors.Join(checkText(id, prop.Key), checkText(id, prop.Value))
	case mqtt.TypeString, mqtt.TypeBinary:
		if len(words) != 1 {
			return prop, fmt.Errorf("%s takes a value", id)
		}
		prop.Value = words[0]
		if err := checkText(id, prop.Value); err != nil {
			return prop, err
		}
		if id == mqtt.PropResponseTopic {
			if err := mqtt.CheckTopic(prop.Value); err != nil {
				return prop, fmt.Errorf("%s %q %w", id, prop.Value, err)
			}
		}
		return prop, nil
	}
	if len(words) != 1 {
		return prop, fmt.Errorf("%s takes a number", id)
	}
	low, high := propertyRange(id)
	n, err := strconv.ParseUint(words[0], 10, 64)
	if err != nil || n < low || n > high {
		return prop, fmt.Errorf("%s takes a number from %d to %d, not %q", id, low, high, words[0])
	}
	prop.Int = uint32(n)
	return prop, nil
}

// checkText refuses what the property cannot hold. MQTT 5.0 section 1.5.4
func checkText(id mqtt.PropertyID, text string) error {
	switch {
	case len(text) > 65535:
		return fmt.Errorf("%s takes at most 65535 bytes", id)
	case id.Type() != mqtt.TypeBinary && !utf8.ValidString(text):
		return fmt.Errorf("%s takes valid UTF-8", id)
	}
	return nil
}

// propertyRange returns the smallest and largest value of an integer property.
func propertyRange(id mqtt.PropertyID) (low, high uint64) {
	switch id {
	case mqtt.PropReceiveMaximum, mqtt.PropTopicAlias:
		return 1, 65535
	case mqtt.PropMaximumPacketSize:
		return 1, 1<<32 - 1
	case mqtt.PropSubscriptionID:
		return 1, 268_435_455
	}
	switch id.Type() {
	case mqtt.TypeByte:
		return 0, 1 // every byte that -D can set is a yes or no
	case mqtt.TypeUint16:
		return 0, 65535
	}
	return 0, 1<<32 - 1
}

// gatherProperties joins the two or three words after each -D or --property to
// the flag's value, because pflag hands a flag one word only. It reads the
// arguments as pflag will: a -D that is the value of another flag is left be.
func gatherProperties(root *cobra.Command, args []string) ([]string, error) {
	c, _, err := root.Find(args)
	if err != nil || c.Flags().Lookup("property") == nil {
		return args, nil // cobra will say it
	}
	out := make([]string, 0, len(args))
	for rest := args; len(rest) > 0; {
		word := rest[0]
		rest = rest[1:]
		out = append(out, word)
		if word == "--" {
			return append(out, rest...), nil
		}
		flag, inline := valueFlag(c.Flags(), word)
		switch {
		case flag == nil:
		case flag.Name != "property":
			if !inline && len(rest) > 0 {
				out = append(out, rest[0])
				rest = rest[1:]
			}
		case inline:
			n := min(propertyWords(rest), len(rest))
			out[len(out)-1] = strings.Join(append([]string{word}, rest[:n]...), separator)
			rest = rest[n:]
		case len(rest) > 0:
			n := min(1+propertyWords(rest[1:]), len(rest))
			out = append(out, strings.Join(rest[:n], separator))
			rest = rest[n:]
		}
	}
	return out, nil
}

// propertyWords returns how many words follow the packet's name.
func propertyWords(rest []string) int {
	if len(rest) > 0 && strings.EqualFold(rest[0], mqtt.PropUser.String()) {
		return 3
	}
	return 2
}

// valueFlag returns the flag in word that takes a value, nil when none does,
// and whether word holds the value too.
func valueFlag(f *pflag.FlagSet, word string) (flag *pflag.Flag, inline bool) {
	if name, ok := strings.CutPrefix(word, "--"); ok {
		name, _, inline = strings.Cut(name, "=")
		flag = f.Lookup(name)
		if flag == nil || flag.NoOptDefVal != "" {
			return nil, false
		}
		return flag, inline
	}
	letters, ok := strings.CutPrefix(word, "-")
	for i := 0; ok && i < len(letters); i++ {
		flag = f.ShorthandLookup(letters[i : i+1])
		if flag == nil {
			return nil, false
		}
		if flag.NoOptDefVal == "" {
			return flag, i+1 < len(letters)
		}
	}
	return nil, false
}
