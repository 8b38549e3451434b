package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// maxSkew is how far a client's clock may be off (AWS documentation, "Elements
// of an AWS API request signature": five minutes).
const maxSkew = 5 * time.Minute

const timeFormat = "20060102T150405Z"

// A Verifier knows the access keys. It is safe for concurrent use.
type Verifier struct {
	region string
	now    func() time.Time
	keys   atomic.Pointer[keyring]
}

// A keyring is one set of keys with the signing keys derived from it.
type keyring struct {
	byID    map[string]*Key
	signing signingKeys
}

// NewVerifier returns a verifier of requests to region; now is the clock,
// time.Now if nil. Without keys it refuses every request.
func NewVerifier(region string, keys []Key, now func() time.Time) *Verifier {
	if now == nil {
		now = time.Now
	}
	v := &Verifier{region: region, now: now}
	v.SetKeys(keys)
	return v
}

// SetKeys replaces all keys. Requests that are being verified keep the old ones.
func (v *Verifier) SetKeys(keys []Key) {
	ring := &keyring{byID: make(map[string]*Key, len(keys))}
	for _, k := range keys {
		ring.byID[k.ID] = &k
	}
	v.keys.Store(ring)
}

// A Signed is a request whose Authorization header is complete and names a
// known key. It is not verified before Check has said so.
type Signed struct {
	r    *http.Request
	auth authorization
	key  *Key
	ring *keyring
	time string // yyyymmddThhmmssZ
}

// Begin checks all of a signature that does not need the body, so that a
// stranger's body need not be read. Errors are of type [*Error].
func (v *Verifier) Begin(r *http.Request) (*Signed, error) {
	header, err := authorizationHeader(r)
	if err != nil {
		return nil, err
	}
	a, err := parseAuthorization(header)
	if err != nil {
		return nil, err
	}
	s := &Signed{r: r, auth: a, ring: v.keys.Load()}
	if err := s.checkSignedHeaders(); err != nil {
		return nil, err
	}
	at, err := requestTime(r, &a)
	if err != nil {
		return nil, err
	}
	s.time = at.Format(timeFormat)
	if err := v.checkScope(&a, at); err != nil {
		return nil, err
	}
	if s.key = s.ring.byID[a.keyID]; s.key == nil {
		return nil, refuse(Unrecognized, "The security token included in the request is invalid: there is no access key of that id.")
	}
	return s, nil
}

func authorizationHeader(r *http.Request) (string, error) {
	if strings.Contains(r.URL.RawQuery, "X-Amz-Signature=") || strings.Contains(r.URL.RawQuery, "X-Amz-Algorithm=") {
		return "", refuse(Incomplete, "Presigned URLs are not supported: send the signature in the Authorization header.")
	}
	switch values := r.Header["Authorization"]; len(values) {
	case 0:
		return "", refuse(MissingToken, "Missing Authentication Token: the request must be signed with an access key of this server.")
	case 1:
		return values[0], nil
	}
	return "", refuse(Incomplete, "There is more than one Authorization header.")
}

// checkSignedHeaders makes sure that what decides about the request is signed.
func (s *Signed) checkSignedHeaders() error {
	if !s.auth.signs("host") {
		return refuse(Incomplete, "'Host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	dated := s.r.Header["X-Amz-Date"] != nil && s.auth.signs("x-amz-date") ||
		s.r.Header["X-Amz-Date"] == nil && s.auth.signs("date")
	if !dated {
		return refuse(Incomplete, "'Host' and one of 'X-Amz-Date' and 'Date' must be 'SignedHeaders' in the AWS Authorization.")
	}
	if s.r.Header["X-Amz-Security-Token"] != nil && !s.auth.signs("x-amz-security-token") {
		return refuse(Incomplete, "'X-Amz-Security-Token' is sent, so it must be a 'SignedHeader' in the AWS Authorization.")
	}
	return nil
}

func requestTime(r *http.Request, a *authorization) (time.Time, error) {
	if value := r.Header["X-Amz-Date"]; len(value) > 0 {
		at, err := time.Parse(timeFormat, value[0])
		if err != nil || len(value) > 1 {
			return at, refuse(Incomplete, "Date must be in ISO-8601 'basic format', like 20260102T150405Z, in X-Amz-Date.")
		}
		return at, nil
	}
	at, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return at, refuse(Incomplete, "The request has neither an X-Amz-Date header nor a Date header that can be read.")
	}
	return at.UTC(), nil
}

// checkScope checks the credential scope and the clock.
func (v *Verifier) checkScope(a *authorization, at time.Time) error {
	now := v.now().UTC()
	switch {
	case a.service != service:
		return refuse(InvalidSignature, "Credential should be scoped to correct service: '%s'.", service)
	case a.region != v.region:
		return refuse(InvalidSignature, "Credential should be scoped to a valid region, not '%s': this server's region is '%s'.", a.region, v.region)
	case a.date != at.Format("20060102"):
		return refuse(InvalidSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s'.", a.date, at.Format("20060102"))
	case at.Before(now.Add(-maxSkew)):
		return refuse(InvalidSignature, "Signature expired: %s is now earlier than %s (%s - 5 min.)", at.Format(timeFormat), now.Add(-maxSkew).Format(timeFormat), now.Format(timeFormat))
	case at.After(now.Add(maxSkew)):
		return refuse(InvalidSignature, "Signature not yet current: %s is still later than %s (%s + 5 min.)", at.Format(timeFormat), now.Add(maxSkew).Format(timeFormat), now.Format(timeFormat))
	}
	return nil
}

// Check verifies the signature over the request and payload, the SHA-256 of
// the body as it was sent, and returns the key that signed it. Errors are of
// type [*Error].
func (s *Signed) Check(payload [32]byte) (*Key, error) {
	if err := s.checkDeclaredHash(payload); err != nil {
		return nil, err
	}
	canonical, err := canonicalRequest(s.r, &s.auth, payload)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(canonical))
	scope := s.auth.date + "/" + s.auth.region + "/" + s.auth.service + "/" + terminator
	toSign := algorithm + "\n" + s.time + "\n" + scope + "\n" + hex.EncodeToString(hash[:])
	want := hmacSHA256(s.ring.signing.derive(s.key, &s.auth), toSign)
	if !hmac.Equal(want[:], s.auth.signature[:]) {
		return nil, mismatch(canonical, toSign)
	}
	return s.key, nil
}

// checkDeclaredHash compares the hash that some clients send along.
func (s *Signed) checkDeclaredHash(payload [32]byte) error {
	declared := s.r.Header.Get("X-Amz-Content-Sha256")
	if declared == "" {
		return nil
	}
	sum, err := hex.DecodeString(declared)
	switch {
	case err != nil || len(sum) != len(payload):
		return refuse(InvalidSignature, "x-amz-content-sha256 must be the SHA-256 of the body in hexadecimal digits; unsigned and streamed payloads are not supported.")
	case subtle.ConstantTimeCompare(sum, payload[:]) == 0:
		return refuse(InvalidSignature, "The body does not have the SHA-256 that x-amz-content-sha256 names: it was changed on its way.")
	}
	return nil
}

// maxShown bounds what an answer repeats of a request, in bytes.
const maxShown = 4096

// mismatch shows what was signed here, so that a client can compare. Both
// texts hold only what the client sent.
func mismatch(canonical, toSign string) *Error {
	const text = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	if len(canonical) > maxShown {
		return refuse(InvalidSignature, "%s", text)
	}
	return refuse(InvalidSignature, "%s\n\nThe Canonical String for this request should have been\n'%s'\n\nThe String-to-Sign should have been\n'%s'\n", text, canonical, toSign)
}

func hmacSHA256(key []byte, data string) [32]byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(data))
	var sum [32]byte
	h.Sum(sum[:0])
	return sum
}
