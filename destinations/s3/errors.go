package s3

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hydrant/destinations"
)

// An answerError is what the server, or the way to it, said, in the words that
// an operator needs.
type answerError struct {
	text string
	err  error
}

func (e *answerError) Error() string { return e.text }
func (e *answerError) Unwrap() error { return e.err }

// explain returns err, which an operation on a key gave, with what to do. All
// errors are worth a retry save one: a key that is too long is decided and
// durable and stays too long. Everything else time or an operator cures, a
// refused credential as much as an encryption key or a storage class that the
// server doesn't know.
func (s *Store) explain(op, key string, err error) error {
	if err == nil {
		return nil
	}
	code, message := answer(err)
	parts := []string{"s3: " + op + " " + s.name(key), code, strings.TrimSuffix(message, "."), s.hint(code, err)}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	var explained error = &answerError{strings.Join(parts, ": "), err}
	if code == "KeyTooLongError" {
		return destinations.Permanent(explained)
	}
	if wait := retryAfter(err); wait > 0 {
		return &destinations.RetryAfterError{Wait: wait, Err: explained}
	}
	return explained
}

// name is how errors call the object of a key, or the bucket.
func (s *Store) name(key string) string {
	if key == "" {
		return "s3://" + s.o.Bucket
	}
	return "s3://" + s.o.Bucket + "/" + key
}

// unknownCode is the SDK's code for an answer that isn't S3's, such as a proxy's.
const unknownCode = "UnknownError"

// answer returns S3's code and message, or the cause without the SDK's frame.
func answer(err error) (code, message string) {
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) {
		return "", send.Err.Error()
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" && api.ErrorCode() != unknownCode {
		return api.ErrorCode(), api.ErrorMessage()
	}
	if n := status(err); n != 0 {
		return "", fmt.Sprintf("status %d %s", n, http.StatusText(n))
	}
	var op *smithy.OperationError
	if errors.As(err, &op) { // such as credentials that can't be had
		return "", op.Err.Error()
	}
	return "", err.Error()
}

// hint says what to do.
func (s *Store) hint(code string, err error) string {
	at := s.o.Endpoint
	if at == "" {
		at = "Amazon S3 in " + s.o.Region
	}
	switch code {
	case "NoSuchBucket":
		return fmt.Sprintf("bucket %q doesn't exist at %s: create it or change bucket", s.o.Bucket, at)
	case "InvalidAccessKeyId":
		return "the server doesn't know this access key: change access_key"
	case "SignatureDoesNotMatch":
		return "the secret key is wrong, or a proxy changes the request: check secret_key and endpoint"
	case "ExpiredToken", "InvalidToken", "TokenRefreshRequired":
		return "the credentials have expired: renew them"
	case "RequestTimeTooSkewed":
		return "the clock of this machine or of the server is wrong: set it"
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return "the bucket is in another region: change region"
	case "InvalidStorageClass":
		return "change storage_class"
	case "InvalidTag":
		return "change tags"
	case "KMS.NotFoundException", "KMS.DisabledException", "InvalidEncryptionAlgorithmError":
		return "change sse or kms_key_id"
	}
	switch status(err) {
	case http.StatusNotFound:
		return fmt.Sprintf("check that bucket %q exists at %s", s.o.Bucket, at)
	case http.StatusForbidden, http.StatusUnauthorized:
		return "the credentials need s3:PutObject, s3:GetObject, s3:ListBucket and s3:AbortMultipartUpload on the bucket"
	case http.StatusMovedPermanently:
		return "the bucket is in another region: change region"
	}
	var send *smithyhttp.RequestSendError
	if errors.As(err, &send) {
		return "no answer from " + at + ": check endpoint and that the server runs"
	}
	return ""
}

func status(err error) int {
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) {
		return resp.HTTPStatusCode()
	}
	return 0
}

func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// isTaken: the condition that the key is free doesn't hold.
func isTaken(err error) bool {
	return status(err) == http.StatusPreconditionFailed || hasCode(err, "PreconditionFailed")
}

func isMissing(err error) bool {
	return status(err) == http.StatusNotFound || hasCode(err, "NotFound", "NoSuchKey")
}

func isBadRequest(err error) bool { return status(err) == http.StatusBadRequest }

func isForbidden(err error) bool { return status(err) == http.StatusForbidden }

func isNoUpload(err error) bool { return hasCode(err, "NoSuchUpload") }

// mayNotKnowConditions: the server refused the request in a way in which
// servers refuse headers that they don't know.
func mayNotKnowConditions(err error) bool {
	return status(err) == http.StatusNotImplemented || hasCode(err, "NotImplemented") ||
		status(err) == http.StatusBadRequest && hasCode(err, "InvalidArgument", "InvalidRequest", "UnsupportedHeader")
}

// retryAfter returns what the server asked for, 0 for nothing.
func retryAfter(err error) time.Duration {
	var resp *awshttp.ResponseError
	if !errors.As(err, &resp) || resp.Response == nil {
		return 0
	}
	header := resp.Response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(max(0, seconds)) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
