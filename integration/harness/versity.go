package harness

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Credentials of the S3 server's only user.
const (
	S3AccessKey = "hydranttestaccess"
	S3SecretKey = "hydranttestsecret"
)

// An S3 is a running versitygw: a real S3 server over a folder.
type S3 struct {
	*Process
	Addr string // host:port
	dir  string
	bin  string
}

// StartS3 starts an S3 server whose data lie in dir.
func StartS3(dir string) (*S3, error) {
	bin, err := S3Server.Path()
	if err != nil {
		return nil, err
	}
	addr, err := FreePort()
	if err != nil {
		return nil, err
	}
	s := &S3{Addr: addr, dir: dir, bin: bin}
	if err := os.MkdirAll(s.root(), 0o755); err != nil {
		return nil, fmt.Errorf("harness: %w", err)
	}
	return s, s.Restart()
}

func (s *S3) root() string { return filepath.Join(s.dir, "objects") }

// Endpoint is the server's URL.
func (s *S3) Endpoint() string { return "http://" + s.Addr }

// Restart starts the server again on the same address and data. The old
// process must be gone.
func (s *S3) Restart() error {
	env := []string{"ROOT_ACCESS_KEY=" + S3AccessKey, "ROOT_SECRET_KEY=" + S3SecretKey}
	p, err := startProcess(s.dir, filepath.Join(s.dir, "versitygw.log"), env,
		s.bin, "--quiet", "--keep-alive", "--port", s.Addr, "--health", "/ready", "posix", s.root())
	if err != nil {
		return err
	}
	s.Process = p
	return p.waitReady(s.Endpoint()+"/ready", func(status int) bool { return status == http.StatusOK })
}

// Client returns an S3 client of the Go SDK.
func (s *S3) Client() *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(s.Endpoint()),
		Region:       "us-east-1",
		UsePathStyle: true,
		Credentials:  credentials.NewStaticCredentialsProvider(S3AccessKey, S3SecretKey, ""),
	})
}

// MakeBucket creates a bucket.
func (s *S3) MakeBucket(ctx context.Context, name string) error {
	if _, err := s.Client().CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name}); err != nil {
		return fmt.Errorf("harness: bucket %s: %w", name, err)
	}
	return nil
}

// Keys lists the keys of a bucket below prefix, in order.
func (s *S3) Keys(ctx context.Context, bucket, prefix string) ([]string, error) {
	var keys []string
	pages := s3.NewListObjectsV2Paginator(s.Client(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("harness: list %s/%s: %w", bucket, prefix, err)
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
	}
	return keys, nil
}

// Download copies the objects below prefix to dir, by the S3 API, and returns
// the files in order of key.
func (s *S3) Download(ctx context.Context, bucket, prefix, dir string) ([]string, error) {
	keys, err := s.Keys(ctx, bucket, prefix)
	if err != nil {
		return nil, err
	}
	files := make([]string, 0, len(keys))
	for _, key := range keys {
		file := filepath.Join(dir, strings.ReplaceAll(key, "/", "~"))
		if err := s.get(ctx, bucket, key, file); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

func (s *S3) get(ctx context.Context, bucket, key, file string) error {
	o, err := s.Client().GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return fmt.Errorf("harness: get %s/%s: %w", bucket, key, err)
	}
	defer o.Body.Close()
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("harness: %w", err)
	}
	defer f.Close()
	if _, err := f.ReadFrom(o.Body); err != nil {
		return fmt.Errorf("harness: get %s/%s: %w", bucket, key, err)
	}
	return f.Close()
}
