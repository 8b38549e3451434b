package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"hydrant/destinations"
)

// mustAdopt accepts what is under the key, of which the server said that it's
// taken.
func (s *Store) mustAdopt(ctx context.Context, o destinations.Object, taken error) error {
	found, err := s.adopt(ctx, o)
	if err == nil && !found { // removed in between
		return s.explain("put", o.Key, taken)
	}
	return err
}

// adopt says whether the object is there already. Other bytes under its key
// are a permanent error: neither may be thrown away.
func (s *Store) adopt(ctx context.Context, o destinations.Object) (found bool, err error) {
	head, err := s.client.HeadObject(ctx, &awss3.HeadObjectInput{Bucket: &s.o.Bucket, Key: &o.Key})
	if isMissing(err) || isBadRequest(err) {
		return false, nil // the answer to HEAD has no body that says what is bad: that to the write will
	}
	if err != nil {
		return false, s.explain("look up", o.Key, err)
	}
	size, sum := aws.ToInt64(head.ContentLength), head.Metadata[digestKey]
	if sum == "" && size == o.Size {
		if sum, err = s.download(ctx, o); err != nil {
			return false, s.explain("read", o.Key, err)
		}
	}
	if size != o.Size || sum != hex.EncodeToString(o.SHA256[:]) {
		return false, destinations.Permanent(fmt.Errorf("s3: put %s: another object has this key: %d bytes with SHA-256 %s, ours has %d with %x",
			s.name(o.Key), size, sum, o.Size, o.SHA256))
	}
	return true, nil
}

// download returns the SHA-256 of what is under the object's key, in hex.
func (s *Store) download(ctx context.Context, o destinations.Object) (string, error) {
	out, err := s.client.GetObject(withPatience(ctx, transferTime(o.Size)), &awss3.GetObjectInput{Bucket: &s.o.Bucket, Key: &o.Key})
	if err != nil {
		return "", err
	}
	defer out.Body.Close() // only read
	h := sha256.New()
	if _, err := io.Copy(h, out.Body); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
