package buffer

// A turn is a lock that is held while files are written. Whoever waits for it
// waits at a channel: under a clock that stands still until everybody waits,
// as in tests, a mutex that is held over a write would stop the clock.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// Lock takes the turn.
func (t turn) Lock() { t <- struct{}{} }

// Unlock gives it to the next.
func (t turn) Unlock() { <-t }
