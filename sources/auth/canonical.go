package auth

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonicalRequest writes the request in the form that is hashed and signed
// (AWS documentation, "Create a signed AWS API request", step 1). It fails
// when a signed header is not there.
func canonicalRequest(r *http.Request, a *authorization, payload [32]byte) (string, error) {
	var b strings.Builder
	b.WriteString(r.Method)
	b.WriteByte('\n')
	writeEscaped(&b, canonicalPath(r.URL), true)
	b.WriteByte('\n')
	query, err := canonicalQuery(r.URL.RawQuery)
	if err != nil {
		return "", err
	}
	b.WriteString(query)
	b.WriteByte('\n')
	for _, name := range a.headers {
		values := headerValues(r, name)
		if len(values) == 0 {
			return "", refuse(InvalidSignature, "'%s' is named as a SignedHeader, but it does not exist in the HTTP request", name)
		}
		writeHeader(&b, name, values)
	}
	b.WriteByte('\n')
	b.WriteString(a.list)
	b.WriteByte('\n')
	b.WriteString(hex.EncodeToString(payload[:]))
	return b.String(), nil
}

// canonicalPath is the path as it came over the wire; writeEscaped escapes it
// once more, as every service but S3 has it.
func canonicalPath(u *url.URL) string {
	if p := u.EscapedPath(); p != "" {
		return p
	}
	return "/"
}

const upperHex = "0123456789ABCDEF"

// writeEscaped percent-encodes all but the unreserved characters of RFC 3986,
// and all but slashes in a path.
func writeEscaped(b *strings.Builder, s string, path bool) {
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.IndexByte("-._~", c) >= 0 || path && c == '/' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
}

// canonicalQuery sorts the parameters by name and value after encoding.
func canonicalQuery(raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	var pairs []string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		n, err1 := url.QueryUnescape(name)
		v, err2 := url.QueryUnescape(value)
		if err1 != nil || err2 != nil {
			return "", refuse(InvalidSignature, "The query string is not percent-encoded correctly.")
		}
		var b strings.Builder
		writeEscaped(&b, n, false)
		b.WriteByte('=')
		writeEscaped(&b, v, false)
		pairs = append(pairs, b.String())
	}
	slices.SortFunc(pairs, func(x, y string) int {
		xn, xv, _ := strings.Cut(x, "=")
		yn, yv, _ := strings.Cut(y, "=")
		if c := strings.Compare(xn, yn); c != 0 {
			return c
		}
		return strings.Compare(xv, yv)
	})
	return strings.Join(pairs, "&"), nil
}

// headerValues returns what the client sent under a name. Go's server moves
// some headers out of the map.
func headerValues(r *http.Request, name string) []string {
	switch name {
	case "host":
		return []string{r.Host}
	case "content-length":
		if r.ContentLength >= 0 {
			return []string{strconv.FormatInt(r.ContentLength, 10)}
		}
	case "transfer-encoding":
		return r.TransferEncoding
	}
	return r.Header[http.CanonicalHeaderKey(name)]
}

// writeHeader writes name:value,value with runs of blanks made one.
func writeHeader(b *strings.Builder, name string, values []string) {
	b.WriteString(name)
	b.WriteByte(':')
	for i, value := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		value = strings.Trim(value, " \t")
		for j := range len(value) {
			if value[j] != ' ' || value[j-1] != ' ' { // not first: it is trimmed
				b.WriteByte(value[j])
			}
		}
	}
	b.WriteByte('\n')
}
