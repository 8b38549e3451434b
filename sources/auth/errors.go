package auth

import "fmt"

// The types of [Error], with AWS's names (Firehose API reference, Common
// errors).
const (
	MissingToken     = "MissingAuthenticationTokenException"
	Incomplete       = "IncompleteSignatureException"
	Unrecognized     = "UnrecognizedClientException"
	InvalidSignature = "InvalidSignatureException"
	AccessDenied     = "AccessDeniedException"
)

// An Error is why a request was refused. Its text is for the client and holds
// no secret.
type Error struct {
	Type    string // one of the constants above
	Message string
}

func (e *Error) Error() string { return "auth: " + e.Type + ": " + e.Message }

func refuse(kind, format string, args ...any) *Error {
	return &Error{kind, fmt.Sprintf(format, args...)}
}
