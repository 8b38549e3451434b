package errorsink

import "encoding/json"

func AppendEntry(dst []byte, e Entry) []byte {
	b, _ := json.Marshal(map[string]any{"rawData": e.Raw, "errorCode": e.Code, "errorMessage": e.Message})
	return append(append(dst, b...), '\n')
}
