package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"hydrant/destinations"
)

// digestKey is the metadata in which an object's SHA-256 stands, in hex.
const digestKey = "hydrant-sha256"

// put delivers one object.
func (s *Store) put(ctx context.Context, o destinations.Object) error {
	partSize := s.partSize(o.Size)
	sums, err := checkStaged(ctx, o, partSize)
	if err != nil {
		return fmt.Errorf("s3: put %s: %w", s.name(o.Key), err)
	}
	if o.Size >= s.o.PartSize {
		return s.putParts(ctx, o, partSize, sums)
	}
	return s.putWhole(ctx, o)
}

// partSize returns the size of parts for an object of size bytes: that of the
// options, or more, that maxParts suffice.
func (s *Store) partSize(size int64) int64 {
	return max(s.o.PartSize, (size+maxParts-1)/maxParts)
}

// putWhole delivers an object with one request.
func (s *Store) putWhole(ctx context.Context, o destinations.Object) error {
	if s.unconditional.Load() {
		return s.lookAndPut(ctx, o)
	}
	err := s.upload(ctx, o, aws.String("*"))
	switch {
	case err == nil:
		return nil
	case isTaken(err):
		return s.mustAdopt(ctx, o, err)
	case mayNotKnowConditions(err):
		if lerr := s.lookAndPut(ctx, o); lerr != nil {
			return lerr
		}
		s.forgetConditions()
		return nil
	}
	return s.explain("put", o.Key, err)
}

// lookAndPut is for servers that don't know If-None-Match. Nobody but us
// writes keys that hold a segment's id, so the moment between is harmless.
func (s *Store) lookAndPut(ctx context.Context, o destinations.Object) error {
	if found, err := s.adopt(ctx, o); found || err != nil {
		return err
	}
	return s.explain("put", o.Key, s.upload(ctx, o, nil))
}

func (s *Store) forgetConditions() {
	if !s.unconditional.Swap(true) {
		s.o.Log.Info("the S3 server doesn't know If-None-Match: keys are looked up before they are written", "bucket", s.o.Bucket, "endpoint", s.o.Endpoint)
	}
}

// upload sends the object. Its digest was computed when it was staged, so the
// server checks what it got against what was decided.
func (s *Store) upload(ctx context.Context, o destinations.Object, ifNoneMatch *string) error {
	release, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	body, err := o.Open()
	if err != nil {
		return fmt.Errorf("staged object: %w", err)
	}
	defer body.Close() // only read
	in := &awss3.PutObjectInput{
		Bucket:         &s.o.Bucket,
		Key:            &o.Key,
		Body:           body,
		ContentLength:  &o.Size,
		ContentType:    optional(o.ContentType),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(o.SHA256[:])),
		IfNoneMatch:    ifNoneMatch,
		Metadata:       map[string]string{digestKey: hex.EncodeToString(o.SHA256[:])},
		SSEKMSKeyId:    optional(s.o.KMSKeyID),
		Tagging:        optional(s.tagging()),
	}
	in.StorageClass = types.StorageClass(s.o.StorageClass)
	in.ServerSideEncryption = types.ServerSideEncryption(s.o.SSE)
	in.ContentEncoding = s.contentEncoding(o)
	_, err = s.client.PutObject(ctx, in, signDigest(o.SHA256))
	return err
}

func (s *Store) contentEncoding(o destinations.Object) *string {
	if !s.o.ContentEncoded {
		return nil
	}
	return optional(o.ContentEncoding)
}

// tagging returns the tags as S3 takes them, in the form of a query.
func (s *Store) tagging() string {
	tags := url.Values{}
	for key, value := range s.o.Tags {
		tags.Set(key, value)
	}
	return tags.Encode()
}

// optional returns nil for "".
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// signDigest signs a request with the known digest of its body, which the SDK
// would read for nothing otherwise.
func signDigest(sum [32]byte) func(*awss3.Options) {
	set := middleware.InitializeMiddlewareFunc("HydrantPayloadHash", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(v4.SetPayloadHash(ctx, hex.EncodeToString(sum[:])), in)
	})
	return func(o *awss3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(set, middleware.After)
		})
	}
}
