package ndjson

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"hydrant/buffer"
	"hydrant/sources/auth"
	"hydrant/sources/body"
)

// An appendError is why a stream did not take a frame.
type appendError struct{ err error }

func (e *appendError) Error() string { return e.err.Error() }
func (e *appendError) Unwrap() error { return e.err }

// A failure is the error in an answer.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`

	status int
	cause  error // what the operator should see; nil: the client's fault
}

func (f *failure) Error() string { return "ndjson: " + f.Code + ": " + f.Message }

func refuse(status int, code, format string, args ...any) *failure {
	return &failure{Code: code, Message: fmt.Sprintf(format, args...), status: status}
}

// failureOf returns what a client is told about err.
func failureOf(err error) *failure {
	var f *failure
	var denied *auth.Error
	var notTaken *appendError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &denied):
		return refuse(http.StatusUnauthorized, strings.TrimSuffix(denied.Type, "Exception"), "%s", denied.Message)
	case errors.As(err, &notTaken):
		return appendFailure(err)
	}
	if f := bodyFailure(err); f != nil {
		return f
	}
	return &failure{"InternalFailure", "Internal failure.", http.StatusInternalServerError, err}
}

func appendFailure(err error) *failure {
	switch {
	case errors.Is(err, buffer.ErrFull):
		return refuse(http.StatusServiceUnavailable, "SlowDown", "Slow down. The disk budget (max_disk) is used up; no records are accepted until some are delivered.")
	case errors.Is(err, buffer.ErrClosed):
		return refuse(http.StatusServiceUnavailable, "SlowDown", "Slow down. The delivery stream is being stopped or restarted.")
	case errors.Is(err, buffer.ErrKeyReused):
		return refuse(http.StatusConflict, "IdempotencyKeyReused", "The idempotency key came before with other lines, so these were not accepted: give each body a key of its own.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return refuse(http.StatusServiceUnavailable, "SlowDown", "Slow down. The request was given up before all its records were accepted.")
	}
	return &failure{"InternalFailure", "The records could not be made durable and were not accepted.", http.StatusInternalServerError, err}
}

// bodyFailure is for errors of reading a body; nil: it is none.
func bodyFailure(err error) *failure {
	message := strings.TrimPrefix(err.Error(), "body: ")
	switch {
	case errors.Is(err, body.ErrTooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "BodyTooLarge", "The signed body is %s. HTTP Basic authentication has no such limit.", message)
	case errors.Is(err, body.ErrBusy):
		return refuse(http.StatusServiceUnavailable, "SlowDown", "Slow down. The memory for requests in flight (max_memory) is used up.")
	case errors.Is(err, body.ErrSlow):
		return refuse(http.StatusRequestTimeout, "BodyTooSlow", "The body came %s.", message)
	case errors.Is(err, body.ErrUnsupported):
		return refuse(http.StatusUnsupportedMediaType, "UnsupportedEncoding", "%s.", message)
	case errors.Is(err, body.ErrTruncated), errors.Is(err, body.ErrEncoding):
		return refuse(http.StatusBadRequest, "BadBody", "The body cannot be read: %s.", message)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return refuse(http.StatusServiceUnavailable, "SlowDown", "Slow down. The request was given up before all its records were accepted.")
	}
	return nil
}
