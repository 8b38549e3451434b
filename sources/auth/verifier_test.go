package auth

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var signedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func newVerifier(now time.Time) *Verifier {
	keys := []Key{
		{ID: "AKIDEXAMPLE", Secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Streams: []string{"*"}},
		{ID: "OTHER", Secret: "other", Streams: []string{"*"}},
	}
	return NewVerifier("us-east-1", keys, func() time.Time { return now })
}

// signedRequest is a request as the SDK's signer signs it. Changes before
// signing come first; the rest is as it comes in at a server.
func signedRequest(t *testing.T, target, body string, change ...func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://localhost:4573"+target, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "Firehose_20150804.PutRecord")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	for _, c := range change {
		c(r)
	}
	sum := sha256.Sum256([]byte(body))
	credentials := aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	err = v4.NewSigner().SignHTTP(context.Background(), credentials, r, hex.EncodeToString(sum[:]), "firehose", "us-east-1", signedAt)
	if err != nil {
		t.Fatal(err)
	}
	in := httptest.NewRequest(r.Method, target, bytes.NewReader([]byte(body)))
	in.Host, in.Header, in.ContentLength = r.Host, r.Header, int64(len(body))
	in.Header.Del("Content-Length")
	return in
}

func verify(v *Verifier, r *http.Request, body string) (*Key, error) {
	s, err := v.Begin(r)
	if err != nil {
		return nil, err
	}
	return s.Check(sha256.Sum256([]byte(body)))
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func TestSignaturesOfTheSDKVerify(t *testing.T) {
	tests := []struct {
		name, target, body string
		change             func(*http.Request)
	}{
		{"plain", "/", `{"a":1}`, func(*http.Request) {}},
		{"no body", "/", "", func(*http.Request) {}},
		{"blanks in a header", "/", "x", header("X-Amz-Meta", "  a   b  ")},
		{"several values", "/", "x", header("X-Amz-Meta", "b", "a", " c  d")},
		{"session token", "/", "x", header("X-Amz-Security-Token", "token")},
		{"declared hash", "/", "x", header("X-Amz-Content-Sha256", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881")},
		{"path", "/v1/streams/a.b-c_d/records", "x", func(*http.Request) {}},
		{"escaped path", "/v1/a%20b/%2Fc/~d", "x", func(*http.Request) {}},
		{"query", "/?b=2&a=1&a=0&c&d=x%20y%2Fz", "x", func(*http.Request) {}},
		{"host without a port", "/", "x", func(r *http.Request) { r.Host = "firehose.example" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := newVerifier(signedAt)
			for range 2 { // the second time with a remembered signing key
				key, err := verify(v, signedRequest(t, tt.target, tt.body, tt.change), tt.body)
				if err != nil || key.ID != "AKIDEXAMPLE" {
					t.Fatalf("got %v, %v", key, err)
				}
			}
		})
	}
}

func TestWhatDoesNotFitTheSignatureIsRefused(t *testing.T) {
	edit := func(old, replacement string) func(*http.Request) {
		return func(r *http.Request) {
			before := r.Header.Get("Authorization")
			after := strings.Replace(before, old, replacement, 1)
			r.Header.Set("Authorization", after)
		}
	}
	tests := []struct {
		name    string
		change  func(*http.Request)
		want    string // type
		message string // how it begins
	}{
		{"no header", func(r *http.Request) { r.Header.Del("Authorization") }, MissingToken, "Missing Authentication Token"},
		{"two headers", func(r *http.Request) { r.Header.Add("Authorization", "x") }, Incomplete, "There is more than one"},
		{"presigned", func(r *http.Request) { r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256" }, Incomplete, "Presigned URLs are not supported"},
		{"other scheme", edit("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), Incomplete, "Unsupported AWS 'algorithm'"},
		{"no credential", edit("Credential=", "X="), Incomplete, "Authorization header requires 'Credential' parameter."},
		{"no signature", edit("Signature=", "X="), Incomplete, "Authorization header requires 'Signature' parameter."},
		{"no signed headers", edit("SignedHeaders=", "X="), Incomplete, "Authorization header requires 'SignedHeaders' parameter."},
		{"part twice", edit("Credential=", "Signature=1, Credential="), Incomplete, "Authorization header has a part too many"},
		{"short signature", func(r *http.Request) {
			a := r.Header.Get("Authorization")
			r.Header.Set("Authorization", a[:len(a)-1])
		}, Incomplete, "Signature must be 64"},
		{"short scope", edit("/aws4_request", ""), Incomplete, "Credential must have exactly 5"},
		{"other terminator", edit("/aws4_request", "/aws3_request"), InvalidSignature, "Credential should be scoped with a valid terminator"},
		{"other service", edit("/firehose/", "/kinesis/"), InvalidSignature, "Credential should be scoped to correct service: 'firehose'."},
		{"other region", edit("/us-east-1/", "/eu-west-1/"), InvalidSignature, "Credential should be scoped to a valid region, not 'eu-west-1': this server's region is 'us-east-1'."},
		{"other day", edit("/20260102/", "/20260101/"), InvalidSignature, "Date in Credential scope does not match"},
		{"unknown key", edit("AKIDEXAMPLE", "AKIDOTHER"), Unrecognized, "The security token included in the request is invalid"},
		{"another's key", edit("AKIDEXAMPLE", "OTHER"), InvalidSignature, "The request signature we calculated does not match"},
		{"host not signed", edit("host;", ""), Incomplete, "'Host' must be a 'SignedHeader'"},
		{"date not signed", edit(";x-amz-date", ""), Incomplete, "'Host' and one of"},
		{"token not signed", header("X-Amz-Security-Token", "x"), Incomplete, "'X-Amz-Security-Token' is sent"},
		{"no date", func(r *http.Request) { r.Header.Del("X-Amz-Date") }, Incomplete, "'Host' and one of"},
		{"broken date", header("X-Amz-Date", "2026-01-02T03:04:05Z"), Incomplete, "Date must be in ISO-8601 'basic format'"},
		{"two dates", header("X-Amz-Date", "20260102T030405Z", "20260102T030405Z"), Incomplete, "Date must be in ISO-8601 'basic format'"},
		{"other date", header("X-Amz-Date", "20260102T030406Z"), InvalidSignature, "The request signature we calculated does not match"},
		{"other host", func(r *http.Request) { r.Host = "evil:4573" }, InvalidSignature, "The request signature we calculated does not match"},
		{"other target", header("X-Amz-Target", "Firehose_20150804.PutRecordBatch"), InvalidSignature, "The request signature we calculated does not match"},
		{"other method", func(r *http.Request) { r.Method = "PUT" }, InvalidSignature, "The request signature we calculated does not match"},
		{"other path", func(r *http.Request) { r.URL.Path = "/x" }, InvalidSignature, "The request signature we calculated does not match"},
		{"other query", func(r *http.Request) { r.URL.RawQuery = "a=1" }, InvalidSignature, "The request signature we calculated does not match"},
		{"broken query", func(r *http.Request) { r.URL.RawQuery = "a=%zz" }, InvalidSignature, "The query string is not"},
		{"other length", func(r *http.Request) { r.ContentLength++ }, InvalidSignature, "The request signature we calculated does not match"},
		{"no length", func(r *http.Request) { r.ContentLength = -1 }, InvalidSignature, "'content-length' is named as a SignedHeader, but it does not exist"},
		{"header taken out", func(r *http.Request) { r.Header.Del("Content-Type") }, InvalidSignature, "'content-type' is named as a SignedHeader, but it does not exist"},
		{"unsigned payload", header("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), InvalidSignature, "x-amz-content-sha256 must be"},
		{"other hash", header("X-Amz-Content-Sha256", strings.Repeat("0", 64)), InvalidSignature, "The body does not have the SHA-256"},
		{"upper-case header", edit("host;", "Host;"), Incomplete, "SignedHeaders must be lower-case"},
		{"empty header", edit("host;", "host;;"), Incomplete, "SignedHeaders must be lower-case"},
		{"many headers", edit("host;", "host;"+strings.Repeat("a;", 100)), Incomplete, "SignedHeaders names more than 100"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := signedRequest(t, "/", "body")
			tt.change(r)
			_, err := verify(newVerifier(signedAt), r, "body")
			var refused *Error
			if !errors.As(err, &refused) || refused.Type != tt.want || !strings.HasPrefix(refused.Message, tt.message) {
				t.Fatalf("got %v, want %s: %s...", err, tt.want, tt.message)
			}
			if strings.Contains(refused.Message, "wJalr") {
				t.Error("the secret is in the message")
			}
		})
	}
}

func TestAnotherBodyIsRefused(t *testing.T) {
	_, err := verify(newVerifier(signedAt), signedRequest(t, "/", "body"), "bodi")
	var refused *Error
	if !errors.As(err, &refused) || refused.Type != InvalidSignature {
		t.Errorf("got %v", err)
	}
}

func TestClocksMayDifferByFiveMinutes(t *testing.T) {
	tests := []struct {
		skew time.Duration
		want string
	}{
		{0, ""}, {5 * time.Minute, ""}, {-5 * time.Minute, ""},
		{5*time.Minute + time.Second, "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T030906Z - 5 min.)"},
		{-5*time.Minute - time.Second, "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)"},
	}
	for _, tt := range tests {
		_, err := verify(newVerifier(signedAt.Add(tt.skew)), signedRequest(t, "/", "b"), "b")
		var refused *Error
		if errors.As(err, &refused); (refused == nil) != (tt.want == "") || refused != nil && refused.Message != tt.want {
			t.Errorf("skew %v: got %v, want %q", tt.skew, err, tt.want)
		}
	}
}

func TestNewKeysReplaceTheOld(t *testing.T) {
	v := newVerifier(signedAt)
	r := signedRequest(t, "/", "b")
	if _, err := verify(v, r, "b"); err != nil {
		t.Fatal(err)
	}
	v.SetKeys([]Key{{ID: "AKIDEXAMPLE", Secret: "another"}})
	var refused *Error
	if _, err := verify(v, r, "b"); !errors.As(err, &refused) || refused.Type != InvalidSignature {
		t.Errorf("with another secret: got %v", err)
	}
	v.SetKeys(nil)
	if _, err := verify(v, r, "b"); !errors.As(err, &refused) || refused.Type != Unrecognized {
		t.Errorf("without keys: got %v", err)
	}
}

func TestMismatchShowsWhatWasSignedHere(t *testing.T) {
	r := signedRequest(t, "/", "body")
	r.Header.Set("Content-Type", "text/plain")
	_, err := verify(newVerifier(signedAt), r, "body")
	for _, want := range []string{"\nPOST\n/\n\ncontent-length:4\ncontent-type:text/plain\nhost:localhost:4573\n", "'AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/firehose/aws4_request\n"} {
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "'POST", "\nPOST"), want) {
			t.Errorf("got %v, want it to hold %q", err, want)
		}
	}
}

func TestBasic(t *testing.T) {
	tests := []struct {
		name, id, secret string
		want             string
	}{
		{"right", "OTHER", "other", ""},
		{"wrong secret", "OTHER", "othe", Unrecognized},
		{"empty secret", "OTHER", "", Unrecognized},
		{"unknown id", "NOBODY", "other", Unrecognized},
		{"unknown id, no secret", "NOBODY", "", Unrecognized},
		{"key without a secret", "EMPTY", "", Unrecognized},
	}
	v := newVerifier(signedAt)
	v.SetKeys([]Key{{ID: "OTHER", Secret: "other"}, {ID: "EMPTY"}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/", nil)
			r.SetBasicAuth(tt.id, tt.secret)
			key, err := v.Basic(r)
			var refused *Error
			errors.As(err, &refused)
			if tt.want == "" && (err != nil || key.ID != tt.id) || tt.want != "" && (refused == nil || refused.Type != tt.want) {
				t.Errorf("got %v, %v; want %s", key, err, tt.want)
			}
		})
	}
	var refused *Error
	if _, err := v.Basic(httptest.NewRequest("POST", "/", nil)); !errors.As(err, &refused) || refused.Type != MissingToken {
		t.Errorf("no header: got %v", err)
	}
}

// FuzzAuthorization makes sure that no header gets in, or does harm, that the
// right one does not.
func FuzzAuthorization(f *testing.F) {
	const body = "body"
	f.Add("AWS4-HMAC-SHA256 Credential=A/20260102/us-east-1/firehose/aws4_request, SignedHeaders=host;x-amz-date, Signature="+strings.Repeat("0", 64), "20260102T030405Z", "a=b")
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/firehose/aws4_request,SignedHeaders=host;x-amz-date;content-length,Signature="+strings.Repeat("f", 64), "20260102T030405Z", "")
	f.Add("AWS4-HMAC-SHA256 Credential=,SignedHeaders=;,Signature=,", "", "%")
	f.Fuzz(func(t *testing.T, authorization, date, query string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header["Authorization"], r.Header["X-Amz-Date"] = []string{authorization}, []string{date}
		r.URL.RawQuery = query
		key, err := verify(newVerifier(signedAt), r, body)
		if err == nil {
			t.Fatalf("%q got in as %v", authorization, key)
		}
		var refused *Error
		if !errors.As(err, &refused) {
			t.Fatalf("error %v is not an *Error", err)
		}
		if strings.Contains(refused.Message, "wJalr") {
			t.Fatal("the secret is in the message")
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	t := &testing.T{}
	r := signedRequest(t, "/", "body")
	v := newVerifier(signedAt)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verify(v, r, "body"); err != nil {
			b.Fatal(err)
		}
	}
}
