package auth

import "sync"

// maxSigningKeys bounds the cache. A key needs one entry a day, two around
// midnight, because only the server's own region and service get this far.
const maxSigningKeys = 1024

// signingKeys remembers the keys that are derived from a secret for one day.
type signingKeys struct {
	mu   sync.Mutex
	keys map[signingScope][32]byte
}

type signingScope struct{ keyID, date, region, service string }

// derive returns the key that signs requests of the authorization's scope (AWS
// documentation, "Create a signed AWS API request", step 3).
func (c *signingKeys) derive(k *Key, a *authorization) []byte {
	scope := signingScope{k.ID, a.date, a.region, a.service}
	c.mu.Lock()
	key, ok := c.keys[scope]
	c.mu.Unlock()
	if ok {
		return key[:]
	}
	key = hmacSHA256([]byte("AWS4"+k.Secret), a.date)
	for _, part := range []string{a.region, a.service, terminator} {
		key = hmacSHA256(key[:], part)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= maxSigningKeys {
		c.keys = make(map[signingScope][32]byte)
	}
	c.keys[scope] = key
	return key[:]
}
