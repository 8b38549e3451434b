package simulation

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A store is an S3 server in memory: objects with their metadata, conditions,
// checksums, uploads in parts. It survives every crash. The world's lock
// guards it.
type store struct {
	w       *world
	objects map[string]*stored // by bucket and key
	uploads map[string]*upload
	ids     int
	// conditions: If-None-Match is known; without, the server refuses it.
	conditions bool
	wrong      []string // objects that changed
}

type stored struct {
	body   []byte
	digest string // the metadata in which the client keeps it
	at     time.Time
}

type upload struct {
	name, digest string
	parts        map[int][]byte
}

// A request is what the server got of one.
type request struct {
	op, name string // name is bucket/key
	header   http.Header
	query    map[string][]string
	body     []byte
	length   int64 // of the body, as the client said; -1: it did not
}

// An answer is what the server says.
type answer struct {
	status int
	code   string
	header http.Header
	body   []byte
	size   int // Content-Length of a HEAD
}

func refuse(status int, code string) answer { return answer{status: status, code: code} }

// serve does what a request asks for. The caller holds the world's lock.
func (s *store) serve(r request) answer {
	switch {
	case r.length >= 0 && int64(len(r.body)) != r.length:
		return refuse(400, "IncompleteBody")
	case !digestsMatch(r):
		return refuse(400, "XAmzContentSHA256Mismatch")
	case strings.Contains(r.name, refusedKey):
		return refuse(400, "KeyTooLongError")
	case r.header.Get("If-None-Match") != "" && !s.conditions:
		return refuse(501, "NotImplemented")
	}
	var up *upload
	if ids := r.query["uploadId"]; len(ids) > 0 {
		if up = s.uploads[ids[0]]; up == nil || up.name != r.name {
			return refuse(404, "NoSuchUpload")
		}
	}
	switch r.op {
	case "PutObject":
		return s.put(r, r.body, r.header.Get("X-Amz-Meta-Hydrant-Sha256"))
	case "CompleteMultipartUpload":
		return s.complete(r, up)
	case "CreateMultipartUpload":
		s.ids++
		id := fmt.Sprintf("upload-%06d", s.ids)
		s.uploads[id] = &upload{name: r.name, digest: r.header.Get("X-Amz-Meta-Hydrant-Sha256"), parts: make(map[int][]byte)}
		return answer{status: 200, body: fmt.Appendf(nil, "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>", id)}
	case "UploadPart":
		n, _ := strconv.Atoi(r.query["partNumber"][0])
		up.parts[n] = r.body
		return answer{status: 200, header: http.Header{
			"Etag": {etag(r.body)}, "X-Amz-Checksum-Sha256": {r.header.Get("X-Amz-Checksum-Sha256")},
		}}
	case "AbortMultipartUpload":
		delete(s.uploads, r.query["uploadId"][0])
		return answer{status: 204}
	case "ListMultipartUploads":
		return s.list(r)
	}
	return s.read(r)
}

func etag(body []byte) string { return fmt.Sprintf(`"%x"`, md5.Sum(body)) }

func digestsMatch(r request) bool {
	sum := sha256.Sum256(r.body)
	signed, checksum := r.header.Get("X-Amz-Content-Sha256"), r.header.Get("X-Amz-Checksum-Sha256")
	return (signed == "" || signed == hex.EncodeToString(sum[:])) &&
		(checksum == "" || checksum == base64.StdEncoding.EncodeToString(sum[:]))
}

// put writes an object. Other bytes under a name that is taken are noted: no
// promise allows them.
func (s *store) put(r request, body []byte, digest string) answer {
	there := s.objects[r.name]
	if there != nil && r.header.Get("If-None-Match") == "*" {
		return refuse(412, "PreconditionFailed")
	}
	if there != nil && !bytes.Equal(there.body, body) {
		s.wrong = append(s.wrong, fmt.Sprintf("object %s was written again with other bytes", r.name))
	}
	if there == nil {
		s.objects[r.name] = &stored{body: body, digest: digest, at: time.Now()}
		s.w.found(r.name, body)
	}
	return answer{status: 200, header: http.Header{"Etag": {etag(body)}}}
}

func (s *store) complete(r request, up *upload) answer {
	var in struct {
		Part []struct {
			PartNumber int
			ETag       string
		}
	}
	if err := xml.Unmarshal(r.body, &in); err != nil || len(in.Part) != len(up.parts) {
		return refuse(400, "InvalidPart")
	}
	var whole []byte
	for i, p := range in.Part {
		if p.PartNumber != i+1 || p.ETag != etag(up.parts[p.PartNumber]) {
			return refuse(400, "InvalidPart")
		}
		whole = append(whole, up.parts[p.PartNumber]...)
	}
	a := s.put(r, whole, up.digest)
	if a.status == 200 {
		delete(s.uploads, r.query["uploadId"][0])
		a.body = []byte("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
	}
	return a
}

func (s *store) list(r request) answer {
	var b bytes.Buffer
	b.WriteString("<ListMultipartUploadsResult>")
	bucket, _, _ := strings.Cut(r.name, "/")
	for _, id := range slices.Sorted(maps.Keys(s.uploads)) {
		key, ours := strings.CutPrefix(s.uploads[id].name, bucket+"/")
		if ours && strings.HasPrefix(key, r.query["prefix"][0]) {
			fmt.Fprintf(&b, "<Upload><Key>%s</Key><UploadId>%s</UploadId></Upload>", key, id)
		}
	}
	b.WriteString("</ListMultipartUploadsResult>")
	return answer{status: 200, body: b.Bytes()}
}

func (s *store) read(r request) answer {
	o := s.objects[r.name]
	if o == nil {
		return refuse(404, "NoSuchKey")
	}
	a := answer{status: 200, header: http.Header{}, size: len(o.body)}
	if o.digest != "" {
		a.header.Set("X-Amz-Meta-Hydrant-Sha256", o.digest)
	}
	if r.op == "GetObject" {
		a.body = o.body
	}
	return a
}

// opOf names the operation of a request.
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
	}
	return map[string]string{"PUT": "PutObject", "HEAD": "HeadObject", "GET": "GetObject"}[r.Method]
}

// response makes an HTTP response of an answer.
func (a answer) response(req *http.Request) *http.Response {
	if a.code != "" && req.Method != "HEAD" {
		a.body = fmt.Appendf(nil, `<?xml version="1.0"?><Error><Code>%s</Code><Message>simulated</Message></Error>`, a.code)
	}
	size := len(a.body)
	if req.Method == "HEAD" {
		size = a.size
	}
	header := a.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Length", strconv.Itoa(size))
	return &http.Response{
		StatusCode: a.status, Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: header, ContentLength: int64(size), Body: io.NopCloser(bytes.NewReader(a.body)),
	}
}
