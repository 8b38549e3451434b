package firehose

import "github.com/cloudwego/base64x"

// decodeBase64 writes what src stands for to dst, which has room for
// len(src)/4*3 bytes, and returns how many they are.
//
// It takes the standard alphabet of RFC 4648 section 4 with its padding, and
// nothing else: no line breaks, which encoding/base64 and base64x skip, and no
// URL alphabet. The unused bits of a last character may be anything, as in
// encoding/base64.
func decodeBase64(dst, src []byte) (int, bool) {
	if len(src)%4 != 0 {
		return 0, false
	}
	if len(src) == 0 {
		return 0, true
	}
	out := dst[: 0 : len(src)/4*3]
	n, err := base64x.StdEncoding.DecodeUnsafe(&out, src)
	// Had a line break been skipped, the result would be shorter.
	return n, err == nil && n == len(src)/4*3-padding(src)
}

func padding(src []byte) int {
	switch {
	case src[len(src)-1] != '=':
		return 0
	case src[len(src)-2] != '=':
		return 1
	}
	return 2
}
