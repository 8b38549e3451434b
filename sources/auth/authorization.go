package auth

import (
	"encoding/hex"
	"strings"
)

// The fixed words of a signature (AWS documentation, "Create a signed AWS API
// request").
const (
	algorithm  = "AWS4-HMAC-SHA256"
	service    = "firehose"
	terminator = "aws4_request"
)

// maxSignedHeaders bounds the work that an Authorization header can ask for.
const maxSignedHeaders = 100

// An authorization is the content of an Authorization header.
type authorization struct {
	keyID     string
	date      string // yyyymmdd
	region    string
	service   string
	headers   []string // names, lower case, as the client lists them
	list      string   // the same, joined by ;
	signature [32]byte
}

// parseAuthorization reads
//
//	AWS4-HMAC-SHA256 Credential=ID/yyyymmdd/region/service/aws4_request, SignedHeaders=a;b, Signature=hex
//
// It takes the three parts in any order, with or without blanks around them.
func parseAuthorization(header string) (authorization, error) {
	var a authorization
	name, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	if name != algorithm {
		return a, refuse(Incomplete, "Unsupported AWS 'algorithm': Authorization must begin with %s.", algorithm)
	}
	parts, err := splitParts(rest)
	if err != nil {
		return a, err
	}
	if err := a.parseCredential(parts["Credential"]); err != nil {
		return a, err
	}
	if err := a.parseHeaders(parts["SignedHeaders"]); err != nil {
		return a, err
	}
	n, err := hex.Decode(a.signature[:], []byte(parts["Signature"])[:min(64, len(parts["Signature"]))])
	if err != nil || n != 32 || len(parts["Signature"]) != 64 {
		return a, refuse(Incomplete, "Signature must be 64 hexadecimal digits.")
	}
	return a, nil
}

// splitParts takes the three named parts apart and says which are missing.
func splitParts(list string) (map[string]string, error) {
	parts := make(map[string]string, 3)
	for part := range strings.SplitSeq(list, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, refuse(Incomplete, "Authorization header has a part without '='.")
		}
		if _, twice := parts[name]; twice || len(parts) == 8 {
			return nil, refuse(Incomplete, "Authorization header has a part too many.")
		}
		parts[name] = value
	}
	var missing strings.Builder
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			missing.WriteString("Authorization header requires '" + name + "' parameter. ")
		}
	}
	if missing.Len() > 0 {
		return nil, refuse(Incomplete, "%s", strings.TrimSpace(missing.String()))
	}
	return parts, nil
}

func (a *authorization) parseCredential(credential string) error {
	f := strings.Split(credential, "/")
	if len(f) != 5 {
		return refuse(Incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	if f[4] != terminator {
		return refuse(InvalidSignature, "Credential should be scoped with a valid terminator: '%s'.", terminator)
	}
	a.keyID, a.date, a.region, a.service = f[0], f[1], f[2], f[3]
	return nil
}

func (a *authorization) parseHeaders(list string) error {
	a.list, a.headers = list, strings.Split(list, ";")
	if len(a.headers) > maxSignedHeaders {
		return refuse(Incomplete, "SignedHeaders names more than %d headers.", maxSignedHeaders)
	}
	for _, name := range a.headers {
		if name == "" || name != strings.ToLower(name) {
			return refuse(Incomplete, "SignedHeaders must be lower-case names with ';' between them.")
		}
	}
	return nil
}

// signs says whether the header of that name is signed.
func (a *authorization) signs(name string) bool {
	for _, h := range a.headers {
		if h == name {
			return true
		}
	}
	return false
}
