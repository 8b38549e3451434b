// Package s3 delivers objects to Amazon S3 and to servers that speak its API.
//
// An object is written under a name that is decided beforehand, with
// If-None-Match: *, so that nothing is replaced. When the name is taken, the
// SHA-256 in the metadata (or, if it has none, the bytes) tells whether an
// earlier try of ours succeeded and its answer was lost. A server that doesn't
// know If-None-Match is asked first and written to then.
//
// Objects from a part's size on are uploaded in parts, read from the staged
// file as they are sent: the memory taken doesn't depend on their size.
package s3

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"hydrant/destinations"
)

// Sizes of parts, in bytes (Amazon S3 user guide, Multipart upload limits).
const (
	DefaultPartSize = 16 << 20
	MinPartSize     = 5 << 20
	maxParts        = 10_000
)

// Options say where the bucket is and how objects are stored.
type Options struct {
	Bucket    string
	Endpoint  string // URL; "": Amazon S3
	Region    string // "": that of the environment; with an endpoint, us-east-1
	PathStyle bool   // the bucket in the path instead of the host's name

	// Both empty: the AWS SDK's default chain (environment, shared files,
	// container, instance).
	AccessKey, SecretKey string

	SSE            string // "", "AES256", "aws:kms"
	KMSKeyID       string
	StorageClass   string
	Tags           map[string]string
	ContentEncoded bool // send the objects' Content-Encoding

	PartSize    int64 // bytes from which on parts are used, and of each; 0: DefaultPartSize
	SmallParts  bool  // PartSize may be less than MinPartSize: the server takes parts of any size
	Concurrency int   // requests that carry data at a time; 0: 4

	// Timeout is how long one request may take that carries nothing; one that
	// does gets a second more for each 64 KiB. 0: 30s.
	Timeout time.Duration

	HTTPClient *http.Client // nil: one of the store's own
	Log        *slog.Logger // nil: none
}

// A Store is a bucket. Any number of goroutines may use it.
type Store struct {
	o      Options
	client *awss3.Client
	slots  chan struct{} // taken by each request that carries data

	// unconditional is set once the server refused If-None-Match and took the
	// same object without.
	unconditional atomic.Bool
}

// New returns the store of a bucket. It asks no server; Check does.
func New(ctx context.Context, o Options) (*Store, error) {
	if err := o.fill(); err != nil {
		return nil, fmt.Errorf("s3: bucket %q: %w", o.Bucket, err)
	}
	cfg, err := o.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("s3: bucket %q: %w", o.Bucket, err)
	}
	o.Region = cfg.Region
	client := awss3.NewFromConfig(cfg, func(c *awss3.Options) {
		c.UsePathStyle = o.PathStyle
		if o.Endpoint != "" {
			c.BaseEndpoint = aws.String(o.Endpoint)
		}
	})
	return &Store{o: o, client: client, slots: make(chan struct{}, o.Concurrency)}, nil
}

// fill checks the options and fills in defaults.
func (o *Options) fill() error {
	if o.Bucket == "" {
		return errors.New("the bucket has no name")
	}
	if (o.AccessKey == "") != (o.SecretKey == "") {
		return errors.New("access key and secret key go together: give both or none")
	}
	if o.Endpoint != "" {
		u, err := url.Parse(o.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			return errors.New("the endpoint is not a URL such as http://127.0.0.1:9000")
		}
		if o.Region == "" {
			o.Region = "us-east-1"
		}
	}
	o.PartSize = or(o.PartSize, DefaultPartSize)
	o.Concurrency = or(o.Concurrency, 4)
	o.Timeout = or(o.Timeout, 30*time.Second)
	if o.PartSize < MinPartSize && !o.SmallParts {
		return fmt.Errorf("part size %d is too small: the least is %d bytes", o.PartSize, MinPartSize)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

func or[T int | int64 | time.Duration](value, standard T) T {
	if value == 0 {
		return standard
	}
	return value
}

// load returns the SDK's configuration. With keys given, nothing on the
// machine changes it.
func (o *Options) load(ctx context.Context) (aws.Config, error) {
	client := &http.Client{Transport: &deadlines{base: transport(), timeout: o.Timeout}}
	if o.HTTPClient != nil {
		base := o.HTTPClient.Transport
		if base == nil {
			base = transport()
		}
		client.Transport = &deadlines{base: base, timeout: o.Timeout}
	}
	// A few quick tries for a part that failed; the rest is the caller's.
	retryer := func() aws.Retryer {
		return retry.NewStandard(func(r *retry.StandardOptions) { r.MaxAttempts, r.MaxBackoff = 3, 2*time.Second })
	}
	cfg := aws.Config{Region: o.Region}
	if o.AccessKey == "" {
		var err error
		if cfg, err = config.LoadDefaultConfig(ctx, config.WithRegion(o.Region)); err != nil {
			return cfg, err
		}
	} else {
		cfg.Credentials = credentials.NewStaticCredentialsProvider(o.AccessKey, o.SecretKey, "")
	}
	if cfg.Region == "" {
		return cfg, errors.New("the region is not known: set region, or AWS_REGION in the environment")
	}
	cfg.HTTPClient, cfg.Retryer = client, retryer
	// We send SHA-256 ourselves; some servers don't know the SDK's default.
	cfg.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	cfg.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	return cfg, nil
}

func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	t.MaxIdleConnsPerHost = 16
	return t
}

// Deliver implements [destinations.Destination].
func (s *Store) Deliver(ctx context.Context, b destinations.Batch) error {
	return destinations.DeliverEach(ctx, b, 4, s.put)
}

// Check asks whether the bucket is there and open to us.
func (s *Store) Check(ctx context.Context) error {
	_, err := s.client.HeadBucket(ctx, &awss3.HeadBucketInput{Bucket: &s.o.Bucket})
	return s.explain("check", "", err)
}

// acquire waits for a slot; the caller calls release when it's done.
func (s *Store) acquire(ctx context.Context) (release func(), err error) {
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
