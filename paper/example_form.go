package paper

import _ "embed"

// ExampleForm is the description of a form of 80 by 110 mm, to begin with.
//
//go:embed form.json
var ExampleForm []byte
