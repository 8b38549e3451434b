package s3

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"hydrant/destinations"
)

// A partsUpload is one upload in parts.
type partsUpload struct {
	s        *Store
	o        destinations.Object
	id       string
	partSize int64
	sums     [][32]byte // of the parts
}

// putParts delivers a large object. It looks first, for the parts cost much
// when the object is there already; what decides is the condition at the end.
func (s *Store) putParts(ctx context.Context, o destinations.Object, partSize int64, sums [][32]byte) error {
	found, err := s.adopt(ctx, o)
	if err != nil && !isForbidden(err) {
		return err // without the right to list, a missing key is forbidden
	}
	if found {
		return nil
	}
	s.abortLeftovers(ctx, o.Key)
	u := &partsUpload{s: s, o: o, partSize: partSize, sums: sums}
	if err := u.create(ctx); err != nil {
		return s.explain("begin the upload of", o.Key, err)
	}
	parts, err := u.uploadAll(ctx)
	if err == nil {
		err = u.complete(ctx, parts)
	}
	switch {
	case err == nil:
		return nil
	case isTaken(err):
		u.abort(ctx)
		return s.mustAdopt(ctx, o, err)
	case isNoUpload(err): // an earlier answer was lost, or somebody tidied up
		return s.mustAdopt(ctx, o, err)
	}
	u.abort(ctx)
	return s.explain("put", o.Key, err)
}

func (u *partsUpload) create(ctx context.Context) error {
	o := &u.s.o
	in := &awss3.CreateMultipartUploadInput{
		Bucket:               &o.Bucket,
		Key:                  &u.o.Key,
		ContentType:          optional(u.o.ContentType),
		ContentEncoding:      u.s.contentEncoding(u.o),
		ChecksumAlgorithm:    types.ChecksumAlgorithmSha256,
		Metadata:             map[string]string{digestKey: hex.EncodeToString(u.o.SHA256[:])},
		ServerSideEncryption: types.ServerSideEncryption(o.SSE),
		SSEKMSKeyId:          optional(o.KMSKeyID),
		StorageClass:         types.StorageClass(o.StorageClass),
		Tagging:              optional(u.s.tagging()),
	}
	out, err := u.s.client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return err
	}
	u.id = aws.ToString(out.UploadId)
	return nil
}

// uploadAll uploads the parts, as many at a time as the store has slots. After
// the first failure it begins no other.
func (u *partsUpload) uploadAll(ctx context.Context) ([]types.CompletedPart, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	parts := make([]types.CompletedPart, len(u.sums))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(len(parts), u.s.o.Concurrency) {
		wg.Go(func() {
			for i := range next {
				if err := u.uploadPart(ctx, i, &parts[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := range parts {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return parts, context.Cause(ctx)
}

func (u *partsUpload) uploadPart(ctx context.Context, i int, done *types.CompletedPart) error {
	release, err := u.s.acquire(ctx)
	if err != nil {
		return err
	}
	defer release()
	f, err := u.o.Open()
	if err != nil {
		return fmt.Errorf("staged object: %w", err)
	}
	defer f.Close() // only read
	start := int64(i) * u.partSize
	size := min(u.partSize, u.o.Size-start)
	body, err := newSection(f, start, size)
	if err != nil {
		return err
	}
	sum := aws.String(base64.StdEncoding.EncodeToString(u.sums[i][:]))
	number := aws.Int32(int32(i + 1))
	out, err := u.s.client.UploadPart(ctx, &awss3.UploadPartInput{
		Bucket: &u.s.o.Bucket, Key: &u.o.Key, UploadId: &u.id,
		PartNumber: number, Body: body, ContentLength: &size, ChecksumSHA256: sum,
	}, signDigest(u.sums[i]))
	if err != nil {
		return err
	}
	*done = types.CompletedPart{ETag: out.ETag, PartNumber: number}
	if out.ChecksumSHA256 != nil { // a server that keeps checksums wants them back
		done.ChecksumSHA256 = sum
	}
	return nil
}

// complete makes the object of its parts, unless the key is taken.
func (u *partsUpload) complete(ctx context.Context, parts []types.CompletedPart) error {
	in := &awss3.CompleteMultipartUploadInput{
		Bucket: &u.s.o.Bucket, Key: &u.o.Key, UploadId: &u.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		IfNoneMatch:     aws.String("*"),
	}
	if u.s.unconditional.Load() {
		in.IfNoneMatch = nil
	}
	// Some servers copy the parts together before they answer (Amazon S3 API,
	// CompleteMultipartUpload: "several minutes").
	ctx = withPatience(ctx, 5*time.Minute)
	once := func(o *awss3.Options) { o.Retryer = aws.NopRetryer{} }
	_, err := u.s.client.CompleteMultipartUpload(ctx, in, once)
	if in.IfNoneMatch != nil && mayNotKnowConditions(err) {
		in.IfNoneMatch = nil // putParts looked
		if _, err = u.s.client.CompleteMultipartUpload(ctx, in, once); err == nil {
			u.s.forgetConditions()
		}
	}
	return err
}

// abort frees what the server keeps of the parts. It's tried also when ctx has
// ended; should it fail, the next try's abortLeftovers does it.
func (u *partsUpload) abort(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := u.s.abortUpload(ctx, u.o.Key, u.id); err != nil {
		u.s.o.Log.Warn("an unfinished upload stays in the bucket until the next try", "key", u.o.Key, "err", err)
	}
}

func (s *Store) abortUpload(ctx context.Context, key, id string) error {
	_, err := s.client.AbortMultipartUpload(ctx, &awss3.AbortMultipartUploadInput{Bucket: &s.o.Bucket, Key: &key, UploadId: &id})
	if isNoUpload(err) {
		return nil
	}
	return err
}

// abortLeftovers ends uploads of the key that a crash left unfinished: nobody
// but us writes it, and they cost money. A server on which that fails still
// takes the object.
func (s *Store) abortLeftovers(ctx context.Context, key string) {
	out, err := s.client.ListMultipartUploads(ctx, &awss3.ListMultipartUploadsInput{Bucket: &s.o.Bucket, Prefix: &key})
	if err == nil {
		for _, u := range out.Uploads {
			if aws.ToString(u.Key) == key {
				err = errors.Join(err, s.abortUpload(ctx, key, aws.ToString(u.UploadId)))
			}
		}
	}
	if err != nil {
		s.o.Log.Debug("unfinished uploads could not be ended", "key", key, "err", err)
	}
}
