package configs

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	regionPattern    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	accountPattern   = regexp.MustCompile(`^[0-9]{12}$`)
	accessKeyPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	streamsPattern   = regexp.MustCompile(`^[a-zA-Z0-9_.*-]+$`)
)

func (d *decoder) server(b *block) Server {
	s := Server{
		Listen: b.text("listen"), Admin: b.text("admin"), AllowPlaintext: b.flag("allow_plaintext"),
		DataDir: b.text("data_dir"), MaxDisk: b.size("max_disk"), MaxMemory: b.size("max_memory"),
		Region: b.text("region"), Account: b.text("account"),
		MaxConnections: int(b.count("max_connections")),
		HeaderTimeout:  b.duration("header_timeout"), BodyTimeout: b.duration("body_timeout"),
		IdleTimeout: b.duration("idle_timeout"), Grace: b.duration("shutdown_grace"),
		Receipts: b.duration("receipts"), ReceiptsMax: b.size("receipts_max"),
		TLS: d.tls(b.first("tls")), AccessKeys: d.accessKeys(b.nested("access_key")), Log: logOf(b.first("log")),
	}
	if dir := b.arg("data_dir"); dir.ok() && strings.TrimSpace(s.DataDir) == "" {
		d.errorAt(dir.at(), "Invalid server data_dir", `data_dir is empty. Write a directory, such as "/var/lib/hydrant"`)
	}
	d.matches(b.arg("region"), "Invalid server region", regionPattern, `A region is made of small letters, digits and -, such as "us-east-1"`)
	d.matches(b.arg("account"), "Invalid server account", accountPattern, `An account has 12 digits, in quotes, such as "000000000000"`)
	d.addresses(b, &s)
	return s
}

// matches checks an argument that was written against a pattern.
func (d *decoder) matches(a *argument, summary string, pattern *regexp.Regexp, rule string) bool {
	text, _ := a.value.(string)
	if !a.ok() || pattern.MatchString(text) {
		return true
	}
	a.bad = true
	d.errorAt(a.at(), summary, "%s does not fit. %s", capital(a.show(text)), rule)
	return false
}

// An address is where a server listens.
type address struct {
	host, port string
	beyond     bool // other machines reach it
}

func (d *decoder) addresses(b *block, s *Server) {
	listen, okListen := d.address(b.arg("listen"), s.Listen)
	if okListen && listen.beyond {
		d.beyond(b, s)
	}
	if s.Admin == "" {
		return
	}
	admin, okAdmin := d.address(b.arg("admin"), s.Admin)
	if okAdmin && admin.beyond {
		d.errorAt(b.arg("admin").at(), "Admin listener beyond this machine", `Whoever reaches the admin address can see and reload everything; it has no keys. Write a loopback address, such as "127.0.0.1:4574"`)
	} else if okListen && okAdmin && listen.port == admin.port && listen.port != "0" && overlap(listen, admin) {
		at := b.arg("admin")
		if !at.given {
			at = b.arg("listen")
		}
		d.errorAt(at.at(), "Two listeners on one port", "listen and admin are both on port %s. Give one of them another port", listen.port)
	}
}

func overlap(a, b address) bool { return a.host == b.host || a.beyond || b.beyond }

// address reads host:port.
func (d *decoder) address(a *argument, text string) (address, bool) {
	if a.bad {
		return address{}, false
	}
	summary := "Invalid server " + a.spec.name
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		d.errorAt(a.at(), summary, `%s is not an address. Write host:port, such as "127.0.0.1:%s"`, capital(a.show(text)), a.spec.def[len("127.0.0.1:"):])
		return address{}, false
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		d.errorAt(a.at(), summary, "The port of %s is not a number from 0 to 65535", a.show(text))
		return address{}, false
	} else if n == 0 {
		port = "0"
	}
	if strings.ContainsAny(host, " /") {
		d.errorAt(a.at(), summary, `The host of %s is neither a name nor an IP address. Write host:port, without a scheme`, a.show(text))
		return address{}, false
	}
	return address{host: host, port: port, beyond: !loopback(host)}, true
}

func loopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}

// beyond tells what is missing for an API that other machines reach.
func (d *decoder) beyond(b *block, s *Server) {
	at := b.arg("listen").at()
	if !d.whole(b) {
		return
	}
	if b.first("access_key") == nil {
		d.errorAt(at, "Open to everyone", `Other machines reach this address, and without an access_key block the API takes requests of anyone. Add access_key "ID" { secret = env("HYDRANT_SECRET") }, or listen on 127.0.0.1`)
	}
	if b.first("tls") == nil && !s.AllowPlaintext {
		d.errorAt(at, "Unencrypted beyond this machine", "Other machines reach this address, and without a tls block records travel in clear. Add tls { cert_file = ... key_file = ... }, or write allow_plaintext = true when a proxy before Hydrant speaks TLS")
	}
}

func (d *decoder) tls(b *block) *TLS {
	if b == nil {
		return nil
	}
	cert, certOK := d.pathOf(b.arg("cert_file"))
	key, keyOK := d.pathOf(b.arg("key_file"))
	ca, caOK := d.pathOf(b.arg("client_ca_file"))
	if certOK && keyOK {
		d.keyPair(b, cert, key)
	}
	if caOK {
		if pem, err := readAtMost(ca, maxFileBytes); err == nil && !x509.NewCertPool().AppendCertsFromPEM(pem) {
			d.errorAt(b.arg("client_ca_file").at(), "Invalid tls client_ca_file", "%s holds no certificate. Write a file with certificates in PEM form", ca)
		}
	}
	return &TLS{CertFile: cert, KeyFile: key, ClientCAFile: ca}
}

// pathOf returns the path that an argument names, taken from the directory of
// its configuration file, and whether it can be read.
func (d *decoder) pathOf(a *argument) (string, bool) {
	text, _ := a.value.(string)
	if !a.ok() {
		return text, false
	}
	path := beside(filepath.Dir(a.at().Filename), text)
	if _, err := readAtMost(path, maxFileBytes); err != nil {
		d.errorAt(a.at(), "Cannot read file", "%s: %s. A path is taken from the directory of the configuration file", path, reason(err))
		return path, false
	}
	return path, true
}

func (d *decoder) keyPair(b *block, cert, key string) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		d.errorAt(b.arg("key_file").at(), "Not a certificate and its key", "%s and %s do not go together: %s. Both must be in PEM form, the key the one that the certificate was made for", cert, key, strings.TrimPrefix(err.Error(), "tls: "))
		return
	}
	if leaf, err := x509.ParseCertificate(pair.Certificate[0]); err == nil && time.Now().After(leaf.NotAfter) {
		d.warnAt(b.arg("cert_file").at(), "Certificate has expired", "%s was valid until %s, and clients will refuse it. Renew it", cert, leaf.NotAfter.Format(time.RFC3339))
	}
}

func (d *decoder) accessKeys(blocks []*block) []AccessKey {
	var keys []AccessKey
	first := map[string]*block{}
	for _, b := range blocks {
		switch other := first[b.label]; {
		case other != nil:
			d.errorAt(b.labels, "Duplicate access key", "Access key %q was first declared at %s. Give each key its own ID, or put the streams of both into one", b.label, place(other.header))
			continue
		case !accessKeyPattern.MatchString(b.label):
			d.errorAt(b.labels, "Invalid access key ID", "%q does not fit. An ID has 1 to 128 letters, digits, _ and -", b.label)
		}
		first[b.label] = b
		keys = append(keys, AccessKey{ID: b.label, Secret: b.secret("secret"), Streams: d.patterns(b.arg("streams"))})
	}
	return keys
}

// patterns are the streams that an access key may use; all, when none is given.
func (d *decoder) patterns(a *argument) []string {
	list, _ := a.value.([]string)
	if !a.given {
		return []string{"*"}
	}
	if a.ok() && len(list) == 0 {
		d.errorAt(a.at(), "Invalid access_key streams", `The list is empty, so the key is good for nothing. Name streams, such as ["clicks*"], or leave streams out to allow all`)
	}
	for i, pattern := range list {
		if !streamsPattern.MatchString(pattern) {
			d.errorAt(a.elementAt(i), "Invalid access_key streams", "%s can match no stream. Names have letters, digits, _, . and -; * stands for any text", capital(a.show(pattern)))
			a.bad = true
		}
	}
	return list
}

func logOf(b *block) Log {
	if b == nil {
		b = defaults("log", serverSpec.nest("log").kinds[0])
	}
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	return Log{Format: b.text("format"), Level: levels[b.text("level")]}
}
