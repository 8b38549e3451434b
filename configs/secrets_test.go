package configs

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoSecretIsEverShown puts a secret into every place where it could slip
// out, with mistakes around it, and looks for it in everything that is told.
func TestNoSecretIsEverShown(t *testing.T) {
	const secret = "kumquat"
	env := func(name string) (string, bool) { return secret + "-of-env", name == "K" }
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "k"), []byte(secret+"-of-file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`server { access_key "A" { secret = "kumquat" } }`,
		`server { access_key "A" { secret = "kumquat } }`,
		"server {\n access_key \"A\" {\n  secret = \"kumquat\n }\n}",
		"server {\n access_key \"A\" {\n  secret = 'kumquat'\n }\n}",
		"server {\n access_key \"A\" {\n  secret = kumquat\n }\n}",
		"server {\n access_key \"A\" {\n  secret = abcd/kumquat+efgh==\n }\n}",
		"server {\n access_key \"A\" {\n  secret = 12abcd/kumquat\n }\n}",
		"server {\n access_key \"A\" {\n  secret = \"x\"kumquat\n }\n}",
		"server {\n access_key \"A\" {\n  secret = `kumquat`\n }\n}",
		"server {\n access_key \"A\" {\n  secret = \u201ckumquat\u201d\n }\n}",
		"server {\n access_key \"A\" {\n  secret kumquat\n }\n}",
		"server {\n access_key \"A\" {\n  secret \"kumquat\"\n }\n}",
		"server {\n access_key \"A\" {\n  secret: kumquat\n }\n}",
		`server { region = env(env("K")) }`,
		"server {\n access_key \"A\" {\n  secret = kumquat-kumquat!\n }\n}",
		"server {\n access_key \"A\" {\n  secret = <<EOT\nkumquat\nEOT\n }\n}",
		"server {\n access_key \"A\" {\n  secret = <<EOT\nkumquat\n }\n}",
		`server { access_key "A" { secrets = "kumquat" } }`,
		`server { access_key "A" { secert = "kumquat" } }`,
		`server { access_key "A" { secret = { a = "kumquat" } } }`,
		`server { access_key "A" { secret = ["kumquat"] } }`,
		`server { access_key "A" { secret = "a${upper("kumquat")}" + 1 } }`,
		`server { access_key "A" { secret = env("NOPE", "kumquat") + 1 } }`,
		`server { secret = "kumquat" }`,
		`server { password = "kumquat" }`,
		`server { region = env("K") }`,
		`server { region = file("k") }`,
		`server { max_memory = env("K") }`,
		`server { body_timeout = env("K") }`,
		`server { max_connections = env("K") }`,
		`server { allow_plaintext = env("K") }`,
		`server { listen = env("K") }`,
		`server { admin = env("K") }`,
		`server { region = jsondecode(env("K")) }`,
		`server { region = tonumber(env("K")) }`,
		`server { region = env("K") + 1 }`,
		`server { region = { a = 1 }[env("K")] }`,
		`server { region = file(env("K")).x }`,
		`server { access_key "A" {
		  secret = env("K")
		  streams = [env("K"), "!${env("K")}"]
		} }`,
		`locals { k = env("K") }
		 server { region = "x-${local.k} y" }`,
		`locals { k = regex("[", env("K")) }`,
		`locals { "secret" = "kumquat" }`,
		`locals { a = { "secret" = "kumquat", b = } }`,
		`variable "v" {
		  default = "kumquat"
		  sensitive = true
		}
		server { region = var.v }`,
		`variable "v" {
		  default = "kumquat"
		  sensitive = maybe
		`,
		`variable "v" { sensitive = true }
		server { region = "${var.v} ${var.v.x}" }`,
		`delivery_stream "s" {
		  schema { column "c" { type = env("K") } }
		  format "parquet" { compression = env("K") }
		  partition_by { jq = { a = "${env("K")} |" } }
		  destination "s3" {
		    bucket = "${env("K")}_"
		    prefix = "${env("K")}/!{x}"
		    endpoint = "http://u:kumquat@host/path"
		    extension = env("K")
		    timezone = env("K")
		    sse = env("K")
		    storage_class = env("K")
		    secret_key = "kumquat"
		    tags = { kumquat_secret = "kumquat", a = [env("K")] }
		    part_size = "${env("K")}"
		  }
		}`,
		`delivery_stream "s" {
		  transform "csv_to_json" {
		    columns = [env("K"), env("K"), ""]
		    rename = { (env("K")) = "", b = env("K") }
		    skip = ["x${env("K")}"]
		    quote = env("K")
		  }
		}`,
	} {
		path := filepath.Join(dir, "t.hcl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, diags := Load([]string{path}, LoadOptions{Env: env, Vars: map[string]string{"v": "kumquat-of-flag"}})
		asJSON, err := json.Marshal(diags)
		if err != nil {
			t.Fatal(err)
		}
		for how, out := range map[string]string{"printed": printed(t, diags), "json": string(asJSON), "error": diags.Error()} {
			out = strings.ReplaceAll(out, "kumquat_secret", "") // a name, not a secret
			if diags.Len() == 0 || strings.Contains(strings.ToLower(out), secret) {
				t.Errorf("%s of\n%s\nshows the secret, or nothing:\n%s", how, text, out)
			}
		}
	}
}

func TestSecretPrintsAsNothing(t *testing.T) {
	s := AccessKey{ID: "A", Secret: NewSecret("kumquat")}
	asJSON, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{fmt.Sprintf("%v %+v %#v %s", s, s, s, s.Secret), string(asJSON), s.Secret.LogValue().String()} {
		if strings.Contains(out, "kumquat") || !strings.Contains(out, "(secret)") {
			t.Errorf("got %s", out)
		}
	}
	if s.Secret.Reveal() != "kumquat" || s.Secret.IsZero() || !(Secret{}).IsZero() {
		t.Error("Reveal or IsZero is wrong")
	}
}
