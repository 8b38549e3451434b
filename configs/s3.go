package configs

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // time zones are checked, and used, on machines that have none

	"github.com/hashicorp/hcl/v2"

	"hydrant/destinations"
)

var (
	// bucketPattern and the affixes are the rules for general purpose buckets
	// (Amazon S3 user guide, Bucket naming rules).
	bucketPattern      = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	reservedPrefixes   = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedSuffixes   = []string{"-s3alias", "--ol-s3", ".mrap", "--table-s3"}
	extensionPattern   = regexp.MustCompile(`^\.[0-9a-z!\-_.*'()]+$`) // Firehose API reference, FileExtension
	objectStoreOnly    = []string{"endpoint", "region", "path_style", "access_key", "secret_key", "sse", "kms_key_id", "storage_class", "tags", "content_encoding", "part_size"}
	compressExtensions = map[string]string{".gz": "gzip", ".zst": "zstd", ".zip": "zip", ".snappy": "snappy", ".hsnappy": "hadoop_snappy", ".bz2": "bzip2", ".lz4": "lz4", ".deflate": "deflate"}
)

const (
	maxTags      = 10  // Amazon S3 user guide, Categorizing your storage using tags
	maxTagKey    = 128 // characters
	maxTagValue  = 256 // characters
	maxExtension = 128 // bytes
)

// A store is a destination or error_sink block on its way to being checked.
type store struct {
	*S3
	block    *block
	prefix   *destinations.Prefix // nil after a mistake in it
	place    string               // the bucket and what it's a bucket of
	location string               // where in place its objects lie: literal text that ends in a slash, or nothing
	root     bool                 // they lie anywhere in the bucket
}

// store checks an s3 block; it is nil when there is none.
func (d *decoder) store(b *block, s *stream, server Server, errorSink bool) *store {
	if b == nil || b.spec.kind != "s3" {
		return nil
	}
	st := &store{block: b, S3: &S3{
		Bucket: b.text("bucket"), Prefix: b.text("prefix"), Extension: b.text("extension"), TimeZone: b.text("timezone"),
		Endpoint: strings.TrimSuffix(b.text("endpoint"), "/"), Region: b.text("region"), PathStyle: b.flag("path_style"),
		AccessKey: b.text("access_key"), SecretKey: b.secret("secret_key"),
		SSE: b.text("sse"), KMSKeyID: b.text("kms_key_id"), StorageClass: b.text("storage_class"), Tags: b.table("tags"),
		ContentEncoded: b.flag("content_encoding"), PartSize: b.size("part_size"),
	}}
	if !b.arg("path_style").given {
		st.PathStyle = st.Endpoint != ""
	}
	if st.Region == "" {
		st.Region = server.Region
	}
	if errorSink && !b.arg("prefix").given {
		st.Prefix = "errors/" + s.Name + "/" + destinations.DefaultErrorPrefix("")
	}
	d.bucket(st)
	d.connection(b)
	d.objectOptions(b)
	d.prefixOf(st, s, errorSink)
	d.extension(st, s, errorSink)
	return st
}

// isDir says whether the store is a directory.
func (st *store) isDir() bool { return strings.HasPrefix(st.Bucket, "file:") }

// describe names where the objects lie.
func (st *store) describe() string {
	switch {
	case st.block.arg("bucket").hidden || st.block.arg("prefix").hidden:
		return "the location"
	case st.isDir():
		return st.location
	}
	return "s3://" + st.Bucket + "/" + st.location
}

// prefixAt is where the prefix stands, or the block without one.
func (st *store) prefixAt() hcl.Range {
	if a := st.block.arg("prefix"); a.given {
		return a.at()
	}
	return st.block.header
}

func (d *decoder) bucket(st *store) {
	a := st.block.arg("bucket")
	if !a.ok() {
		return
	}
	problem := ""
	if st.isDir() {
		problem = directoryProblem(a, st.Bucket)
		for _, name := range objectStoreOnly {
			if other := st.block.arg(name); other.ok() {
				d.warnAt(other.at(), "Argument without use", "The bucket is a directory, which has no %s. Take it out", name)
			}
		}
	} else {
		problem = bucketProblem(a, st.Bucket)
	}
	if problem != "" {
		a.bad = true
		d.errorAt(a.at(), fmt.Sprintf("Invalid %s bucket", st.block.name()), "%s", problem)
	}
}

func directoryProblem(a *argument, bucket string) string {
	dir, ok := strings.CutPrefix(bucket, "file://")
	if !ok || !path.IsAbs(dir) {
		return fmt.Sprintf(`%s is not an absolute path. Write file:// and the path from the root, such as "file:///srv/lake"`, capital(a.show(bucket)))
	}
	if strings.Contains(dir, "/../") || strings.HasSuffix(dir, "/..") || strings.ContainsRune(dir, 0) {
		return "The path goes upwards with .. in it. Write it without"
	}
	return ""
}

func bucketProblem(a *argument, bucket string) string {
	rules := "A bucket name has 3 to 63 small letters, digits, - and ., and begins and ends with a letter or digit"
	rest, isURL := strings.CutPrefix(bucket, "s3://")
	arn := strings.HasPrefix(bucket, "arn:")
	name, key, _ := strings.Cut(rest, "/")
	switch {
	case a.hidden && (!bucketPattern.MatchString(bucket) || strings.Contains(bucket, "..")):
		return capital(a.show("")) + " is no bucket name. " + rules
	case isURL && key != "":
		return fmt.Sprintf("Write the name alone: bucket = %q, and prefix = %q", name, strings.TrimSuffix(key, "/")+"/")
	case isURL:
		return fmt.Sprintf("Write the name alone: bucket = %q", name)
	case arn:
		return fmt.Sprintf("%q is an ARN. Write the name alone: bucket = %q", bucket, bucket[strings.LastIndexByte(bucket, ':')+1:])
	case strings.HasPrefix(bucket, "/") || strings.HasPrefix(bucket, "./") || strings.HasPrefix(bucket, "~"):
		return fmt.Sprintf(`%q looks like a directory. Write file:// and an absolute path, such as "file:///srv/lake"`, bucket)
	case strings.Contains(bucket, "/"):
		name, key, _ = strings.Cut(bucket, "/")
		return fmt.Sprintf("%q has a slash. Write the name alone: bucket = %q, and prefix = %q", bucket, name, strings.TrimSuffix(key, "/")+"/")
	case !bucketPattern.MatchString(bucket) || strings.Contains(bucket, ".."):
		return fmt.Sprintf("%q is no bucket name. %s", bucket, rules)
	case net.ParseIP(bucket) != nil:
		return fmt.Sprintf("%q looks like an IP address, which no bucket may be called. Addresses belong into endpoint", bucket)
	}
	for _, p := range reservedPrefixes {
		if strings.HasPrefix(bucket, p) {
			return fmt.Sprintf("No bucket name may begin with %q", p)
		}
	}
	for _, s := range reservedSuffixes {
		if strings.HasSuffix(bucket, s) {
			return fmt.Sprintf("No bucket name may end with %q", s)
		}
	}
	return ""
}

// connection checks how the store is reached.
func (d *decoder) connection(b *block) {
	if a := b.arg("endpoint"); a.ok() && b.text("endpoint") != "" {
		if problem := endpointProblem(a, b.text("endpoint")); problem != "" {
			a.bad = true
			d.errorAt(a.at(), fmt.Sprintf("Invalid %s endpoint", b.name()), "%s", problem)
		}
	}
	d.matches(b.arg("region"), fmt.Sprintf("Invalid %s region", b.name()), regionPattern, `A region is made of small letters, digits and -, such as "us-east-1"`)
	id, secret := b.arg("access_key"), b.arg("secret_key")
	if id.ok() && !secret.given {
		d.errorAt(id.at(), "Half a pair of keys", "access_key needs its secret_key. Add secret_key = env(\"S3_SECRET_KEY\"), or take access_key out to use the credentials of the environment")
	}
	if secret.ok() && !id.given {
		d.errorAt(secret.at(), "Half a pair of keys", "secret_key needs its access_key. Add access_key, or take secret_key out to use the credentials of the environment")
	}
}

func endpointProblem(a *argument, endpoint string) string {
	example := `Write a URL such as "http://127.0.0.1:9000"`
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Hostname() == "":
		return fmt.Sprintf("%s is not the URL of a server. %s", capital(a.show(endpoint)), example)
	case u.User != nil:
		return "Keys don't belong into the URL. Write access_key and secret_key"
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "An endpoint is a server without a path; the bucket is an argument of its own. " + example
	}
	return ""
}

// objectOptions checks what objects are stored with.
func (d *decoder) objectOptions(b *block) {
	if a := b.arg("kms_key_id"); a.ok() && b.text("sse") != "aws:kms" && !b.arg("sse").bad {
		d.errorAt(a.at(), "KMS key without KMS encryption", `kms_key_id is used with sse = "aws:kms" only. Add that, or take kms_key_id out`)
	}
	if a := b.arg("storage_class"); a.ok() && (b.text("storage_class") == "GLACIER" || b.text("storage_class") == "DEEP_ARCHIVE") {
		d.warnAt(a.at(), "Storage class that is not readable at once", `Objects of this class must be restored before anything reads them; Athena skips them. "GLACIER_IR" is read at once`)
	}
	tags := b.arg("tags")
	if !tags.ok() {
		return
	}
	table := b.table("tags")
	if len(table) > maxTags {
		d.errorAt(tags.at(), "Too many tags", "An object has at most %d tags, and these are %d", maxTags, len(table))
	}
	for key, val := range table {
		if n := len([]rune(key)); n == 0 || n > maxTagKey || strings.HasPrefix(key, "aws:") {
			d.errorAt(tags.keyAt(key), "Invalid tag", "A tag's name has 1 to %d characters and does not begin with aws:", maxTagKey)
		}
		if len([]rune(val)) > maxTagValue {
			d.errorAt(tags.valueAt(key), "Invalid tag", "A tag's value has at most %d characters", maxTagValue)
		}
	}
}

// prefixOf parses the prefix, and finds out where the objects lie.
func (d *decoder) prefixOf(st *store, s *stream, errorSink bool) {
	b := st.block
	zone := b.arg("timezone")
	loc, err := time.LoadLocation(st.TimeZone)
	if zone.ok() && (err != nil || st.TimeZone == "" || st.TimeZone == "Local") {
		zone.bad = true
		d.errorAt(zone.at(), "Unknown time zone", `%s is no time zone of the IANA database. Write, for example, "UTC", "Europe/Berlin" or "Asia/Seoul"`, capital(zone.show(st.TimeZone)))
	}
	if err != nil {
		loc = time.UTC
	}
	a := b.arg("prefix")
	if a.bad {
		return
	}
	prefix, err := destinations.ParsePrefix(st.Prefix, destinations.PrefixOptions{ErrorOutput: errorSink, Location: loc})
	if err != nil {
		d.prefixProblem(hcl.DiagError, fmt.Sprintf("Invalid %s prefix", b.name()), st, err)
		a.bad = true
		return
	}
	for _, w := range prefix.Warnings() {
		d.prefixProblem(hcl.DiagWarning, fmt.Sprintf("Doubtful %s prefix", b.name()), st, w)
	}
	st.prefix = prefix
	if b.arg("bucket").ok() {
		st.locate()
	}
	last := st.Prefix[strings.LastIndexByte(st.Prefix, '/')+1:]
	if !errorSink && last == "" && strings.ContainsAny(s.Name[:min(1, len(s.Name))], "_.") {
		d.errorAt(s.block.labels, "Objects that are never read", "The names of objects begin with the stream's name, and Athena, Hive and Spark read none that begins with _ or . . Rename the stream, or end the prefix with some text such as \"data-\"")
	}
}

func (d *decoder) prefixProblem(severity hcl.DiagnosticSeverity, summary string, st *store, err error) {
	a := st.block.arg("prefix")
	var problem *destinations.PrefixError
	if !errors.As(err, &problem) {
		d.tell(severity, st.prefixAt(), summary, "%s", capital(err.Error()))
		return
	}
	at, text := st.prefixAt(), capital(problem.Message)
	if a.given {
		at = d.within(a.expr, st.Prefix, problem.Pos, problem.Pos+problem.Len)
	}
	if a.hidden {
		text = fmt.Sprintf("There is a mistake at byte %d of the prefix, which comes from outside the configuration", problem.Pos+1)
	}
	if problem.Hint != "" {
		text = strings.TrimSuffix(text, ".") + ". " + capital(problem.Hint)
	}
	d.tell(severity, at, summary, "%s", text)
}

// locate sets where the objects lie.
func (st *store) locate() {
	literal, _, _ := strings.Cut(st.Prefix, "!{")
	literal = literal[:strings.LastIndexByte(literal, '/')+1]
	st.root = literal == ""
	if dir, ok := strings.CutPrefix(st.Bucket, "file://"); ok {
		st.place, st.location = "file", strings.TrimSuffix(path.Clean(dir), "/")+"/"+strings.TrimPrefix(literal, "/")
		return
	}
	st.place, st.location = st.Endpoint+" "+st.Bucket, literal
}

// extension checks the end of the objects' names. Readers tell the codec of
// text by it.
func (d *decoder) extension(st *store, s *stream, errorSink bool) {
	a := st.block.arg("extension")
	if !a.ok() || st.Extension == "" {
		return
	}
	summary := fmt.Sprintf("Invalid %s extension", st.block.name())
	if !extensionPattern.MatchString(st.Extension) || len(st.Extension) > maxExtension {
		d.errorAt(a.at(), summary, "%s does not fit. An extension begins with a dot and has at most %d small letters, digits and the characters ! - _ . * ' ( )", capital(a.show(st.Extension)), maxExtension)
		return
	}
	if errorSink || s.Format.Kind == "" || s.Format.Columns() {
		return
	}
	told, is := compressExtensions[path.Ext(st.Extension)], s.Format.Compression
	if told == "" {
		told = "none"
	}
	alike := []string{"snappy", "hadoop_snappy"}
	if told != is && !(slices.Contains(alike, told) && slices.Contains(alike, is)) {
		d.warnAt(a.at(), "Extension that misleads readers", "Athena, Hive and Spark tell the compression by the extension: they will take it for %q, and it is %q. Leave extension out to get the right one", told, is)
	}
}
