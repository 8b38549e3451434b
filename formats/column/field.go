package column

import "sync"

// A JSONKind is the kind of a JSON value.
type JSONKind uint8

// The kinds of JSON values.
const (
	JSONNull JSONKind = iota + 1
	JSONBoolean
	JSONNumber
	JSONString
	JSONObject
	JSONArray
)

// scanners for JSONField; each keeps the memory of a document.
var scanners = sync.Pool{New: func() any { return new(scanner) }}

// JSONField returns the value at a path of keys, such as .a.b, in the object
// doc: the text of a string without its escapes, and other values as they are
// written. Keys have to match exactly; of equal ones the first counts. ok is
// false if there is no such value, or no JSON before it; what comes after it
// is not looked at. The value is a part of doc or new.
func JSONField(doc []byte, path []string) (value []byte, kind JSONKind, ok bool) {
	s := scanners.Get().(*scanner)
	defer scanners.Put(s)
	s.load(doc)
	i := s.blank(0)
	for _, name := range path {
		if s.doc[i] != '{' {
			return nil, 0, false
		}
		if i = s.find(i, name); i < 0 {
			return nil, 0, false
		}
	}
	end := s.skip(i, len(path))
	if end < 0 {
		return nil, 0, false
	}
	if s.doc[i] != '"' {
		return doc[i:end:end], jsonKind(doc[i]), true
	}
	if _, escaped := s.stringEnd(i + 1); escaped {
		return appendUnescaped(nil, doc[i+1:end-1]), JSONString, true
	}
	return doc[i+1 : end-1 : end-1], JSONString, true
}

// find returns the index of the value that the object at i has under name, or
// -1.
func (s *scanner) find(i int, name string) int {
	if i = s.blank(i + 1); s.doc[i] == '}' {
		return -1
	}
	for {
		first := i + 1
		if i = s.skipKey(i); i < 0 {
			return -1
		}
		if s.isKey(first, name) {
			return i
		}
		if i = s.skip(i, 1); i < 0 {
			return -1
		}
		if i = s.blank(i); s.doc[i] != ',' {
			return -1
		}
		i = s.blank(i + 1)
	}
}

// isKey says whether the checked key whose text begins at i is name.
func (s *scanner) isKey(i int, name string) bool {
	end, escaped := s.stringEnd(i)
	if escaped {
		return string(appendUnescaped(nil, s.doc[i:end])) == name
	}
	return string(s.doc[i:end]) == name
}

func jsonKind(c byte) JSONKind {
	switch c {
	case '{':
		return JSONObject
	case '[':
		return JSONArray
	case 't', 'f':
		return JSONBoolean
	case 'n':
		return JSONNull
	}
	return JSONNumber
}
