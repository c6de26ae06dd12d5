package result

import _ "embed" // schema.json

// JSONSchema is the JSON Schema, draft 2020-12, of what Write writes and Read
// reads. It describes each field with its unit.
//
//go:embed schema.json
var JSONSchema string
