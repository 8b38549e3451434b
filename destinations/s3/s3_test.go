package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hydrant/destinations"
	"hydrant/destinations/destinationtest"
)

func TestObjectsOverHTTP(t *testing.T) {
	destinationtest.Run(t, func(t testing.TB) destinationtest.Bucket {
		f := newFake()
		s := newStore(t, f, func(o *Options) { o.Endpoint, o.HTTPClient = serve(t, f), nil })
		return destinationtest.Bucket{Destination: s, Objects: f.bodies}
	})
}

// Servers that don't know If-None-Match keep every promise that one client at
// a time can ask for.
func TestObjectsOnServersWithoutConditions(t *testing.T) {
	for _, code := range []string{"NotImplemented", "InvalidArgument"} {
		t.Run(code, func(t *testing.T) {
			destinationtest.Run(t, func(t testing.TB) destinationtest.Bucket {
				f := newFake()
				f.refusesConditions = code
				return destinationtest.Bucket{Destination: newStore(t, f), Objects: f.bodies}
			})
		})
	}
}

func deliverTo(s *Store, objects ...destinations.Object) error {
	return s.Deliver(context.Background(), destinationtest.BatchOf(objects...))
}

// failure returns the error of the batch's only object.
func failure(t testing.TB, err error) error {
	t.Helper()
	var partial *destinations.PartialError
	if !errors.As(err, &partial) || partial.Failed[0] == nil {
		t.Fatalf("got %v, want a *PartialError of the first object", err)
	}
	return partial.Failed[0]
}

var large = strings.Repeat("0123456789abcdef", testPart*5/2/16) // two parts and a half

func TestEveryFaultIsCuredByTheNextTry(t *testing.T) {
	small := "small"
	for _, body := range []string{small, large} {
		ops := []string{"PutObject"}
		if body == large {
			ops = []string{"HeadObject", "ListMultipartUploads", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"}
		}
		for _, op := range ops {
			for name, bad := range map[string]fault{
				"refused":                {status: 500, code: "InternalError"},
				"done, answer lost":      {status: 500, code: "InternalError", after: true},
				"hangs":                  {hang: true},
				"done, then hangs":       {hang: true, after: true},
				"throttled":              {status: 503, code: "SlowDown"},
				"done, proxy times out":  {status: 504, code: "", after: true},
				"credential expired":     {status: 400, code: "ExpiredToken"},
				"access denied":          {status: 403, code: "AccessDenied"},
				"lost the upload":        {status: 404, code: "NoSuchUpload"},
				"done, then it is taken": {status: 412, code: "PreconditionFailed", after: true},
			} {
				t.Run(fmt.Sprintf("%d bytes/%s/%s", len(body), op, name), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { curedByNextTry(t, body, op, bad) })
				})
			}
		}
	}
}

func curedByNextTry(t *testing.T, body, op string, bad fault) {
	f := newFake()
	s := newStore(t, f)
	broken := true
	f.fault = func(o string, _ int) fault {
		if o == op && broken {
			return bad
		}
		return fault{}
	}
	o := destinationtest.Object(t, "a/b", body)
	start := time.Now()
	if err := deliverTo(s, o); err != nil && destinations.IsPermanent(failure(t, err)) {
		t.Errorf("%v is permanent", err)
	}
	if took := time.Since(start); took > 10*time.Minute {
		t.Errorf("the first try took %v", took)
	}
	f.mu.Lock()
	broken = false
	f.mu.Unlock()
	if err := deliverTo(s, o); err != nil {
		t.Errorf("the next try: %v", err)
	}
	if got := f.bodies(t); !maps.Equal(got, map[string]string{"a/b": body}) {
		t.Errorf("there are %q", slices.Sorted(maps.Keys(got)))
	}
}

func TestAHangingServerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.fault = func(string, int) fault { return fault{hang: true} }
		s := newStore(t, f)
		start := time.Now()
		err := failure(t, deliverTo(s, destinationtest.Object(t, "a", "1")))
		if took := time.Since(start); took < 30*time.Second || took > 3*time.Minute {
			t.Errorf("given up after %v", took)
		}
		if !strings.Contains(err.Error(), "no answer from http://s3.invalid") {
			t.Errorf("got %v", err)
		}
	})
}

func TestACancelledUploadLeavesNoParts(t *testing.T) {
	f := newFake()
	s := newStore(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	f.fault = func(op string, nth int) fault {
		if op == "UploadPart" && nth == 2 {
			cancel()
			return fault{hang: true}
		}
		return fault{}
	}
	err := s.Deliver(ctx, destinationtest.BatchOf(destinationtest.Object(t, "a", large)))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if got := f.bodies(t); len(got) != 0 {
		t.Errorf("there are %q", slices.Sorted(maps.Keys(got)))
	}
}

func TestUploadsThatACrashLeftAreEnded(t *testing.T) {
	f := newFake()
	f.uploads["ours"] = &fakeUpload{key: "a", parts: map[int]string{1: "x"}}
	f.uploads["longer key"] = &fakeUpload{key: "ab"}
	if err := deliverTo(newStore(t, f), destinationtest.Object(t, "a", large)); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": large, "unfinished upload longer key": "ab"}
	if got := f.bodies(t); !maps.Equal(got, want) {
		t.Errorf("there are %q", slices.Sorted(maps.Keys(got)))
	}
}

func TestLargeObjectsGoInParts(t *testing.T) {
	f := newFake()
	if err := deliverTo(newStore(t, f), destinationtest.Object(t, "a", large)); err != nil {
		t.Fatal(err)
	}
	if parts := f.count("UploadPart"); parts != 3 || f.largest != testPart {
		t.Errorf("%d parts, the largest of %d bytes, want 3 of at most %d", parts, f.largest, testPart)
	}
}

func TestALargeObjectThatIsThereIsNotSentAgain(t *testing.T) {
	f := newFake()
	s := newStore(t, f)
	for range 2 {
		if err := deliverTo(s, destinationtest.Object(t, "a", large)); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.count("UploadPart"); n != 3 {
		t.Errorf("%d parts were sent, want 3", n)
	}
	err := failure(t, deliverTo(s, destinationtest.Object(t, "a", large+"x")))
	if !destinations.IsPermanent(err) {
		t.Errorf("other bytes give %v, want a permanent error", err)
	}
}

func TestAnObjectWithoutOurMetadataIsComparedByItsBytes(t *testing.T) {
	f := newFake()
	f.objects["same"], f.objects["other"] = fakeObject{body: "1"}, fakeObject{body: "2"}
	s := newStore(t, f)
	if err := deliverTo(s, destinationtest.Object(t, "same", "1")); err != nil {
		t.Errorf("same bytes: %v", err)
	}
	if err := failure(t, deliverTo(s, destinationtest.Object(t, "other", "1"))); !destinations.IsPermanent(err) {
		t.Errorf("other bytes: %v, want a permanent error", err)
	}
}

func TestObjectsCarryWhatTheOptionsSay(t *testing.T) {
	f := newFake()
	s := newStore(t, f, func(o *Options) {
		o.SSE, o.KMSKeyID, o.StorageClass, o.ContentEncoded = "aws:kms", "alias/lake", "STANDARD_IA", true
		o.Tags = map[string]string{"team": "data & more", "a": "b"}
	})
	for key, body := range map[string]string{"small": "x", "large": large} {
		o := destinationtest.Object(t, key, body)
		o.ContentType, o.ContentEncoding = "application/x-ndjson", "gzip"
		if err := deliverTo(s, o); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"X-Amz-Server-Side-Encryption": "aws:kms", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "alias/lake",
			"X-Amz-Storage-Class": "STANDARD_IA", "X-Amz-Tagging": "a=b&team=data+%26+more",
			"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip",
			"X-Amz-Meta-Hydrant-Sha256": fmt.Sprintf("%x", o.SHA256),
		} {
			if got := f.objects[key].header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", key, name, got, want)
			}
		}
	}
}

func TestAServerWithoutConditionsIsRememberedAndToldOnce(t *testing.T) {
	var log bytes.Buffer
	f := newFake()
	f.refusesConditions = "NotImplemented"
	s := newStore(t, f, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	for i, body := range []string{"1", "2", large} {
		if err := deliverTo(s, destinationtest.Object(t, fmt.Sprint(i), body)); err != nil {
			t.Fatal(err)
		}
	}
	if refused := f.seen["PutObject"]; refused != 3 {
		t.Errorf("%d puts for two small objects, want 3: the first was refused once", refused)
	}
	if n := strings.Count(log.String(), "If-None-Match"); n != 1 || strings.Contains(log.String(), "very-secret") {
		t.Errorf("the log says %q", log.String())
	}
}

func TestErrorsSayWhatToDoAndNoSecrets(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  fault
		want []string
	}{
		{"bucket", fault{status: 404, code: "NoSuchBucket"}, []string{"NoSuchBucket", `bucket "lake" doesn't exist at http://s3.invalid: create it or change bucket`}},
		{"rights", fault{status: 403, code: "AccessDenied"}, []string{"AccessDenied", "s3:PutObject"}},
		{"key", fault{status: 403, code: "InvalidAccessKeyId"}, []string{"change access_key"}},
		{"signature", fault{status: 403, code: "SignatureDoesNotMatch"}, []string{"check secret_key"}},
		{"region", fault{status: 400, code: "AuthorizationHeaderMalformed"}, []string{"change region"}},
		{"tag", fault{status: 400, code: "InvalidTag"}, []string{"change tags"}},
		{"proxy", fault{status: 413, code: ""}, []string{"413"}},
		{"too large", fault{status: 400, code: "EntityTooLarge"}, []string{"EntityTooLarge"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.fault = func(string, int) fault { return c.bad }
			err := failure(t, deliverTo(newStore(t, f), destinationtest.Object(t, "a/b", "1")))
			text := err.Error()
			for _, want := range append(c.want, "s3://lake/a/b") {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %q doesn't say %q", c.name, text, want)
				}
			}
			if strings.Contains(text, "very-secret") || strings.Contains(text, "AKID") || destinations.IsPermanent(err) {
				t.Errorf("%s: %q names a key, or is permanent: %v", c.name, text, destinations.IsPermanent(err))
			}
		})
	}
}

// TestOnlyAKeyThatIsTooLongIsPermanent, also where it is looked up before it is
// written: the answer to that has no body that says so.
func TestOnlyAKeyThatIsTooLongIsPermanent(t *testing.T) {
	for name, body := range map[string]string{"whole": "1", "in parts": strings.Repeat("1", testPart+1)} {
		for _, refuses := range []string{"", "NotImplemented"} {
			f := newFake()
			f.refusesConditions = refuses
			err := failure(t, deliverTo(newStore(t, f), destinationtest.Object(t, strings.Repeat("x", 1025), body)))
			if !destinations.IsPermanent(err) {
				t.Errorf("%s, conditions refused with %q: got %v, want a permanent error", name, refuses, err)
			}
		}
	}
}

func TestRetryAfterIsHandedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for header, want := range map[string]time.Duration{"7": 7 * time.Second, time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): time.Hour} {
			f := newFake()
			f.fault = func(string, int) fault {
				return fault{status: 429, code: "SlowDown", header: http.Header{"Retry-After": {header}}}
			}
			var wait *destinations.RetryAfterError
			err := failure(t, deliverTo(newStore(t, f), destinationtest.Object(t, "a", "1")))
			if !errors.As(err, &wait) || wait.Wait > want || wait.Wait < want-time.Minute {
				t.Errorf("%s gives %v, want to wait %v", header, err, want)
			}
		}
	})
}

func TestCheckNamesAMissingBucket(t *testing.T) {
	err := newStore(t, newFake(), func(o *Options) { o.Bucket = "pond" }).Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), `bucket "pond"`) {
		t.Errorf("got %v", err)
	}
}

func TestBadOptionsAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"no bucket":     {},
		"half a key":    {Bucket: "b", AccessKey: "a"},
		"endpoint":      {Bucket: "b", Endpoint: "127.0.0.1:9000"},
		"user in URL":   {Bucket: "b", Endpoint: "http://u:p@h"},
		"small parts":   {Bucket: "b", Endpoint: "http://h", PartSize: 1},
		"another thing": {Bucket: "b", Endpoint: "ftp://h"},
	} {
		if _, err := New(t.Context(), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPartsNeverExceedTheLimit(t *testing.T) {
	s := newStore(t, newFake())
	s.o.PartSize = MinPartSize
	for _, size := range []int64{1, MinPartSize, MinPartSize * maxParts, MinPartSize*maxParts + 1, 5 << 40} {
		part := s.partSize(size)
		if n := (size + part - 1) / part; part < MinPartSize || n > maxParts {
			t.Errorf("%d bytes make %d parts of %d", size, n, part)
		}
	}
}
