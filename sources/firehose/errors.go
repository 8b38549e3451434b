package firehose

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"hydrant/buffer"
	"hydrant/sources/auth"
	"hydrant/sources/body"
)

// An apiError is an answer with an error in it.
type apiError struct {
	status  int
	kind    string // __type
	message string
	cause   error // what the operator should see; nil: the client's fault
}

func (e *apiError) Error() string { return "firehose: " + e.kind + ": " + e.message }
func (e *apiError) Unwrap() error { return e.cause }

func refuse(status int, kind, format string, args ...any) *apiError {
	return &apiError{status: status, kind: kind, message: fmt.Sprintf(format, args...)}
}

// answerTo returns what a client is told about err.
func answerTo(err error) *apiError {
	var api *apiError
	var denied *auth.Error
	var syntax *syntaxError
	switch {
	case errors.As(err, &api):
		return api
	case errors.As(err, &denied):
		return refuse(http.StatusBadRequest, denied.Type, "%s", denied.Message)
	case errors.As(err, &syntax):
		return refuse(http.StatusBadRequest, "SerializationException", "The request body is not what the operation takes: %s.", syntax)
	}
	if api := answerToBody(err); api != nil {
		return api
	}
	return &apiError{http.StatusInternalServerError, "InternalFailure", "Internal Service Failure", err}
}

// answerToBody is for errors of reading a body; nil: it is none.
func answerToBody(err error) *apiError {
	switch {
	case errors.Is(err, body.ErrTooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "The request body is too large: at most %d bytes, also after decompression.", MaxBodyBytes)
	case errors.Is(err, body.ErrBusy):
		return refuse(http.StatusServiceUnavailable, "ServiceUnavailableException", "Slow down. The memory for requests in flight (max_memory) is used up.")
	case errors.Is(err, body.ErrSlow):
		return refuse(http.StatusRequestTimeout, "RequestTimeoutException", "The request body came too slowly: %s.", plain(err))
	case errors.Is(err, body.ErrTruncated), errors.Is(err, body.ErrEncoding), errors.Is(err, body.ErrUnsupported):
		return refuse(http.StatusBadRequest, "SerializationException", "The request body cannot be read: %s.", plain(err))
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &apiError{http.StatusServiceUnavailable, "ServiceUnavailableException", "Slow down. The request was given up before its records were accepted.", nil}
	}
	return nil
}

// plain drops the package's name from an error of body.
func plain(err error) string {
	return string(bytes.TrimPrefix([]byte(err.Error()), []byte("body: ")))
}

// appendError says why a stream took nothing of a request.
func appendError(stream string, err error) *apiError {
	switch {
	case errors.Is(err, buffer.ErrFull):
		return refuse(http.StatusServiceUnavailable, "ServiceUnavailableException", "Slow down. The disk budget (max_disk) is used up, so Firehose %s accepts no records until some are delivered.", stream)
	case errors.Is(err, buffer.ErrClosed):
		return refuse(http.StatusServiceUnavailable, "ServiceUnavailableException", "Slow down. Firehose %s is being stopped or restarted.", stream)
	case errors.Is(err, buffer.ErrKeyReused):
		return refuse(http.StatusBadRequest, "InvalidArgumentException", "The idempotency key came before with other records, so these were not accepted: give each request a key of its own.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return answerToBody(err)
	}
	return &apiError{http.StatusInternalServerError, "InternalFailure", "Internal Service Failure: the records could not be made durable and were not accepted.", err}
}

// body returns the error as JSON 1.1 has it.
func (e *apiError) body() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	// Two strings always encode.
	_ = enc.Encode(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{e.kind, e.message})
	return bytes.TrimRight(b.Bytes(), "\n")
}
