package s3

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A fake is a bucket named "lake" behind the part of the S3 API that the store
// uses. It checks digests and conditions as S3 does.
type fake struct {
	mu       sync.Mutex
	objects  map[string]fakeObject
	uploads  map[string]*fakeUpload
	requests []string // "PUT key", "POST key?uploads", in order of arrival
	largest  int      // body

	// fault decides what happens to a request; nil: nothing.
	fault func(op string, nth int) fault
	seen  map[string]int // how often each op was called

	ignoresConditions bool   // takes If-None-Match and does nothing about it
	refusesConditions string // code with which If-None-Match is refused
}

type fakeObject struct {
	body   string
	header http.Header
}

type fakeUpload struct {
	key    string
	header http.Header
	parts  map[int]string
}

// A fault is what goes wrong with a request.
type fault struct {
	status int // the answer
	code   string
	header http.Header
	after  bool // the request takes effect first
	hang   bool // there is no answer
}

func newFake() *fake {
	return &fake{objects: map[string]fakeObject{}, uploads: map[string]*fakeUpload{}, seen: map[string]int{}}
}

// RoundTrip serves without a network, so that tests can hold the clock.
func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil {
		req.Body = http.NoBody
	}
	defer req.Body.Close()
	w := httptest.NewRecorder()
	server := req.Clone(req.Context())
	f.ServeHTTP(w, server)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.Method == "HEAD" {
		w.Body.Reset() // as every server does
	}
	return w.Result(), nil
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.ContentLength >= 0 && int64(len(body)) != r.ContentLength {
		refuse(w, 400, "IncompleteBody")
		return
	}
	op := opOf(r)
	f.mu.Lock()
	f.seen[op]++
	bad := fault{}
	if f.fault != nil {
		bad = f.fault(op, f.seen[op])
	}
	f.mu.Unlock()
	if bad.status == 0 && !bad.hang {
		f.serve(w, r, body)
		return
	}
	if bad.after {
		f.serve(httptest.NewRecorder(), r, body)
	}
	if bad.hang {
		<-r.Context().Done()
		return
	}
	maps.Copy(w.Header(), bad.header)
	refuse(w, bad.status, bad.code)
}

// opOf names the operation.
func opOf(r *http.Request) string {
	q := r.URL.Query()
	switch {
	case r.Method == "PUT" && q.Has("partNumber"):
		return "UploadPart"
	case r.Method == "POST" && q.Has("uploads"):
		return "CreateMultipartUpload"
	case r.Method == "POST":
		return "CompleteMultipartUpload"
	case r.Method == "DELETE":
		return "AbortMultipartUpload"
	case r.Method == "GET" && q.Has("uploads"):
		return "ListMultipartUploads"
	case r.Method == "HEAD" && strings.Trim(r.URL.Path, "/") == "lake":
		return "HeadBucket"
	}
	return map[string]string{"PUT": "PutObject", "HEAD": "HeadObject", "GET": "GetObject"}[r.Method]
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>message of %s</Message></Error>`, code, code)
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	f.requests = append(f.requests, opOf(r)+" "+key)
	f.largest = max(f.largest, len(body))
	switch {
	case bucket != "lake":
		refuse(w, 404, "NoSuchBucket")
	case len(key) > 1024:
		refuse(w, 400, "KeyTooLongError")
	case !digestsMatch(r, body):
		refuse(w, 400, "XAmzContentSHA256Mismatch")
	case r.Header.Get("If-None-Match") != "" && f.refusesConditions != "":
		refuse(w, map[string]int{"NotImplemented": 501}[f.refusesConditions]|400*b2i(f.refusesConditions != "NotImplemented"), f.refusesConditions)
	default:
		f.operate(w, r, key, body)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func digestsMatch(r *http.Request, body []byte) bool {
	sum := sha256.Sum256(body)
	signed, checksum := r.Header.Get("X-Amz-Content-Sha256"), r.Header.Get("X-Amz-Checksum-Sha256")
	return signed == hex.EncodeToString(sum[:]) && (checksum == "" || checksum == base64.StdEncoding.EncodeToString(sum[:]))
}

func (f *fake) operate(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	q := r.URL.Query()
	upload := f.uploads[q.Get("uploadId")]
	if q.Has("uploadId") && (upload == nil || upload.key != key) {
		refuse(w, 404, "NoSuchUpload")
		return
	}
	_, taken := f.objects[key]
	taken = taken && r.Header.Get("If-None-Match") == "*" && !f.ignoresConditions
	switch op := opOf(r); op {
	case "HeadBucket":
	case "PutObject", "CompleteMultipartUpload":
		if taken {
			refuse(w, 412, "PreconditionFailed")
		} else if op == "PutObject" {
			f.objects[key] = fakeObject{string(body), r.Header}
		} else {
			f.complete(w, q.Get("uploadId"), upload, body)
		}
	case "HeadObject", "GetObject":
		f.read(w, r, key)
	case "CreateMultipartUpload":
		id := fmt.Sprintf("upload-%d", f.seen[op])
		f.uploads[id] = &fakeUpload{key: key, header: r.Header, parts: map[int]string{}}
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id)
	case "UploadPart":
		n, _ := strconv.Atoi(q.Get("partNumber"))
		upload.parts[n] = string(body)
		w.Header().Set("ETag", etag(string(body)))
		w.Header().Set("X-Amz-Checksum-Sha256", r.Header.Get("X-Amz-Checksum-Sha256"))
	case "AbortMultipartUpload":
		delete(f.uploads, q.Get("uploadId"))
		w.WriteHeader(204)
	case "ListMultipartUploads":
		f.list(w, q.Get("prefix"))
	}
}

func etag(body string) string { return fmt.Sprintf(`"%x"`, md5.Sum([]byte(body))) }

func (f *fake) read(w http.ResponseWriter, r *http.Request, key string) {
	o, ok := f.objects[key]
	if !ok {
		refuse(w, 404, "NoSuchKey")
		return
	}
	for name, values := range o.header {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			w.Header()[name] = values
		}
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(o.body)))
	if r.Method == "GET" {
		io.WriteString(w, o.body)
	}
}

func (f *fake) complete(w http.ResponseWriter, id string, u *fakeUpload, body []byte) {
	var in struct {
		Part []struct {
			PartNumber     int
			ETag           string
			ChecksumSHA256 string
		}
	}
	if err := xml.Unmarshal(body, &in); err != nil || len(in.Part) != len(u.parts) {
		refuse(w, 400, "InvalidPart")
		return
	}
	var whole strings.Builder
	for i, p := range in.Part {
		if p.PartNumber != i+1 || p.ETag != etag(u.parts[p.PartNumber]) || p.ChecksumSHA256 == "" {
			refuse(w, 400, "InvalidPart")
			return
		}
		whole.WriteString(u.parts[p.PartNumber])
	}
	f.objects[u.key] = fakeObject{whole.String(), u.header}
	delete(f.uploads, id)
	fmt.Fprint(w, "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
}

func (f *fake) list(w http.ResponseWriter, prefix string) {
	fmt.Fprint(w, "<ListMultipartUploadsResult>")
	for _, id := range slices.Sorted(maps.Keys(f.uploads)) {
		if key := f.uploads[id].key; strings.HasPrefix(key, prefix) {
			fmt.Fprint(w, "<Upload><Key>")
			xml.EscapeText(w, []byte(key))
			fmt.Fprintf(w, "</Key><UploadId>%s</UploadId></Upload>", id)
		}
	}
	fmt.Fprint(w, "</ListMultipartUploadsResult>")
}

// bodies returns what is in the bucket.
func (f *fake) bodies(testing.TB) map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]string{}
	for key, o := range f.objects {
		out[key] = o.body
	}
	for id, u := range f.uploads {
		out["unfinished upload "+id] = u.key
	}
	return out
}

// count returns how often an operation reached the server and was served.
func (f *fake) count(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.requests {
		if strings.HasPrefix(r, op+" ") {
			n++
		}
	}
	return n
}

// testPart is the size of parts, far below what New allows, for speed.
const testPart = 1 << 16

// newStore returns a store of the fake without a network between them.
func newStore(t testing.TB, f *fake, change ...func(*Options)) *Store {
	t.Helper()
	o := Options{
		Bucket: "lake", Endpoint: "http://s3.invalid", PathStyle: true,
		AccessKey: "AKID", SecretKey: "very-secret",
		HTTPClient: &http.Client{Transport: f},
	}
	for _, c := range change {
		c(&o)
	}
	s, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.o.PartSize = testPart
	return s
}

// serve starts the fake on a loopback socket and returns its URL.
func serve(t testing.TB, f *fake) string {
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	if _, err := url.Parse(server.URL); err != nil {
		t.Fatal(err)
	}
	return server.URL
}
