package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
)

// Basic verifies HTTP Basic authentication (RFC 7617) with a key's id as the
// user and its secret as the password. The secret itself travels, so it wants
// TLS. Errors are of type [*Error].
func (v *Verifier) Basic(r *http.Request) (*Key, error) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		return nil, refuse(MissingToken, "Missing Authentication Token: give an access key's id and secret as the user and password of HTTP Basic authentication, or sign the request.")
	}
	key := v.keys.Load().byID[id]
	want := Key{}
	if key != nil {
		want = *key
	}
	got, expected := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(want.Secret))
	if subtle.ConstantTimeCompare(got[:], expected[:]) == 0 || key == nil || key.Secret == "" {
		return nil, refuse(Unrecognized, "There is no access key of that id and secret.")
	}
	return key, nil
}
